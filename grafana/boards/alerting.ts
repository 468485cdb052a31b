import { buildBoard } from '../board.js';
import { alertmanagerVariable, prometheusVariable, silencesVariable } from '../variables.js';
import { alerts, notifications } from './alerting/alerts.js';
import { headline } from './alerting/headline.js';
import { collectorsAndSources, requests } from './alerting/measuring.js';
import { processes } from './alerting/processes.js';
import { watchers } from './alerting/watchers.js';

/** The board Alerting & monitoring: which alerts fire, who gets notifications, and whether exporters, Prometheus and Alertmanager work. */
export const alerting = (alertNames: readonly string[]) =>
  buildBoard({
    name: 'alerting',
    title: 'Alerting & monitoring',
    description:
      'Which alerts fire, and do notifications arrive? Exporters, their data sources, and each step of a notification.',
    variables: [alertmanagerVariable(), prometheusVariable(), silencesVariable()],
    panels: [
      ...headline(),
      ...alerts(3, alertNames),
      ...notifications(20),
      ...collectorsAndSources(26),
      ...requests(43),
      processes(50),
      watchers(51),
    ],
  });
