import { taskCompletion, tasks, tasksCompleted, tasksCreated } from '../../metrics/families/business.js';
import { set, type Sample } from '../../metrics/sample.js';
import type { Subject } from './subject.js';
import type { TaskSource } from './task-board.js';
import type { TaskLedger } from './task-ledger.js';
import { knownColumns, type TaskRow } from './task-rows.js';

/** More columns are one: their names are the users'. */
const maxColumns = 50;
const restColumn = 'Unknown';

/** Tasks by column, created, completed, and the share that is done. */
export function tasksSubject(readTasks: TaskSource, ledger: TaskLedger, intervalSeconds: number): Subject {
  return {
    name: 'tasks',
    subject: 'tasks',
    intervalSeconds,
    requests: 2,
    async read(_source, signal) {
      const { tasks: rows, notices, ...rest } = await readTasks(signal);
      const { columns, isFull } = countColumns(rows);
      return {
        ...rest,
        samples: [...columnSamples(columns), ...counterSamples(ledger)],
        message: `${rows.length} task${rows.length === 1 ? '' : 's'}, ${columns.get('Archived') ?? 0} of them archived`,
        notices: isFull ? [...notices, `there are more than ${maxColumns} columns: the others count as ${restColumn}`] : notices,
      };
    },
    // Counters stay when nothing can be read.
    onFailure: () => ({ samples: counterSamples(ledger) }),
  };
}

function countColumns(rows: readonly TaskRow[]): { readonly columns: ReadonlyMap<string, number>; readonly isFull: boolean } {
  const columns = new Map<string, number>(knownColumns.map((column) => [column, 0]));
  let isFull = false;
  for (const { column } of rows) {
    const isNew = !columns.has(column);
    if (isNew && columns.size >= maxColumns) isFull = true;
    const counted = isNew && columns.size >= maxColumns ? restColumn : column;
    columns.set(counted, (columns.get(counted) ?? 0) + 1);
  }
  return { columns, isFull };
}

function columnSamples(columns: ReadonlyMap<string, number>): readonly Sample[] {
  const samples: Sample[] = [...columns].map(([column, count]) => set(tasks, { column }, count));
  const total = [...columns.values()].reduce((sum, count) => sum + count, 0);
  // AI-CRM counts archived tasks as not done, so its rate falls with every one that is cleared away. Nothing says of an
  // archived task whether it was done, so none of them is looked at.
  const onBoard = total - (columns.get('Archived') ?? 0);
  if (onBoard > 0) samples.push(set(taskCompletion, {}, (columns.get('Done') ?? 0) / onBoard));
  return samples;
}

/** Whole totals and not growth: no run that is lost, and no reload, can then lose any of it. */
function counterSamples(ledger: TaskLedger): readonly Sample[] {
  const totals = ledger.totals();
  return totals === undefined ? [] : [set(tasksCreated, {}, totals.created), set(tasksCompleted, {}, totals.completed)];
}
