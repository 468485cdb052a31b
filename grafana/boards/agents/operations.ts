import { operationDuration, operationStatusCode, operationUp } from '../../../src/metrics/agent-metrics.js';
import { row } from '../../board.js';
import { linkTo } from '../../links.js';
import { absentAs, yesNoMappings } from '../../panels/mappings.js';
import { over, rows } from '../../panels/query.js';
import { table } from '../../panels/table.js';
import { logarithmicSeries } from '../../panels/time-series.js';
import { greatest } from '../../queries/aggregate.js';
import { select } from '../../queries/selector.js';
import { forEachLine } from '../../queries/table-column.js';
import { secondsThreshold } from '../../queries/threshold.js';
import { notKnown } from '../not-known.js';

/** Operations that users run: whether they work, and how long they take. */
export function operations(y: number) {
  const links = [linkTo('services', 'The services behind it')];
  const byOperation = (expression: string) => rows(`max by (operation) (${expression})`);
  const panels = [
    table({
      id: 51,
      title: 'Does it work',
      description:
        'Whether AI-CRM answers when the exporter does what users do: loads the task board, lists the agents, requests a suggestion of an agent and the analysis of a task. FAILS: HTTP 500 or 504, or no answer in time, although /health may be healthy.',
      at: [0, y + 1, 10, 7],
      queries: [
        byOperation(select(operationUp)),
        byOperation(forEachLine(select(operationUp), select(operationStatusCode))),
        byOperation(forEachLine(select(operationUp), select(operationDuration))),
      ],
      joinBy: 'operation',
      columns: [
        { field: 'operation', title: 'What', minWidthPixels: 125, links },
        {
          field: 'Value #A',
          title: 'Answered',
          cell: 'level',
          mappings: yesNoMappings('WORKS', 'FAILS'),
          widthPixels: 110,
        },
        { field: 'Value #B', title: 'HTTP', unit: 'whole', widthPixels: 60, mappings: absentAs('–') },
        { field: 'Value #C', title: 'Takes', unit: 'seconds', widthPixels: 85, mappings: absentAs('–') },
      ],
      sortBy: 'What',
      ascending: true,
      noValue: notKnown,
    }),
    logarithmicSeries({
      id: 52,
      title: 'How long users wait',
      description:
        'Time that the answers took; dashed, the limits response_time of alert_thresholds, with which the task board and the list of agents are compared. Worry when the task board stays above the amber line: AI-CRM does nothing else during this time.',
      at: [10, y + 1, 14, 7],
      unit: 'seconds',
      step: '2m',
      names: ['task_board', 'agent_list', 'agent_suggestion', 'pm_analysis'],
      queries: [
        over(greatest(select(operationDuration), 'operation'), '{{operation}}'),
        over(secondsThreshold('response_time'), '{{severity}} threshold'),
      ],
      noValue: notKnown,
      links,
    }),
  ];
  return row(50, 'What users do', y, { collapsed: panels });
}
