import {
  componentCertificateExpiry,
  componentDependsOn,
  componentInfo,
  componentLastResponse,
  componentMaintenance,
  componentProbeFailures,
  componentStatus,
  componentStatusCode,
} from '../../../src/metrics/component-metrics.js';
import { linkTo } from '../../links.js';
import { barGauge } from '../../panels/bar-gauge.js';
import { colors } from '../../panels/defaults.js';
import { levelMappings, ranges, words } from '../../panels/mappings.js';
import { now, over, rows } from '../../panels/query.js';
import { table } from '../../panels/table.js';
import { timeSeries } from '../../panels/time-series.js';
import { greatest, growth } from '../../queries/aggregate.js';
import { level } from '../../queries/level.js';
import { chosenComponent, select, selectRecord } from '../../queries/selector.js';
import { levelTimeline } from '../level-timeline.js';

/** One line for each component, whichever job it is of: tables are joined by this label alone. */
const byComponent = (expression: string) => rows(`max by (component) (${expression})`);
const leastByComponent = (expression: string) => rows(`min by (component) (${expression})`);

/** What is on the first screen: all components side by side. */
export const allComponents = () => [
  levelTimeline({
    id: 1,
    title: 'Level of every component',
    description:
      'The level of each component after each probe. What fails together has a common cause: look at what failed first, and at "Depends on".',
    at: [0, 0, 24, 7],
    linkTitle: 'Only this component',
  }),
  components(),
  barGauge({
    id: 3,
    title: 'Failures by reason',
    description:
      'Failed probes in the chosen time, by reason: connect is a service that is not running, timeout one that hangs, closed one that breaks off, status one that answers with an error, unhealthy one that says so itself, dns and tls are not its own fault.',
    at: [0, 17, 8, 7],
    unit: 'count',
    queries: [
      now(
        `topk(8, sum by (reason) (${greatest(growth(select(componentProbeFailures, chosenComponent)), 'component', 'reason')}) > 0)`,
        '{{reason}}',
      ),
    ],
    noValue: '✔ no probe failed in this time',
  }),
  dependencies(),
  timeSeries({
    id: 5,
    title: 'Error budget burn, 1 h',
    description:
      'How many times as fast as allowed the error budget of 30 days is used up, by the last hour. At 1 it lasts exactly; alerts begin at 14.4 for an hour, and at 1 for three days.',
    at: [16, 17, 8, 7],
    unit: 'number',
    queries: [
      over(
        greatest(selectRecord('job_component:aicrm_slo_burn_rate:ratio1h', chosenComponent), 'component'),
        '{{component}}',
      ),
    ],
    noValue: 'not known: the recording rules are not loaded, or everything is in maintenance',
  }),
];

function components() {
  return table({
    id: 2,
    title: 'Components',
    description:
      'What is known of each component now. Limit is the response time above which it is a warning, Failing the share of failed probes of a quarter of an hour, Budget what is left of the downtime that its objective allows in 30 days.',
    at: [0, 7, 24, 10],
    queries: [
      byComponent(level(componentStatus, chosenComponent, 'component')),
      byComponent(select(componentLastResponse, chosenComponent)),
      byComponent(
        selectRecord('job_component:aicrm_component_response_threshold_seconds:max', {
          ...chosenComponent,
          severity: '="warning"',
        }),
      ),
      byComponent(
        selectRecord('job_component:aicrm_component_probe_failures_per_probes:ratio_rate15m', chosenComponent),
      ),
      byComponent(select(componentStatusCode, chosenComponent)),
      leastByComponent(selectRecord('job_component:aicrm_component_availability:avg1d', chosenComponent)),
      leastByComponent(selectRecord('job_component:aicrm_component_availability:avg30d', chosenComponent)),
      leastByComponent(selectRecord('job_component:aicrm_slo_budget_remaining:ratio30d', chosenComponent)),
      leastByComponent(`(${select(componentCertificateExpiry, chosenComponent)} - time()) / 86400`),
      // Jobs can be in maintenance, too.
      byComponent(
        `${select(componentMaintenance, chosenComponent)} and on (job, component) ${select(componentInfo, chosenComponent)}`,
      ),
    ],
    joinBy: 'component',
    columns: [
      {
        field: 'component',
        title: 'Component',
        links: [linkTo('services', 'Only this component', { component: '${__value.raw:percentencode}' })],
      },
      { field: 'Value #A', title: 'Level', cell: 'level', mappings: levelMappings, widthPixels: 130 },
      { field: 'Value #B', title: 'Response', unit: 'seconds' },
      { field: 'Value #C', title: 'Limit', unit: 'seconds' },
      { field: 'Value #D', title: 'Failing', unit: 'ratio' },
      { field: 'Value #E', title: 'HTTP', unit: 'whole' },
      { field: 'Value #F', title: '24 hours', unit: 'availability' },
      { field: 'Value #G', title: '30 days', unit: 'availability' },
      {
        field: 'Value #H',
        title: 'Budget',
        unit: 'ratio',
        cell: 'colored text',
        mappings: ranges([[null, 0, undefined, colors.critical]]),
      },
      { field: 'Value #I', title: 'Certificate', unit: 'days' },
      {
        field: 'Value #J',
        title: 'Maintenance',
        mappings: words([
          ['0', '–', colors.text],
          ['1', '⏸ in maintenance', colors.unknown],
        ]),
      },
    ],
    sortBy: 'Level',
    noValue: 'no component is probed: endpoints is empty, or no exporter answers',
  });
}

function dependencies() {
  const levelOfOther = `label_replace(${level(componentStatus, {}, 'component')}, "depends_on", "$1", "component", "(.+)")`;
  return table({
    id: 4,
    title: 'Depends on',
    description:
      'Cause or victim? For each component those that it needs to work, and how they are. While one of these is down, no alert is sent about what depends on it.',
    at: [8, 17, 8, 7],
    queries: [
      rows(
        `max by (component, depends_on) (${greatest(select(componentDependsOn, chosenComponent), 'component', 'depends_on')} * on (job, depends_on) group_left () ${greatest(levelOfOther, 'depends_on')})`,
      ),
    ],
    columns: [
      { field: 'component', title: 'Component' },
      {
        field: 'depends_on',
        title: 'Depends on',
        links: [linkTo('services', 'What it depends on', { component: '${__value.raw:percentencode}' })],
      },
      { field: 'Value', title: 'Which is', cell: 'level', mappings: levelMappings, widthPixels: 130 },
    ],
    sortBy: 'Which is',
    noValue: 'no component depends on another: depends_on is not configured',
  });
}
