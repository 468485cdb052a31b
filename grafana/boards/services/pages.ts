import {
  componentPageBytes,
  componentPageFailedResources,
  componentPageLoad,
  componentPageResources,
} from '../../../src/metrics/component-metrics.js';
import { row } from '../../board.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { absentAs, ranges } from '../../panels/mappings.js';
import { over, rows } from '../../panels/query.js';
import { noteColumn, table } from '../../panels/table.js';
import { timeSeries } from '../../panels/time-series.js';
import { greatest, worst } from '../../queries/aggregate.js';
import { select } from '../../queries/selector.js';
import { forEachLine, orNote } from '../../queries/table-column.js';
import { componentNames } from '../component-names.js';

const none = 'no component has page: true, or no page answers';
const byComponent = (expression: string) => `max by (component) (${expression})`;

/** Pages with their scripts, styles and images: load time, size, and files that fail. */
export function pages(y: number) {
  const loads = orNote(byComponent(select(componentPageLoad)), none);
  const failed = greatest(select(componentPageFailedResources), 'component', 'reason');
  const of = (expression: string) => rows(forEachLine(loads, expression));
  const panels = [
    timeSeries({
      id: 7,
      title: 'Page load',
      description:
        'Time until a page and all of its files were there, for components with page: true; the longest in each step. The response time is that of the page without its files.',
      at: [0, y + 1, 12, 6],
      unit: 'seconds',
      names: componentNames,
      queries: [over(greatest(worst(select(componentPageLoad)), 'component'), '{{component}}')],
      noValue: none,
      links: [linkTo('services', 'This component', { component: '${__field.labels.component:percentencode}' })],
    }),
    table({
      id: 8,
      title: 'Files of pages',
      description:
        'The last load of each page: its time, its size, its files, and how many of these a browser cannot use, for the most frequent reason. type: for example a script that comes as HTML, because the deployment did not include it. The status page of the exporter names the file.',
      at: [12, y + 1, 12, 6],
      queries: [
        rows(loads),
        of(byComponent(select(componentPageBytes))),
        of(byComponent(select(componentPageResources))),
        of(`sum by (component) (${failed})`),
        rows(`topk by (component) (1, max by (component, reason) (${failed}) > 0) or on (component) NaN * (${loads})`),
      ],
      isMerged: true,
      columns: [
        noteColumn,
        {
          field: 'component',
          title: 'Component',
          minWidthPixels: 100,
          links: [linkTo('services', 'In detail', { component: '${__value.raw:percentencode}' })],
        },
        {
          field: 'Value #D',
          title: 'Failed',
          unit: 'count',
          cell: 'level',
          widthPixels: 75,
          mappings: ranges([
            [0, 0, undefined, colors.none],
            [1, null, undefined, colors.critical],
          ]),
        },
        { field: 'reason', title: 'Why', widthPixels: 80 },
        { field: 'Value #A', title: 'Load', unit: 'seconds', widthPixels: 80, mappings: absentAs('–') },
        { field: 'Value #B', title: 'Size', unit: 'bytes', widthPixels: 85, mappings: absentAs('–') },
        { field: 'Value #C', title: 'Files', unit: 'count', widthPixels: 60, mappings: absentAs('–') },
      ],
      sortBy: 'Failed',
      noValue: none,
    }),
  ];
  return row(9, 'Pages with their files', y, { collapsed: panels });
}
