import { alertsReceived } from '../../../src/metrics/exporter-metrics.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { words } from '../../panels/mappings.js';
import { over } from '../../panels/query.js';
import { stateTimeline } from '../../panels/state-timeline.js';
import { inColor, stackedBarSeries } from '../../panels/time-series.js';
import { greatest, growth, worst } from '../../queries/aggregate.js';
import { select, selectAlerts } from '../../queries/selector.js';
import { orTimeline } from '../../queries/table-column.js';
import { selectAlertmanager } from '../../queries/watchers.js';
import { alertTable } from '../alert-table.js';

const ofSeverity = selectAlerts({ severity: '=~"critical|warning"' });
const firing = (severity: 'critical' | 'warning') =>
  worst(selectAlerts({ alertstate: '="firing"', severity: `="${severity}"` }));
/** 1 pending, 2 warning, 3 critical. `greatest` then returns the worst state. */
const history = greatest(
  `${worst(selectAlerts({ alertstate: '="pending"', severity: '=~"critical|warning"' }))} or 2 * ${firing('warning')} or 3 * ${firing('critical')}`,
  'alertname',
  'component',
);

/** Alerts now and over time. */
export function alerts(y: number, alertNames: readonly string[]) {
  return [
    alertTable({
      id: 10,
      title: 'Alerts now',
      description:
        'Alerts about this AI-CRM that fire or are pending, the most important first. A click on What opens its runbook; on About its board, or a silence.',
      at: [0, y, 24, 9],
      alertNames,
      withPending: true,
      noValue: '✔ no alert fires or is pending',
    }),
    stateTimeline({
      id: 11,
      title: 'Alert history',
      description:
        'When alerts were pending (the condition holds, but not for long enough) and firing. Each component has one line; alerts without a component share another. Worry about alerts that start and end often: the threshold is too strict, or something is unstable.',
      at: [0, y + 9, 24, 8],
      queries: [over(orTimeline(history, ofSeverity, -3, 'alertname', 'none'), '{{alertname}} {{component}}')],
      mappings: words([
        ['1', '… PENDING', colors.unknown],
        ['2', '▲ WARNING', colors.warning],
        ['3', '✖ CRITICAL', colors.critical],
        ['-3', '✔ no alert in this time', colors.healthy],
      ]),
      hasLegend: false,
      noValue: '✔ no alert in this time',
      // This link leaves out the component: for an alert without a component the board would be empty.
      links: [linkTo('services', 'All components')],
    }),
  ];
}

/**
 * Notifications that were sent, and notifications that failed. Windows overlap by one scrape, so no notification between two windows is
 * lost.
 */
export function notifications(y: number) {
  const links = [linkTo('overview', 'What is wrong now')];
  const perStep = (name: `alertmanager_${string}`) =>
    `sum by (integration) (${growth(selectAlertmanager(name), '$__rate_interval')}) > 0`;
  const channels = (
    id: number,
    title: string,
    x: number,
    name: `alertmanager_${string}`,
    description: string,
    noValue: string,
  ) =>
    stackedBarSeries({
      id,
      title,
      description,
      at: [x, y, 8, 6],
      unit: 'count',
      names: ['email', 'slack', 'webhook', 'pagerduty', 'opsgenie', 'telegram', 'msteams', 'discord'],
      step: '5m',
      queries: [over(perStep(name), '{{integration}}')],
      noValue,
      links,
    });
  return [
    channels(
      20,
      'Notifications by channel',
      0,
      'alertmanager_notifications_total',
      'Notifications that Alertmanager has tried to send, by kind of channel; the console channel of the exporter is a webhook. Worry when alerts fire and none are sent.',
      'nothing was sent in this time, or Alertmanager is not scraped',
    ),
    channels(
      21,
      'Failed notifications',
      8,
      'alertmanager_notifications_failed_total',
      'Notifications that Alertmanager could not send, by kind of channel; it tries again. Act at once: nobody is notified on this channel. The log of Alertmanager has the reason.',
      '✔ none has failed in this time, or Alertmanager is not scraped',
    ),
    stackedBarSeries({
      id: 22,
      title: 'Console channel',
      description:
        'Alerts that the exporter has received for its log and its status page, by severity, repetitions and resolved ones included. Worry when alerts fire and none arrive although alert_channels contains console.',
      at: [16, y, 8, 6],
      unit: 'count',
      step: '5m',
      queries: [
        over(
          `sum by (job, severity) (${greatest(growth(select(alertsReceived), '$__rate_interval'), 'status', 'severity')}) > 0`,
          '{{severity}}',
        ),
      ],
      noValue: 'nothing was received in this time, or console is not in alert_channels',
      links,
    })
      .overrideByName('critical', inColor(colors.critical))
      .overrideByName('warning', inColor(colors.warning)),
  ];
}
