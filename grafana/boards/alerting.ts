import { buildBoard } from '../board.js';
import { alertmanagerVariable, prometheusVariable } from '../variables.js';
import { alerts, notifications } from './alerting/alerts.js';
import { headline } from './alerting/headline.js';
import { collectorsAndSources, requests } from './alerting/measuring.js';
import { processes } from './alerting/processes.js';
import { watchers } from './alerting/watchers.js';

/** Whoever watches the watcher: what fires, who is told of it, and whether everything on the way works. */
export const alerting = () =>
  buildBoard({
    name: 'alerting',
    title: 'Alerting & monitoring',
    description: 'What fires, and would anybody hear of it? Exporters, what they read, and the way of a notification.',
    variables: [alertmanagerVariable(), prometheusVariable()],
    panels: [
      ...headline(),
      ...alerts(4),
      ...notifications(14),
      ...collectorsAndSources(20),
      ...requests(31),
      ...processes(38),
      watchers(52),
    ],
  });
