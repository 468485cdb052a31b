import { maintenanceMark } from '../annotations.js';
import { buildBoard } from '../board.js';
import { budget, promise } from './slo/budget.js';
import { daysOfMonth, daysOfQuarter, incidents } from './slo/incidents.js';

/**
 * The board SLO: availability against the objective, past incidents, and how fast the error budget burns now. It serves the weekly review
 * and an incident at night.
 */
export const slo = () =>
  buildBoard({
    name: 'slo',
    title: 'SLO & incidents',
    description:
      'Is the availability as promised (slo)? Past incidents with start, length and reason, availability day by day, and what is left of the error budget.',
    lastTime: '30d',
    // The list of incidents shows the alerts. Marks for alerts would cover thirty days of lines.
    annotations: [maintenanceMark()],
    panels: [...promise(), daysOfMonth(3), incidents(11), ...budget(11), daysOfQuarter(26)],
  });
