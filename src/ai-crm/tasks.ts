import {
  taskCompletion,
  tasks,
  tasksCompleted,
  tasksCreated,
  tasksOfOtherBoards,
} from '../metrics/business-metrics.js';
import { type Sample, set } from '../metrics/definition.js';
import type { Operation } from './operation.js';
import type { Subject } from './subject.js';
import { cannotCount, knownColumns, type TaskRow, type TaskSource } from './task-board.js';
import type { TaskLedger } from './task-ledger.js';

/** Maximum number of columns. The rest share the last one, because users choose the names. */
const maxColumns = 50;
const restColumn = 'Others';

/** Tasks by column, created, completed, and the ratio of done tasks. */
export function tasksSubject(
  readTasks: TaskSource,
  ledger: TaskLedger,
  intervalSeconds: number,
  operation: Operation,
): Subject {
  return {
    name: 'tasks',
    subject: 'tasks',
    intervalSeconds,
    requests: 2,
    async read(_source, signal) {
      const { tasks: rows, foreignTasks, boardSeconds, notices, ...rest } = await readTasks(signal);
      const { columns, isFull } = countColumns(rows);
      const loaded = operation.answered('loaded', boardSeconds);
      return {
        ...rest,
        samples: [
          ...columnSamples(columns),
          set(tasksOfOtherBoards, {}, foreignTasks),
          ...completionSamples(rows),
          ...counterSamples(ledger),
          ...loaded.samples,
        ],
        readings: loaded.readings,
        ...(rest.isTruncated ? { withheld: cannotCount } : {}),
        message: `${counted(rows.length)}, ${columns.get('Archived') ?? 0} of them archived${foreignTasks === 0 ? '' : `; ${counted(foreignTasks)} of other boards left out`}`,
        notices: isFull
          ? [...notices, `there are more than ${maxColumns} columns: the others count as ${restColumn}`]
          : notices,
      };
    },
    // Counters stay after a failed read.
    onFailure: (failure) => {
      const { samples, readings } = operation.failed(failure);
      return { samples: [...counterSamples(ledger), ...samples], readings };
    },
  };
}

function countColumns(rows: readonly TaskRow[]): {
  readonly columns: ReadonlyMap<string, number>;
  readonly isFull: boolean;
} {
  const columns = new Map<string, number>(knownColumns.map((column) => [column, 0]));
  let isFull = false;
  for (const row of rows) {
    const column = row.isArchived ? 'Archived' : row.column;
    const isTooMuch = !columns.has(column) && columns.size >= maxColumns - 1;
    if (isTooMuch) isFull = true;
    const counted = isTooMuch ? restColumn : column;
    columns.set(counted, (columns.get(counted) ?? 0) + 1);
  }
  return { columns, isFull };
}

function columnSamples(columns: ReadonlyMap<string, number>): readonly Sample[] {
  return [...columns].map(([column, count]) => set(tasks, { column }, count));
}

/** The ratio of done tasks, archived ones included, as AI-CRM itself counts. Tasks whose only known column is the archive are left out. */
function completionSamples(rows: readonly TaskRow[]): readonly Sample[] {
  const known = rows.filter(({ column }) => column !== 'Archived');
  return known.length === 0
    ? []
    : [set(taskCompletion, {}, known.filter(({ column }) => column === 'Done').length / known.length)];
}

function counted(count: number): string {
  return `${count} task${count === 1 ? '' : 's'}`;
}

/** Totals instead of growth, so that no lost run and no reload loses tasks. */
function counterSamples(ledger: TaskLedger): readonly Sample[] {
  const totals = ledger.totals();
  return totals === undefined ? [] : [set(tasksCreated, {}, totals.created), set(tasksCompleted, {}, totals.completed)];
}
