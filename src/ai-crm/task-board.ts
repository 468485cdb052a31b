import { Paced } from '../access/data-access.js';
import type { Clock } from '../base/clock.js';
import { isRecord } from '../base/json.js';
import { listOf, nameLabel, Rejections } from './json-answer.js';
import type { Questions } from './questions.js';
import { SharedAnswer } from './shared-answer.js';
import type { TaskLedger } from './task-ledger.js';

/** The columns that the real backend has, in the order of its board, and its archive, which is none: tasks keep their column in it. */
export const knownColumns = ['To Do', 'In Progress', 'Done', 'Archived'] as const;

/** The column of tasks of other boards of the same company: they are in the list, and on no page of AI-CRM. */
const foreignColumn = 'Unknown';

/** What is of interest of a task. */
export interface TaskRow {
  readonly id: string;
  /** As AI-CRM names it, fit for a label; also of a task in the archive, unless AI-CRM says only `Archived`. */
  readonly column: string;
  readonly isArchived: boolean;
  /** The agent that has it, fit for a label. */
  readonly owner: string | null;
}

/** The real backend looks at no more tasks than this, and sorts out afterwards which of them are archived. */
const rowCap = 1000;

/** More rows are not looked at: this is no answer of an AI-CRM that we know. */
const maxRows = 10_000;
const maxIdLength = 200;

/** The rows of one answer. */
interface TaskRows {
  readonly rows: readonly TaskRow[];
  /** How many there were, those that are left out included. */
  readonly length: number;
}

/**
 * Reads the answer to `GET /tasks`. Rows without usable id or column are left out, owners that are no text count as none;
 * both are noted in `rejections`. Throws a `DataFailure` when it is no list.
 */
function taskRows(value: unknown, isArchive: boolean, rejections: Rejections): TaskRows {
  const question = isArchive ? 'GET /tasks?archived=true' : 'GET /tasks';
  const list = listOf(value, question);
  const reject = (what: string, count = 1) => rejections.add(`${question}: ${what}`, count);
  if (list.length > maxRows) reject(`more than ${maxRows} rows, the others are left out`, list.length - maxRows);
  const rows: TaskRow[] = [];
  for (const row of list.slice(0, maxRows)) {
    const task = taskRow(row, isArchive, reject);
    if (task !== undefined) rows.push(task);
  }
  return { rows, length: list.length };
}

function taskRow(row: unknown, isArchive: boolean, reject: (what: string) => void): TaskRow | undefined {
  if (!isRecord(row)) return void reject('a row is not an object and left out');
  const id = idOf(row['id']);
  if (id === undefined) return void reject('id is missing or unusable in a row, which is left out');
  const { column_name: columnName, owner = null } = row;
  const column = typeof columnName === 'string' ? nameLabel(columnName) : '';
  if (column === '') return void reject('column_name is missing or no text in a row, which is left out');
  if (owner !== null && typeof owner !== 'string') reject('owner is no text in a row, which counts as without one');
  const name = typeof owner === 'string' ? nameLabel(owner) : '';
  const isArchived = column === 'Archived' || (typeof row['archived'] === 'boolean' ? row['archived'] : isArchive);
  return { id, column, isArchived, owner: name === '' ? null : name };
}

function idOf(id: unknown): string | undefined {
  if (typeof id === 'string') return id === '' || id.length > maxIdLength ? undefined : id;
  return Number.isSafeInteger(id) ? String(id) : undefined;
}

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
  let last: TaskBoard | undefined;
  return async (signal) => {
    try {
      return (last = await shared.get(signal));
    } catch (error) {
      // For tasks and agents alike, the last answer stands while AI-CRM is not asked because it takes long.
      if (error instanceof Paced && last !== undefined) return { ...last, notices: [...last.notices, error.message] };
      last = undefined;
      throw error;
    }
  };
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
