import {
  componentCertificateExpiry,
  componentDependsOn,
  componentLastResponse,
  componentProbeFailures,
  componentStateSince,
  componentStatus,
  componentStatusCode,
  componentTlsVerified,
  componentUp,
  componentUptime,
} from '../../../src/metrics/component-metrics.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { absentAs, belowZero, levelMappings, ranges, words } from '../../panels/mappings.js';
import { rows } from '../../panels/query.js';
import { table } from '../../panels/table.js';
import { greatest, growth } from '../../queries/aggregate.js';
import { componentLevels, level } from '../../queries/level.js';
import { select, selectRecord } from '../../queries/selector.js';
import { forEachLine } from '../../queries/table-column.js';
import { levelTimeline } from '../level-timeline.js';

/** One line for each component. Tables are joined by the label `component` alone, so `job` is dropped. */
const byComponent = (expression: string) => rows(`max by (component) (${expression})`);
const leastByComponent = (expression: string) => rows(`min by (component) (${expression})`);
/** For values that only some components have. Grafana drops a column without any value. */
const ifAny = (expression: string) => forEachLine(select(componentUp), expression);

/** The first screen: all components side by side. */
export const allComponents = () => [
  components(),
  levelTimeline({
    id: 1,
    title: 'Level of every component',
    description:
      'The worst level of each component in each step of the graph: a long time range hides no outage. Components that fail together have a common cause: look at the first one, and at "Depends on".',
    at: [0, 11, 24, 8],
    linkTitle: 'This component in detail',
  }),
  failuresByReason(),
  dependencies(),
];

const limit = (severity: string) =>
  selectRecord('job_component:aicrm_component_response_threshold_seconds:max', { severity: `="${severity}"` });
const response = greatest(select(componentLastResponse), 'component');
const onComponent = 'on (job, component) group_left ()';
/**
 * Added to the ratio when the critical limit is passed. It is larger than any ratio, because the critical limit is no fixed multiple of the
 * warning limit.
 */
const aboveCriticalLimit = 1e6;
const ofLimit = `${response} / ${onComponent} ${limit('warning')} + ${aboveCriticalLimit} * (${response} > bool ${onComponent} ${limit('critical')})`;
const ofLimitMappings = ranges([
  [0, 1, undefined, colors.none],
  [1, aboveCriticalLimit - 1, undefined, colors.warning],
  [aboveCriticalLimit, null, '✖ above', colors.critical],
]);

