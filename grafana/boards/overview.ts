import { BigValueTextMode, VizOrientation, VizTextDisplayOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import { agentSuccess, agents, agentTasks } from '../../src/metrics/agent-metrics.js';
import { taskCompletion, tasksCompleted, users } from '../../src/metrics/business-metrics.js';
import { componentLastResponse, componentStatus, overallStatus } from '../../src/metrics/component-metrics.js';
import { collectorInterval, collectorLastRun } from '../../src/metrics/exporter-metrics.js';
import { hostCpuUsage, hostFilesystemUsage, hostMemoryUsage } from '../../src/metrics/host-metrics.js';
import { buildBoard } from '../board.js';
import { linkTo } from '../links.js';
import { colors } from '../panels/defaults.js';
import { levelMappings, ranges, words } from '../panels/mappings.js';
import { now, over, rows } from '../panels/query.js';
import { stat, wordStat } from '../panels/stat.js';
import { table } from '../panels/table.js';
import { inColor, logarithmicSeries, timeSeries } from '../panels/time-series.js';
import { greatest, growth, least } from '../queries/aggregate.js';
import { level, orNoData } from '../queries/level.js';
import { responseQuantile } from '../queries/response.js';
import { chosenComponent, select, selectAlerts, selectRecord } from '../queries/selector.js';
import { ratioThreshold, secondsThreshold } from '../queries/threshold.js';
import { componentVariable } from '../variables.js';
import { alertsFiring } from './alerts-firing.js';
import { levelTimeline } from './level-timeline.js';
import { notTold } from './not-told.js';

const firing = { alertstate: '="firing"' } as const;
/** When each alert began, in milliseconds. Its own series has that time, but also while it is only pending. */
const firingSince = `1000 * max by (alertname, severity, component) (${selectAlerts({ severity: '=~"critical|warning"' }, 'ALERTS_FOR_STATE')} and ignoring (alertstate) ${selectAlerts(firing)})`;
const ofComponent = { component: '${__field.labels.component:percentencode}' };

/** The first board: whether AI-CRM is well, and if not, what is wrong and since when. Everything that matters stands above the fold of a laptop. */
export const overview = () =>
  buildBoard({
    name: 'overview',
    title: 'Overview',
    description: 'Is AI-CRM well? If not: what is wrong, since when, and who is the cause.',
    variables: [componentVariable()],
    panels: [...headline(), componentTile(), ...whatIsWrong(), ...againstLimits(), ...usersOfAiCrm()],
  });

function headline() {
  return [
    wordStat({
      id: 1,
      title: 'AI-CRM is',
      description:
        'The worst level of everything that is watched, maintenance left out, as the last probes saw it. Alerts wait until a level lasts. NO DATA: no exporter answers Prometheus, so nothing is known.',
      at: [0, 0, 5, 4],
      queries: [now(orNoData(`max(${level(overallStatus, {})})`), 'level')],
      mappings: levelMappings,
      noValue: '∅ NO DATA',
      links: [linkTo('services', 'All components')],
    }),
    alertsFiring({ id: 2, at: [5, 0, 4, 4], leadsTo: 'alerting' }),
    stat({
      id: 3,
      title: 'Availability, 30 days',
      description:
        'Share of the last 30 days in which the worst component answered as expected, maintenance left out; over what is known of them. Below the objective of slo the promise is broken.',
      at: [9, 0, 5, 4],
      unit: 'availability',
      queries: [
        now(
          least(selectRecord('job_component:aicrm_component_availability:avg30d', chosenComponent)),
          'worst component',
        ),
      ],
      noValue: 'not known: five minutes of data and the recording rules are needed',
      links: [linkTo('services', 'Availability by component')],
    }),
    stat({
      id: 4,
      title: 'Error budget left',
      description:
        'What is left of the downtime that the objective allows in 30 days, for the component that has least. Below 0 the promise is broken: changes should wait.',
      at: [14, 0, 5, 4],
      unit: 'ratio',
      queries: [
        now(
          least(selectRecord('job_component:aicrm_slo_budget_remaining:ratio30d', chosenComponent)),
          'worst component',
        ),
      ],
      noValue: 'not known: an hour of data and the recording rules are needed',
      links: [linkTo('services', 'Budget by component')],
    }),
    wordStat({
      id: 5,
      title: 'Measurements are',
      description:
        'Whether what is shown here is recent. STALE: something is overdue by more than three of its intervals. NO DATA: no exporter answers Prometheus, or the host has no clock in common with it.',
      at: [19, 0, 5, 4],
      queries: [
        now(
          orNoData(
            `max((time() - ${greatest(select(collectorLastRun), 'collector')} - 30) / ${greatest(select(collectorInterval), 'collector')})`,
          ),
          'age in intervals',
        ),
      ],
      mappings: ranges([
        [-1, -1, '∅ NO DATA', colors.unknown],
        [-30, 3, '✔ RECENT', colors.healthy],
        [3, null, '▲ STALE', colors.warning],
      ]),
      noValue: '∅ NO DATA',
      links: [linkTo('alerting', 'Collectors')],
    }),
  ];
}

/** One for each component. A repeated panel owns its lines of the grid: nothing can stand beside it. */
function componentTile() {
  return stat({
    id: 10,
    title: '$component',
    description:
      'Level after the last probe, time that it took, and availability over a day. UNKNOWN: it answers, but not with what tells its health (our credentials refused, HTML in the place of JSON).',
    at: [0, 4, 24, 4],
    unit: 'seconds',
    queries: [
      now(level(componentStatus, chosenComponent), 'level'),
      now(greatest(select(componentLastResponse, chosenComponent)), 'response'),
      now(greatest(selectRecord('job_component:aicrm_component_availability:avg1d', chosenComponent)), 'available'),
    ],
    noValue: '∅ NO DATA',
    links: [linkTo('services', '$component in detail', { component: '${component:percentencode}' })],
  })
    .repeat('component')
    .repeatDirection('h')
    .maxPerRow(8)
    .textMode(BigValueTextMode.ValueAndName)
    .orientation(VizOrientation.Horizontal)
    .text(new VizTextDisplayOptionsBuilder().titleSize(13).valueSize(17))
    .overrideByQuery('A', [
      { id: 'mappings', value: levelMappings },
      { id: 'unit', value: 'none' },
    ])
    .overrideByQuery('C', [
      { id: 'unit', value: 'percentunit' },
      { id: 'decimals', value: 2 },
    ]);
}

function whatIsWrong() {
  return [
    table({
      id: 20,
      title: 'What is wrong now',
      description:
        'Alerts that fire, the critical ones first, and for how long. A component whose dependency is down is not listed: the dependency is the cause.',
      at: [0, 8, 12, 6],
      queries: [rows(firingSince)],
      columns: [
        {
          field: 'severity',
          title: 'Severity',
          cell: 'level',
          widthPixels: 110,
          mappings: words([
            ['critical', '✖ critical', colors.critical],
            ['warning', '▲ warning', colors.warning],
          ]),
        },
        { field: 'alertname', title: 'Alert', links: [linkTo('alerting', 'Alerts and monitoring')] },
        {
          field: 'component',
          title: 'Component',
          links: [linkTo('services', 'This component', { component: '${__value.raw:percentencode}' })],
        },
        { field: 'Value', title: 'Since', unit: 'since', widthPixels: 140 },
      ],
      sortBy: 'Severity',
      ascending: true,
      noValue: '✔ no alert fires',
    }),
    levelTimeline({
      id: 21,
      title: 'Level over time',
      description:
        'The level of each component after each probe. What fails together has a common cause: look at what failed first.',
      at: [12, 8, 12, 6],
      linkTitle: 'This component',
    }),
  ];
}

function againstLimits() {
  const host = (
    id: number,
    title: string,
    x: number,
    expression: string,
    legend: string,
    threshold: Parameters<typeof ratioThreshold>[0],
    what: string,
  ) =>
    timeSeries({
      id,
      title,
      description: `${what}; dashed, the limits of alert_thresholds. Of several hosts the worst is shown. Worry when it stays above the amber line.`,
      at: [x, 14, 4, 6],
      unit: 'ratio',
      max: 1,
      legend: 'none',
      queries: [over(expression, legend), over(ratioThreshold(threshold), '{{severity}} threshold')],
      noValue: 'not measured: host is disabled',
      links: [linkTo('host', 'The host')],
    }).overrideByName(title, inColor(colors.data));
  return [
    logarithmicSeries({
      id: 30,
      title: 'Response time, p95',
      description:
        'Time that 95 % of the probes of five minutes stay below, for each component; dashed, the general limits of alert_thresholds. Worry when a line stays above the amber one.',
      at: [0, 14, 12, 6],
      unit: 'seconds',
      queries: [
        over(greatest(responseQuantile(0.95), 'component'), '{{component}}'),
        over(secondsThreshold('response_time'), '{{severity}} threshold'),
      ],
      noValue: 'no component has been probed in this time, or the recording rules are missing',
      links: [linkTo('services', 'This component', ofComponent)],
    }),
    host(31, 'CPU', 12, greatest(select(hostCpuUsage)), 'CPU', 'cpu_usage', 'Share of CPU time in use'),
    host(
      32,
      'Memory',
      16,
      greatest(select(hostMemoryUsage)),
      'Memory',
      'memory_usage',
      'Share of memory that programs cannot get any more',
    ),
    host(
      33,
      'Fullest disk',
      20,
      greatest(select(hostFilesystemUsage)),
      'Fullest disk',
      'disk_usage',
      'Share in use of the file system that is fullest',
    ),
  ];
}

function usersOfAiCrm() {
  const agentsLink = [linkTo('agents', 'Agents')];
  const businessLink = [linkTo('business', 'Business')];
  return [
    stat({
      id: 40,
      title: 'Agents',
      description: 'Agents that AI-CRM lists. Fewer than usual: AI-CRM started without some of them.',
      at: [0, 20, 4, 4],
      unit: 'count',
      queries: [now(greatest(select(agents)), 'agents')],
      noValue: notTold,
      links: agentsLink,
    }),
    stat({
      id: 41,
      title: 'Open tasks',
      description: 'Tasks of all agents that are not done.',
      at: [4, 20, 4, 4],
      unit: 'count',
      queries: [now(`sum by (job) (${greatest(select(agentTasks, { state: '="open"' }), 'agent')})`, 'open')],
      noValue: notTold,
      links: agentsLink,
    }),
    stat({
      id: 42,
      title: 'Agent success',
      description: 'Mean over the agents of the share of their tasks that is done; agents without tasks do not count.',
      at: [8, 20, 4, 4],
      unit: 'ratio',
      queries: [now(`avg by (job) (${greatest(select(agentSuccess), 'agent')})`, 'success')],
      noValue: notTold,
      links: agentsLink,
    }),
    stat({
      id: 43,
      title: 'Done in 24 hours',
      description: 'Tasks completed within the last 24 hours.',
      at: [12, 20, 4, 4],
      unit: 'count',
      queries: [now(greatest(growth(select(tasksCompleted), '1d')), 'done')],
      noValue: notTold,
      links: businessLink,
    }),
    stat({
      id: 44,
      title: 'Completion',
      description:
        'Share of all tasks that is done, archived ones left out. Compare it with its baseline on the board Business.',
      at: [16, 20, 4, 4],
      unit: 'ratio',
      queries: [now(greatest(select(taskCompletion)), 'completion')],
      noValue: notTold,
      links: businessLink,
    }),
    stat({
      id: 45,
      title: 'Accounts (active: enabled)',
      description:
        'Accounts that AI-CRM counts as active; in the real AI-CRM that means enabled. Who was there within a day is on the board Business.',
      at: [20, 20, 4, 4],
      unit: 'count',
      queries: [now(greatest(select(users, { state: '="active"' })), 'active')],
      noValue: notTold,
      links: businessLink,
    }),
  ];
}
