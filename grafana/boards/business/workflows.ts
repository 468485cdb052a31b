import {
  transactionDuration,
  transactionFailures,
  transactionStepDuration,
  transactionUp,
} from '../../../src/metrics/transaction-metrics.js';
import { row } from '../../board.js';
import { linkTo } from '../../links.js';
import { yesNoMappings } from '../../panels/mappings.js';
import { over, rows } from '../../panels/query.js';
import { stateTimeline } from '../../panels/state-timeline.js';
import { table } from '../../panels/table.js';
import { stackedSeries, timeSeries } from '../../panels/time-series.js';
import { greatest, growth, least, quantile, worstWhenLeast } from '../../queries/aggregate.js';
import { select, selectBuckets } from '../../queries/selector.js';
import { orTimeline } from '../../queries/table-column.js';

const none = 'no workflow is run: transactions is not configured';

/** Workflows that the exporter runs again and again: whether they succeed, which step fails, and how long they take. */
export function workflows(y: number) {
  const links = [linkTo('services', 'Which component: services')];
  return [
    row(30, 'Workflows of users', y),
    stateTimeline({
      id: 31,
      title: 'Do workflows go through?',
      description:
        'Whether the runs of each transaction succeeded, step by step as a user would do it. FAILS: at least one run failed in this step of the graph. Worry when a workflow FAILS although every component is healthy: users have a problem that probes do not see.',
      at: [0, y + 1, 12, 5],
      queries: [
        over(
          orTimeline(
            least(worstWhenLeast(select(transactionUp)), 'transaction'),
            select(transactionUp),
            -1,
            'transaction',
            'none',
          ),
          '{{transaction}}',
        ),
      ],
      mappings: yesNoMappings('WORKS', 'FAILS'),
      hasLegend: false,
      noValue: none,
      links,
    }),
    table({
      id: 32,
      title: 'Steps that failed',
      description:
        'Steps of workflows that failed in the time range, why, and how often; of two exporters the larger number. A single failure is no alert.',
      at: [12, y + 1, 12, 5],
      queries: [rows(`${greatest(growth(select(transactionFailures)), 'transaction', 'step', 'reason')} > 0`)],
      columns: [
        { field: 'transaction', title: 'Workflow', minWidthPixels: 110, links },
        { field: 'step', title: 'Step' },
        { field: 'reason', title: 'Reason' },
        { field: 'Value', title: 'Times', unit: 'count', cell: 'bar', widthPixels: 180 },
      ],
      sortBy: 'Times',
      noValue: '✔ no step has failed in this time, or no workflow is run',
    }),
    timeSeries({
      id: 33,
      title: 'Workflow time, p95',
      description:
        'Time that 95 % of the successful runs of a workflow stay below. Worry when it rises: users wait that long.',
      at: [0, y + 6, 12, 7],
      unit: 'seconds',
      step: '5m',
      names: [],
      queries: [over(quantile(0.95, selectBuckets(transactionDuration), 'job', 'transaction'), '{{transaction}}')],
      noValue: `${none}, or no run succeeded`,
      links,
    }),
    stackedSeries({
      id: 34,
      title: 'Time by step',
      description:
        'Time of each step in the last run, stacked; without waiting for other requests. A missing step was not reached, or got no answer. Worry when one of them grows.',
      at: [12, y + 6, 12, 7],
      unit: 'seconds',
      step: '5m',
      names: [],
      queries: [over(greatest(select(transactionStepDuration), 'transaction', 'step'), '{{transaction}}: {{step}}')],
      noValue: `${none}, or no step was answered`,
      links,
    }),
  ];
}
