import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { absentAs, ranges } from '../../panels/mappings.js';
import { over, rows, rowsOver } from '../../panels/query.js';
import { statusHistory } from '../../panels/state-timeline.js';
import { table } from '../../panels/table.js';
import { selectRecord } from '../../queries/selector.js';
import { burnOfDay, outageBegin, outageLength } from '../../queries/slo.js';

/** How each day was. */
export function days(y: number) {
  return statusHistory({
    id: 20,
    title: 'Day by day',
    description:
      'How many times the downtime that its objective allows for a day each component had: ✔ none, blue within it, red beyond it. By days of UTC and whole hours, maintenance left out. For 90 days choose that range; Prometheus has to keep them.',
    at: [0, y, 24, 8],
    step: '1d',
    queries: [over(burnOfDay, '{{component}}')],
    mappings: ranges([
      [-1, 1e-9, '✔', colors.healthy],
      [1e-9, 1, undefined, colors.data],
      [1, null, undefined, colors.critical],
    ]),
    hasLegend: false,
    noValue: 'not known yet: an hour of data and the recording rules are needed',
    links: [linkTo('services', 'This component', { component: '${__field.labels.component:percentencode}' })],
  })
    .unit('suffix:×')
    .decimals(1);
}

/** What happened, one line each. */
export function incidents(y: number) {
  const inStep = (record: string) => `max_over_time(${selectRecord(record)}[$__interval])`;
  return table({
    id: 21,
    title: 'Past incidents',
    description:
      'Outages that ended in the time range, the last one first: a component was down for every exporter, maintenance left out. Reason is why most of its probes of the last hour failed. Of two in one step of the graph (five minutes up to 30 days) the longer one is shown. What is still going on is on the board Overview.',
    at: [0, y, 12, 15],
    queries: [
      rowsOver(`1000 * ${inStep(outageBegin)}`),
      rowsOver(inStep(outageLength)),
      // A joined table without lines has no words of its own.
      rows(
        `label_replace(absent(count_over_time(${selectRecord(outageLength)}[$__range])), "component", "✔ none ended in this time", "", "")`,
      ),
    ],
    isMerged: true,
    columns: [
      { field: 'Time', title: 'Time', isHidden: true },
      { field: 'Value #A', title: 'Began', unit: 'moment', widthPixels: 160, mappings: absentAs('–') },
      {
        field: 'component',
        title: 'Component',
        links: [linkTo('services', 'This component', { component: '${__value.raw:percentencode}' })],
      },
      { field: 'Value #B', title: 'Lasted', unit: 'seconds', widthPixels: 100, mappings: absentAs('–') },
      { field: 'reason', title: 'Reason', widthPixels: 110 },
      { field: 'job', title: 'Job', isHidden: true },
    ],
    sortBy: 'Began',
    noValue: '✔ no outage ended in this time',
  })
    .interval('5m')
    .maxDataPoints(9000);
}
