import { maintenanceMark } from '../annotations.js';
import { buildBoard } from '../board.js';
import { budget, promise } from './slo/budget.js';
import { daysOfMonth, daysOfQuarter, incidents } from './slo/incidents.js';

/** Was the promise kept, what broke it, and how fast is it being broken now? For the week's look back as much as for the night. */
export const slo = () =>
  buildBoard({
    name: 'slo',
    title: 'SLO & incidents',
    description:
      'Is the availability as promised (slo): past incidents with begin, length and reason, availability day by day, and what is left of the error budget.',
    lastTime: '30d',
    // What an alert is about is in the list of incidents; its marks would cover thirty days of lines.
    annotations: [maintenanceMark()],
    panels: [...promise(), daysOfMonth(3), incidents(11), ...budget(11), daysOfQuarter(26)],
  });
