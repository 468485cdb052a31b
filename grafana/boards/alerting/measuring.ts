import { collectorDuration, collectorInterval } from '../../../src/metrics/exporter-metrics.js';
import {
  sourceBudgetRemaining,
  sourceDuration,
  sourceFailures,
  sourceRateLimitRemaining,
  sourceRequests,
} from '../../../src/metrics/source-metrics.js';
import { row } from '../../board.js';
import { linkTo } from '../../links.js';
import { absentAs } from '../../panels/mappings.js';
import { over, rows } from '../../panels/query.js';
import { table } from '../../panels/table.js';
import { stackedBarSeries, timeSeries } from '../../panels/time-series.js';
import { greatest, growth, least } from '../../queries/aggregate.js';
import { select } from '../../queries/selector.js';
import { forEachLine } from '../../queries/table-column.js';
import {
  collectorAge,
  collectorLabels,
  collectorMappings,
  collectorState,
  sourceLabels,
  sourceMappings,
  sourceState,
} from './states.js';

const noSource = 'no source is configured, or no exporter answers';
const businessLink = [linkTo('business', 'What is read: business')];

/** Tables of all collectors and all data sources of each exporter, the worst first. */
export function collectorsAndSources(y: number) {
  return [row(30, 'What is measured and read', y), collectors(y + 1), sources(y + 9)];
}

function collectors(y: number) {
  return table({
    id: 31,
    title: 'Collectors',
    description:
      'Everything that an exporter measures on its own schedule. STALE: the last measurement is older than three intervals. FAILED: it could not measure at all; a component that is down was measured. The log of the exporter has the reason.',
    at: [0, y, 24, 8],
    queries: [
      rows(collectorState),
      rows(collectorAge),
      rows(greatest(select(collectorInterval), ...collectorLabels)),
      rows(greatest(select(collectorDuration), ...collectorLabels)),
    ],
    isMerged: true,
    columns: [
      { field: 'Value #A', title: 'State', cell: 'level', widthPixels: 145, mappings: collectorMappings },
      { field: 'collector', title: 'Collector', minWidthPixels: 180 },
      { field: 'Value #B', title: 'Age', unit: 'seconds', widthPixels: 100 },
      { field: 'Value #C', title: 'Every', unit: 'seconds', widthPixels: 100 },
      { field: 'Value #D', title: 'Took', unit: 'seconds', widthPixels: 100 },
      { field: 'instance', title: 'Exporter', widthPixels: 180, links: [linkTo('host', 'The host of the exporter')] },
    ],
    sortBy: 'State',
    noValue: 'no exporter answers',
  });
}

function sources(y: number) {
  // Grafana does not merge the tables if this query has no lines. So each source without failures gets a NaN.
  const mostlyWhy = `topk by (job, instance, source) (1, ${greatest(growth(select(sourceFailures)), ...sourceLabels, 'reason')} > 0) or on (job, instance, source) NaN * ${sourceState}`;
  return table({
    id: 32,
    title: 'Data sources',
    description:
      'The sources of the numbers of AI-CRM: failures in the time range with their most frequent reason, and the time of the last query. NOT READ: its numbers are absent. CUT OFF: there was more than its limit of rows or max_series.',
    at: [0, y, 24, 8],
    queries: [rows(sourceState), rows(mostlyWhy), rows(greatest(select(sourceDuration), ...sourceLabels))],
    isMerged: true,
    columns: [
      { field: 'Value #A', title: 'State', cell: 'level', widthPixels: 145, mappings: sourceMappings },
      { field: 'source', title: 'Source', minWidthPixels: 160, links: businessLink },
      { field: 'Value #B', title: 'Failed', unit: 'count', widthPixels: 100, mappings: absentAs('–') },
      { field: 'reason', title: 'Mostly', widthPixels: 120 },
      { field: 'Value #C', title: 'Took', unit: 'seconds', widthPixels: 100 },
      { field: 'instance', title: 'Exporter', widthPixels: 180 },
    ],
    sortBy: 'State',
    noValue: noSource,
  });
}

/**
 * The requests to AI-CRM and their budget. Logins with the same account share one budget, so this list of sources differs from the table
 * above.
 */
export function requests(y: number) {
  const sent = greatest(growth(select(sourceRequests), '1h'), 'source');
  return [
    stackedBarSeries({
      id: 33,
      title: 'Failures of sources',
      description:
        'Queries of data sources that failed, by reason; the table above says which. Worry about auth (the password), rate_limited (see the panel beside), and failures that do not end.',
      at: [0, y, 7, 7],
      unit: 'count',
      names: sourceFailures.values?.reason ?? [],
      step: '5m',
      queries: [
        over(
          `sum by (reason) (${greatest(growth(select(sourceFailures), '$__rate_interval'), 'source', 'reason')}) > 0`,
          '{{reason}}',
        ),
      ],
      noValue: '✔ none has failed in this time, or no source is configured',
      links: businessLink,
    }),
    table({
      id: 34,
      title: 'Request budget',
      description:
        'Requests to AI-CRM within the last hour by who sent them, and how many are left: of the budget of the exporter (requests_per_hour), and of the rate limit of AI-CRM, if it reports one; of two exporters the smaller number. At 0 the exporter reads nothing until the hour is over. Worry when the limit falls faster than requests are sent: others use the same account.',
      at: [7, y, 10, 7],
      queries: [
        rows(sent),
        rows(forEachLine(sent, least(select(sourceBudgetRemaining), 'source'))),
        rows(forEachLine(sent, least(select(sourceRateLimitRemaining), 'source'))),
      ],
      isMerged: true,
      columns: [
        { field: 'source', title: 'Asked by', minWidthPixels: 160, links: businessLink },
        { field: 'Value #A', title: 'Sent, 1 h', unit: 'count', widthPixels: 75 },
        { field: 'Value #B', title: 'Budget', unit: 'count', widthPixels: 75, mappings: absentAs('–') },
        { field: 'Value #C', title: 'Limit', unit: 'count', widthPixels: 65, mappings: absentAs('–') },
      ],
      sortBy: 'Budget',
      ascending: true,
      noValue: noSource,
    }),
    timeSeries({
      id: 35,
      title: 'Requests left',
      description:
        'What is left of the exporter’s own budget (requests_per_hour); dashed, of the rate limit of AI-CRM; of two exporters the smaller one. It jumps back when the hour is over. Worry when a line reaches 0: its source is not read until then.',
      at: [17, y, 7, 7],
      unit: 'count',
      names: [],
      queries: [
        over(least(select(sourceBudgetRemaining), 'source'), '{{source}}'),
        over(least(select(sourceRateLimitRemaining), 'source'), 'limit of {{source}}'),
      ],
      noValue: noSource,
      links: businessLink,
    })
      .fillOpacity(0)
      // The line gets the colour of its source: colours go by the last letter, and both names end with it.
      .overrideByRegexp('/^limit of /', [
        { id: 'custom.lineStyle', value: { fill: 'dash', dash: [6, 6] } },
        { id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } },
      ]),
  ];
}
