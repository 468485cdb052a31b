import type { Clock } from '../../clock.js';
import type { Questions } from './questions.js';
import { Rejections } from './rejections.js';
import { SharedAnswer } from './shared-answer.js';
import type { TaskLedger } from './task-ledger.js';
import { foreignColumn, rowCap, type TaskRow, taskRows } from './task-rows.js';

/** All tasks that AI-CRM shows, at one moment. */
export interface TaskBoard {
  /** Each id once: in the archive, if it stands in both lists. */
  readonly tasks: readonly TaskRow[];
  /** How many tasks of other boards were among them; they are in none of the numbers. */
  readonly foreignTasks: number;
  /** Whether there may be more tasks than AI-CRM sends. */
  readonly isTruncated: boolean;
  readonly notices: readonly string[];
  readonly rejectedValues: number;
  /** Of both requests. */
  readonly durationSeconds: number;
  /** Of the board alone, for which users wait. */
  readonly boardSeconds: number;
}

/** Why a task is not counted as created or completed while the list is cut off. */
export const cannotCount = `AI-CRM sends ${rowCap} tasks at most, and there are as many or more: which of them are new or just done cannot be told`;

/** Where the tasks come from: for `tasks` and `agents`, which read them at the same interval, with one pair of requests. */
export type TaskSource = (signal: AbortSignal) => Promise<TaskBoard>;

/** Whoever asks, it is the tasks that are asked for. */
const source = 'ai_crm_tasks';

/** Shorter than the interval, so that a run takes the other collector's answer and never its own last one. */
const freshRatio = 0.75;

/** Tasks read at most once in each interval, whoever asks; each look goes into the ledger. */
export function taskSource(
  questions: Questions,
  ledger: TaskLedger,
  clock: Clock,
  intervalSeconds: number,
): TaskSource {
  const freshSeconds = freshRatio * intervalSeconds;
  const shared = new SharedAnswer(
    async (signal): Promise<TaskBoard> => {
      const board = await questions.get('/tasks', source, signal);
      const archive = await questions.get('/tasks?archived=true', source, signal);
      const { foreign, ...look } = lookAt(board.value, archive.value);
      ledger.take([...look.tasks.map(entryOf(false)), ...foreign.map(entryOf(true))], look.isTruncated);
      return {
        ...look,
        foreignTasks: foreign.length,
        durationSeconds: board.durationSeconds + archive.durationSeconds,
        boardSeconds: board.durationSeconds,
      };
    },
    clock,
    { answerSeconds: freshSeconds, failureSeconds: freshSeconds },
  );
  return (signal) => shared.get(signal);
}

function entryOf(isForeign: boolean) {
  return ({ id, column }: TaskRow) => ({ id, isDone: column === 'Done', isForeign });
}

function lookAt(
  board: unknown,
  archive: unknown,
): Pick<TaskBoard, 'tasks' | 'isTruncated' | 'notices' | 'rejectedValues'> & { readonly foreign: readonly TaskRow[] } {
  const rejections = new Rejections();
  const onBoard = taskRows(board, false, rejections);
  const archived = taskRows(archive, true, rejections);
  const byId = new Map<string, TaskRow>();
  for (const { rows, list } of [
    { rows: onBoard.rows, list: 'GET /tasks' },
    { rows: archived.rows, list: 'GET /tasks?archived=true' },
  ]) {
    const inThisList = new Set<string>();
    for (const row of rows) {
      if (inThisList.has(row.id))
        rejections.add(`${list}: the same id stands in more than one row, of which the last counts`);
      inThisList.add(row.id);
      byId.set(row.id, row);
    }
  }
  const all = [...byId.values()];
  // Both lists are made of the same rows.
  const isTruncated = onBoard.length + archived.length >= rowCap;
  return {
    tasks: all.filter(({ column }) => column !== foreignColumn),
    foreign: all.filter(({ column }) => column === foreignColumn),
    isTruncated,
    notices: [
      ...(isTruncated ? [`${cannotCount}; the other numbers of tasks are of those that it sends`] : []),
      ...rejections.notices,
    ],
    rejectedValues: rejections.count,
  };
}
