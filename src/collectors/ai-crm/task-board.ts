import type { Clock } from '../../clock.js';
import type { Questions } from './questions.js';
import { Rejections } from './rejections.js';
import { SharedAnswer } from './shared-answer.js';
import type { CutLists, TaskLedger } from './task-ledger.js';
import { rowCap, taskRows, type TaskRow } from './task-rows.js';

/** All tasks that AI-CRM shows, at one moment. */
export interface TaskBoard {
  /** Each id once: in the archive, if it stands in both lists. */
  readonly tasks: readonly TaskRow[];
  readonly isTruncated: boolean;
  readonly notices: readonly string[];
  readonly rejectedValues: number;
  /** Of both requests. */
  readonly durationSeconds: number;
}

/** Where the tasks come from: for `tasks` and `agents`, which read them at the same interval, with one pair of requests. */
export type TaskSource = (signal: AbortSignal) => Promise<TaskBoard>;

/** Whoever asks, it is the tasks that are asked for. */
const source = 'ai_crm_tasks';

/** Shorter than the interval, so that a run takes the other collector's answer and never its own last one. */
const freshRatio = 0.75;

/** Tasks read at most once in each interval, whoever asks; each look goes into the ledger. */
export function taskSource(questions: Questions, ledger: TaskLedger, clock: Clock, intervalSeconds: number): TaskSource {
  const freshSeconds = freshRatio * intervalSeconds;
  const shared = new SharedAnswer(
    async (signal): Promise<TaskBoard> => {
      const board = await questions.get('/tasks', source, signal);
      const archive = await questions.get('/tasks?archived=true', source, signal);
      const { isCut, ...look } = lookAt(board.value, archive.value);
      ledger.take(look.tasks.map(({ id, column }) => ({ id, isDone: column === 'Done', isArchived: column === 'Archived' })), isCut);
      return { ...look, durationSeconds: board.durationSeconds + archive.durationSeconds };
    },
    clock,
    { answerSeconds: freshSeconds, failureSeconds: freshSeconds },
  );
  return (signal) => shared.get(signal);
}

function lookAt(board: unknown, archive: unknown): Omit<TaskBoard, 'durationSeconds'> & { readonly isCut: CutLists } {
  const rejections = new Rejections();
  const onBoard = taskRows(board, false, rejections);
  const archived = taskRows(archive, true, rejections);
  const byId = new Map<string, TaskRow>();
  for (const { rows, list } of [{ rows: onBoard.rows, list: 'GET /tasks' }, { rows: archived.rows, list: 'GET /tasks?archived=true' }]) {
    const inThisList = new Set<string>();
    for (const row of rows) {
      if (inThisList.has(row.id)) rejections.add(`${list}: the same id stands in more than one row, of which the last counts`);
      inThisList.add(row.id);
      byId.set(row.id, row);
    }
  }
  const isCut = { board: onBoard.isCut, archive: archived.isCut };
  return { tasks: [...byId.values()], isTruncated: isCut.board || isCut.archive, isCut, notices: [...cutNotices(isCut), ...rejections.notices], rejectedValues: rejections.count };
}

function cutNotices({ board, archive }: CutLists): readonly string[] {
  const lists = [...(board ? ['on the board'] : []), ...(archive ? ['in the archive'] : [])].join(' and ');
  if (lists === '') return [];
  return [`AI-CRM sends ${rowCap} tasks at most and there are at least as many ${lists}: all numbers of tasks are lower bounds`];
}
