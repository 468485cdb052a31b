import { BigValueTextMode, VizTextDisplayOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLinkBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { overallStatus } from '../../src/metrics/component-metrics.js';
import { collectorInterval, collectorLastRun } from '../../src/metrics/exporter-metrics.js';
import { buildBoard } from '../board.js';
import { linkTo } from '../links.js';
import { colors } from '../panels/defaults.js';
import type { Frame } from '../panels/frame.js';
import { levelMappings, ranges } from '../panels/mappings.js';
import { now, type Query } from '../panels/query.js';
import { namedStat, wordStat } from '../panels/stat.js';
import { greatest } from '../queries/aggregate.js';
import { componentLevels, firstCause, orNoData, partLevels } from '../queries/level.js';
import { select } from '../queries/selector.js';
import { silencesVariable } from '../variables.js';
import { alertTable } from './alert-table.js';
import { alertsFiring } from './alerts-firing.js';
import { levelTimeline } from './level-timeline.js';
import { againstLimits } from './overview/against-limits.js';
import { usersOfAiCrm } from './overview/users-of-ai-crm.js';
import { availableStat, budgetStat } from './promise-stats.js';

/** The board Overview: the level of AI-CRM, what is wrong, and since when. Everything important fits on the first screen of a laptop. */
export const overview = (alertNames: readonly string[]) =>
  buildBoard({
    name: 'overview',
    title: 'Overview',
    description: 'Does AI-CRM work? If not: what is wrong, since when, and what is the cause.',
    variables: [silencesVariable()],
    panels: [...isItWell(alertNames), ...parts(), timeline(21), ...againstLimits(29), ...usersOfAiCrm(37)],
  });

/** The level, and beside it the alerts. On a phone these are the first two panels. */
function isItWell(alertNames: readonly string[]) {
  return [
    wordStat({
      id: 1,
      title: 'AI-CRM is now',
      description:
        'The worst level of everything that is watched, from the last probes and without maintenance, and the part to look at first: a component whose dependencies are up. Alerts wait until a level lasts.',
      at: [0, 0, 8, 4],
      queries: [now(firstCause(overallStatus), '{{part}}')],
      mappings: levelMappings,
      noValue: '∅ NO DATA',
      why: 'no exporter answers Prometheus, so nothing is known',
      links: [linkTo('services', 'All components')],
    }).textMode(BigValueTextMode.ValueAndName),
    alertTable({
      id: 20,
      title: 'What is wrong now',
      description:
        'Alerts that fire, the critical ones first. A click on What opens its runbook; on About its board, or a silence. A component whose dependency is down is not listed: the dependency is the cause. The value and the reason are in the notification.',
      at: [8, 0, 16, 12],
      alertNames,
      withPending: false,
      noValue: '✔ no alert fires',
    }),
    alertsFiring({ id: 2, at: [0, 4, 4, 4], leadsTo: 'alerting' }),
    wordStat({
      id: 5,
      title: 'Measured',
      description: 'Whether the values are recent. STALE: a measurement is older than three of its intervals.',
      at: [4, 4, 4, 4],
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
      why: 'no exporter answers Prometheus, or the clocks of exporter and Prometheus differ',
      links: [linkTo('alerting', 'Collectors')],
    }),
    availableStat({
      isNamed: true,
      id: 3,
      title: 'Available',
      at: [0, 8, 4, 4],
      links: [linkTo('slo', 'By component and day')],
    }),
    budgetStat({
      isNamed: true,
      id: 4,
      title: 'Budget',
      at: [4, 8, 4, 4],
      links: [linkTo('slo', 'By component and day')],
    }),
  ];
}

/**
 * A card for each part that counts in the level. There are several panels, because in one panel the cards would be too narrow for names.
 */
function parts() {
  const cards = (
    id: number,
    title: string,
    at: Frame['at'],
    description: string,
    queries: readonly Query[],
    link: DashboardLinkBuilder | undefined,
    noValue = '∅ NO DATA',
    why = 'no exporter answers Prometheus',
    // The largest size that fits: cards are narrow on a phone, and while the menu of Grafana is open.
    text = new VizTextDisplayOptionsBuilder().titleSize(12),
  ) =>
    namedStat({
      id,
      title,
      description: `${description} The level of AI-CRM is the worst of all cards. A click on a card opens the board about it.`,
      at,
      unit: 'whole',
      queries,
      noValue,
      why,
      links: link === undefined ? [] : [link],
    })
      .mappings(levelMappings)
      .text(text);
  return [
    cards(
      10,
      'Components',
      [0, 12, 24, 4],
      'The level of each component after its last probe. UNKNOWN: it answers, but the answer does not show its health (for example refused credentials, or HTML instead of JSON).',
      [now(componentLevels, '{{component}}')],
      linkTo('services', 'In detail', { component: '${__field.labels.component:percentencode}' }),
    ),
    cards(
      11,
      'What users do',
      [0, 16, 12, 5],
      'The level of each operation of users, and of each workflow.',
      [now(partLevels('="measure"'), '{{part}}'), now(partLevels('="transaction"'), '{{part}}')],
      // Each kind links to its own board, by an override. Grafana would show a link of the panel in addition.
      undefined,
      'none',
      'no workflow is run, and ai_crm is not configured or cannot be read',
    )
      .overrideByQuery('A', [{ id: 'links', value: [linkTo('agents', 'What users do').build()] }])
      .overrideByQuery('B', [{ id: 'links', value: [linkTo('business', 'Workflows').build()] }]),
    cards(
      12,
      'Host',
      [12, 16, 6, 5],
      'The level of the host that the exporter runs on; of several, the worst.',
      [now(partLevels('="host"'), '{{part}}')],
      linkTo('host', 'The host'),
      'not measured',
      'host is disabled',
    ),
    cards(
      13,
      'Jobs that report in',
      [18, 16, 6, 5],
      'The level of each job that has reported in, or should have.',
      [now(partLevels('="heartbeat"'), '{{part}}')],
      linkTo('services', 'When they reported'),
      'none',
      'heartbeats is not configured, or no report is due yet',
      // At the default size one or two cards would be larger than the headline.
      new VizTextDisplayOptionsBuilder().titleSize(12).valueSize(14),
    ),
  ];
}

function timeline(y: number) {
  return levelTimeline({
    id: 21,
    title: 'Level over time',
    description:
      'The worst level of each component in each step of the graph: a long time range hides no outage. Components that fail together have a common cause: look at the first one.',
    at: [0, y, 24, 8],
    linkTitle: 'This component',
  });
}
