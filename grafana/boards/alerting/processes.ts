import { row } from '../../board.js';
import { linkTo } from '../../links.js';
import type { Unit } from '../../panels/defaults.js';
import { yesNoMappings } from '../../panels/mappings.js';
import { over } from '../../panels/query.js';
import { stateTimeline } from '../../panels/state-timeline.js';
import { timeSeries } from '../../panels/time-series.js';
import { greatest, least, perSecond, worstWhenLeast } from '../../queries/aggregate.js';
import { selectTarget } from '../../queries/selector.js';

/**
 * The exporter processes: answers, scrape time, memory, CPU and event loop lag. Each exporter has its own line, because each runs on its
 * own host.
 */
export function processes(y: number) {
  const links = [linkTo('host', 'Its host')];
  const noValue = 'no exporter was scraped in this time';
  const graph = (
    id: number,
    title: string,
    at: readonly [number, number, number, number],
    unit: Unit,
    expression: string,
    description: string,
  ) =>
    timeSeries({
      id,
      title,
      description,
      at,
      unit,
      names: [],
      queries: [over(greatest(expression, 'instance'), '{{instance}}')],
      noValue,
      links,
    });
  const panels = [
    stateTimeline({
      id: 41,
      title: 'Exporter answers',
      description:
        'Whether each exporter answered Prometheus. While it does not, its measurements are missing. If a line ends, the exporter is no longer a target of Prometheus.',
      at: [0, y + 1, 12, 5],
      queries: [over(least(worstWhenLeast(selectTarget('up')), 'instance'), '{{instance}}')],
      mappings: yesNoMappings('UP', 'DOWN'),
      hasLegend: false,
      noValue: 'Prometheus has no such target',
      links,
    }),
    graph(
      42,
      'Scrape time',
      [12, y + 1, 12, 5],
      'seconds',
      selectTarget('scrape_duration_seconds'),
      'Time that a scrape of the exporter took. The exporter measures on its own schedule, so a scrape only returns known values. Worry near the scrape timeout: then samples are lost.',
    ),
    graph(
      43,
      'Memory of the exporter',
      [0, y + 6, 8, 7],
      'bytes',
      selectTarget('process_resident_memory_bytes'),
      'Memory that the process uses. Worry when it grows for days and does not stop.',
    ),
    graph(
      44,
      'CPU of the exporter',
      [8, y + 6, 8, 7],
      'ratio',
      perSecond(selectTarget('process_cpu_seconds_total')),
      'Share of one CPU that the process uses. Worry when it stays near 100 %: measurements come late then.',
    ),
    graph(
      45,
      'Event loop lag',
      [16, y + 6, 8, 7],
      'seconds',
      selectTarget('nodejs_eventloop_lag_seconds'),
      'How late the process runs its scheduled work. This lag is a part of every response time that it measures. Worry when it is a large part of them.',
    ),
  ];
  return row(40, 'The exporters themselves', y, { collapsed: panels });
}
