import { row } from '../../board.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { yesNoMappings } from '../../panels/mappings.js';
import { over } from '../../panels/query.js';
import { stateTimeline } from '../../panels/state-timeline.js';
import { inColor, stackedBarSeries, timeSeries } from '../../panels/time-series.js';
import { greatest, growth, least, worstWhenLeast } from '../../queries/aggregate.js';
import { selectAlertmanager, selectPrometheus } from '../../queries/watchers.js';

const ofOurRules = { rule_group: '=~".*;aicrm-.*"' } as const;
const links = [linkTo('overview', 'What is wrong now')];
const notScraped = 'not known: Prometheus does not scrape itself';
const dropped = '✖ dropped';
const refused = '▲ failed, tried again';

/** Gives each rule group its name without the path of its file. */
const byGroup = (expression: string) => label(greatest(expression, 'rule_group'));
const label = (expression: string) => `label_replace(${expression}, "group", "$1", "rule_group", ".*;(.+)")`;

/** Prometheus and Alertmanager. The row is collapsed at first: people with many Prometheus servers have other boards for them. */
export function watchers(y: number) {
  return row(50, 'Prometheus and Alertmanager', y, {
    collapsed: [
      headSeries(y + 1),
      ruleTime(y + 1),
      ruleFailures(y + 1),
      handedOver(y + 8),
      held(y + 8),
      configurations(y + 8),
    ],
  });
}

function headSeries(y: number) {
  return timeSeries({
    id: 51,
    title: 'Series in memory',
    description:
      'Series that Prometheus holds, of all its jobs. Worry when they grow for days: a label gets more and more values, and memory runs out.',
    at: [0, y, 8, 7],
    unit: 'count',
    names: [],
    queries: [over(greatest(selectPrometheus('prometheus_tsdb_head_series'), 'instance'), '{{instance}}')],
    noValue: notScraped,
    links,
  });
}

function ruleTime(y: number) {
  return timeSeries({
    id: 52,
    title: 'Rules: share of their interval',
    description:
      'Time that the last evaluation of each group of rules took, as a share of its interval. Worry near 100 %: then evaluations are left out, and alerts come late.',
    at: [8, y, 8, 7],
    unit: 'ratio',
    names: [],
    queries: [
      over(
        byGroup(
          `${selectPrometheus('prometheus_rule_group_last_duration_seconds', ofOurRules)} / ${selectPrometheus('prometheus_rule_group_interval_seconds', ofOurRules)}`,
        ),
        '{{group}}',
      ),
    ],
    legend: 'none',
    noValue: `${notScraped}, or the rules are not loaded`,
    links,
  }).fillOpacity(0);
}

function ruleFailures(y: number) {
  return stackedBarSeries({
    id: 53,
    title: 'Rules that failed',
    description:
      'Evaluations of rules that failed, by group. Act at once: an alert rule that fails never fires. The page /rules of Prometheus has the error.',
    at: [16, y, 8, 7],
    unit: 'count',
    step: '5m',
    queries: [
      over(
        `${byGroup(growth(selectPrometheus('prometheus_rule_evaluation_failures_total', ofOurRules), '$__rate_interval'))} > 0`,
        '{{group}}',
      ),
    ],
    noValue: '✔ none has failed in this time, or Prometheus does not scrape itself',
    links,
  });
}

function handedOver(y: number) {
  const perStep = (name: `prometheus_${string}`) =>
    `sum by (job) (${growth(selectPrometheus(name), '$__rate_interval')})`;
  return timeSeries({
    id: 54,
    title: 'Handed to Alertmanager',
    description:
      'Alerts that wait for Alertmanager, those that Prometheus could not send and tries again, and those that were dropped. Act when alerts are dropped: Alertmanager cannot be reached, and nobody is notified.',
    at: [0, y, 8, 7],
    unit: 'count',
    queries: [
      over(greatest(selectPrometheus('prometheus_notifications_queue_length')), 'waiting'),
      over(perStep('prometheus_notifications_errors_total'), refused),
      over(perStep('prometheus_notifications_dropped_total'), dropped),
    ],
    noValue: notScraped,
    links,
  })
    .overrideByName('waiting', inColor(colors.data))
    .overrideByName(refused, inColor(colors.warning))
    .overrideByName(dropped, inColor(colors.critical));
}

function held(y: number) {
  return timeSeries({
    id: 55,
    title: 'Alerts in Alertmanager',
    description:
      'Alerts that Alertmanager knows, of all jobs: active ones are sent, suppressed ones are silenced, or inhibited by other alerts. Worry when many are suppressed and nobody knows why.',
    at: [8, y, 8, 7],
    unit: 'count',
    names: ['active', 'suppressed', 'unprocessed'],
    queries: [over(greatest(selectAlertmanager('alertmanager_alerts'), 'state'), '{{state}}')],
    noValue: 'not known: Prometheus does not scrape Alertmanager',
    links,
  });
}

function configurations(y: number) {
  return stateTimeline({
    id: 56,
    title: 'Configuration in force',
    description:
      'Whether Prometheus and Alertmanager could load their configuration at the last reload. NOT LOADED: they still use the previous one, and after a restart they do not start.',
    at: [16, y, 8, 7],
    queries: [
      over(
        least(worstWhenLeast(selectPrometheus('prometheus_config_last_reload_successful')), 'instance'),
        'Prometheus {{instance}}',
      ),
      over(
        least(worstWhenLeast(selectAlertmanager('alertmanager_config_last_reload_successful')), 'instance'),
        'Alertmanager {{instance}}',
      ),
    ],
    mappings: yesNoMappings('LOADED', 'NOT LOADED'),
    hasLegend: false,
    noValue: 'not known: Prometheus scrapes neither',
    links,
  });
}
