import { row } from '../../board.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { absentAs, ranges } from '../../panels/mappings.js';
import { over, rows, rowsOver } from '../../panels/query.js';
import { statusHistory } from '../../panels/state-timeline.js';
import { noteColumn, table } from '../../panels/table.js';
import { selectRecord } from '../../queries/selector.js';
import { burnOfDay, outageBegin, outageLength } from '../../queries/slo.js';

/** A square for each day. The range is `last` and not the time range of the board: in six hours there is no whole day. */
function days(id: number, title: string, y: number, last: string) {
  return statusHistory({
    id,
    title,
    description:
      'Downtime of each component on each day, as a multiple of what its objective allows for a day: ✔ none, blue up to 1, red more. By days of UTC and whole hours, without maintenance. The time range of the board does not matter; Prometheus must keep the data.',
    at: [0, y, 24, 8],
    step: '1d',
    queries: [over(burnOfDay, '{{component}}')],
    mappings: ranges([
      [-1, 1e-9, '✔', colors.healthy],
      [1e-9, 1, undefined, colors.dataWithText],
      [1, 9.95, undefined, colors.critical],
      // A longer number does not fit into a square.
      [9.95, null, '10+', colors.critical],
    ]),
    hasLegend: false,
    noValue: 'not known yet: an hour of data and the recording rules are needed',
    links: [linkTo('services', 'This component', { component: '${__field.labels.component:percentencode}' })],
  })
    .decimals(1)
    .timeFrom(last);
}

/** The 30 days of the objective. */
export const daysOfMonth = (y: number) => days(20, 'Day by day', y, '30d');

/** The last quarter. The row is collapsed at first, because the query reads three times as much data. */
export const daysOfQuarter = (y: number) =>
  row(30, '90 days', y, { collapsed: [days(31, 'Day by day, 90 days', y + 1, '90d')] });

/** Past outages, one line each. */
export function incidents(y: number) {
  const inStep = (record: string) => `max_over_time(${selectRecord(record)}[$__interval])`;
  return table({
    id: 21,
    title: 'Past incidents',
    description:
      'Outages that ended in the time range, the last one first: times when a component was down for every exporter, without maintenance. Reason is the most frequent one in the last hour of the outage. If there are two in one step of the graph (five minutes up to 30 days), the longer one is shown. Present outages are on the board Overview.',
    at: [0, y, 12, 15],
    queries: [
      rowsOver(`1000 * ${inStep(outageBegin)}`),
      rowsOver(inStep(outageLength)),
      // Grafana shows no text for a joined table without lines, so this query makes a line.
      rows(
        `label_replace(absent(count_over_time(${selectRecord(outageLength)}[$__range])), "note", "✔ none ended in this time", "", "")`,
      ),
    ],
    isMerged: true,
    columns: [
      noteColumn,
      { field: 'Time', title: 'Time', isHidden: true },
      { field: 'Value #A', title: 'Began', unit: 'moment', widthPixels: 160, mappings: absentAs('–') },
      {
        field: 'component',
        title: 'Component',
        minWidthPixels: 100,
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