function components() {
  return table({
    id: 2,
    title: 'Components',
    description:
      'What is known of each component now; a click on its name shows it in detail below. Of limit: response time as a share of its warning limit, “✖ above” if it is above the critical one. Failing: share of failed probes in a quarter of an hour. 24 hours: availability, in steps of five minutes. Budget: what is left of the downtime that its objective allows in 30 days, in whole hours. Up for: the uptime in its answer.',
    at: [0, 0, 24, 11],
    queries: [
      byComponent(componentLevels),
      byComponent(`1000 * (${ifAny(select(componentStateSince))})`),
      byComponent(select(componentLastResponse)),
      byComponent(ofLimit),
      byComponent(selectRecord('job_component:aicrm_component_probe_failures_per_probes:ratio_rate15m')),
      byComponent(ifAny(select(componentStatusCode))),
      leastByComponent(selectRecord('job_component:aicrm_component_availability:avg1d')),
      leastByComponent(selectRecord('job_component:aicrm_slo_budget_remaining:ratio30d')),
      leastByComponent(ifAny(`(${select(componentCertificateExpiry)} - time()) / 86400`)),
      leastByComponent(ifAny(select(componentTlsVerified))),
      leastByComponent(ifAny(select(componentUptime))),
    ],
    joinBy: 'component',
    columns: [
      {
        field: 'component',
        title: 'Component',
        minWidthPixels: 110,
        links: [linkTo('services', 'In detail', { component: '${__value.raw:percentencode}' })],
      },
      { field: 'Value #A', title: 'Level', cell: 'level', mappings: levelMappings, widthPixels: 125 },
      { field: 'Value #B', title: 'Since', unit: 'since', widthPixels: 140, mappings: absentAs('–') },
      { field: 'Value #C', title: 'Response', unit: 'seconds', widthPixels: 85 },
      {
        field: 'Value #D',
        title: 'Of limit',
        unit: 'ratio',
        cell: 'level',
        mappings: ofLimitMappings,
        widthPixels: 75,
      },
      { field: 'Value #E', title: 'Failing', unit: 'ratio', widthPixels: 70 },
      { field: 'Value #F', title: 'HTTP', unit: 'whole', widthPixels: 55, mappings: absentAs('–') },
      { field: 'Value #G', title: '24 hours', unit: 'availability', widthPixels: 85 },
      { field: 'Value #H', title: 'Budget', unit: 'ratio', cell: 'level', mappings: belowZero, widthPixels: 70 },
      {
        field: 'Value #I',
        title: 'Certificate',
        unit: 'days',
        cell: 'level',
        widthPixels: 85,
        mappings: [...absentAs('–'), ...belowZero],
      },
      {
        field: 'Value #J',
        title: 'Chain',
        cell: 'level',
        mappings: words([
          ['1', '✔ trusted', colors.none],
          ['0', '✖ invalid', colors.critical],
        ]),
        widthPixels: 80,
      },
      { field: 'Value #K', title: 'Up for', unit: 'duration', widthPixels: 80, mappings: absentAs('–') },
    ],
    sortBy: 'Level',
    noValue: 'no component is probed: endpoints is empty, or no exporter answers',
  });
}

function failuresByReason() {
  return table({
    id: 3,
    title: 'Failures by reason',
    description:
      'Failed probes in the chosen time, by reason: connect: the service does not run. timeout: it hangs. closed: it closes the connection. status: it answers with an error. unhealthy: its answer reports it. dns and tls: the cause is outside the service.',
    at: [0, 19, 12, 7],
    queries: [
      rows(
        `topk(20, sum by (component, reason) (${greatest(growth(select(componentProbeFailures)), 'component', 'reason')}) > 0)`,
      ),
    ],
    columns: [
      {
        field: 'component',
        title: 'Component',
        minWidthPixels: 110,
        links: [linkTo('services', 'In detail', { component: '${__value.raw:percentencode}' })],
      },
      { field: 'reason', title: 'Reason', widthPixels: 110 },
      { field: 'Value', title: 'Probes', unit: 'count', cell: 'bar', widthPixels: 150 },
    ],
    sortBy: 'Probes',
    noValue: '✔ no probe failed in this time',
  });
}

function dependencies() {
  const levelOfOther = `label_replace(${level(componentStatus, {}, 'component')}, "depends_on", "$1", "component", "(.+)")`;
  return table({
    id: 4,
    title: 'Depends on',
    description:
      'Cause or consequence? The components that each component needs, and their levels. While one of these is down, components that depend on it get no alert.',
    at: [12, 19, 12, 7],
    queries: [
      rows(
        `max by (component, depends_on) (${greatest(select(componentDependsOn), 'component', 'depends_on')} * on (job, depends_on) group_left () ${greatest(levelOfOther, 'depends_on')})`,
      ),
    ],
    columns: [
      { field: 'component', title: 'Component', minWidthPixels: 110 },
      {
        field: 'depends_on',
        title: 'Depends on',
        minWidthPixels: 110,
        links: [linkTo('services', 'What it depends on', { component: '${__value.raw:percentencode}' })],
      },
      { field: 'Value', title: 'Which is', cell: 'level', mappings: levelMappings, widthPixels: 140 },
    ],
    sortBy: 'Which is',
    noValue: 'no component depends on another: depends_on is not configured',
  });
}
