import { Paced } from '../access/data-access.js';
import type { Clock } from '../base/clock.js';
import { isRecord } from '../base/json.js';
import { listOf, nameLabel, Rejections } from './json-answer.js';
import type { Questions } from './questions.js';
import { SharedAnswer } from './shared-answer.js';
import type { TaskLedger } from './task-ledger.js';

/** Columns of the real backend in the order of its board, then the archive. That is no column: archived tasks keep their column. */
export const knownColumns = ['To Do', 'In Progress', 'Done', 'Archived'] as const;

/** The column of tasks on other boards of the same company. The list contains them, but no page of AI-CRM shows them. */
const foreignColumn = 'Unknown';

/** The fields of a task that are used. */
export interface TaskRow {
  readonly id: string;
  /** AI-CRM's name as a label value. Archived tasks keep their column, unless AI-CRM reports only `Archived`. */
  readonly column: string;
  readonly isArchived: boolean;
  /** The agent of the task, as a label value. */
  readonly owner: string | null;
}

/** The real backend reads at most this many tasks, and filters archived ones afterwards. */
const rowCap = 1000;

/** Maximum number of rows that are read; no known AI-CRM sends more. */
const maxRows = 10_000;
const maxIdLength = 200;

/** The rows of one answer. */
interface TaskRows {
  readonly rows: readonly TaskRow[];
  /** Number of rows, including those left out. */
  readonly length: number;
}

/**
 * Reads the answer to `GET /tasks`. Rows without a usable id or column are left out. An owner that is not text counts
 * as none. `rejections` records both. Throws a `DataFailure` when it is not a list.
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
  if (!isRecord(row)) return void reject('a row that is not an object is left out');
  const id = idOf(row['id']);
  if (id === undefined) return void reject('a row without a usable id is left out');
  const { column_name: columnName, owner = null } = row;
  const column = typeof columnName === 'string' ? nameLabel(columnName) : '';
  if (column === '') return void reject('a row whose column_name is missing or not text is left out');
  if (owner !== null && typeof owner !== 'string')
    reject('a row whose owner is not text counts as a task without an owner');
  const name = typeof owner === 'string' ? nameLabel(owner) : '';
  const isArchived = column === 'Archived' || (typeof row['archived'] === 'boolean' ? row['archived'] : isArchive);
  return { id, column, isArchived, owner: name === '' ? null : name };
}

function idOf(id: unknown): string | undefined {
  if (typeof id === 'string') return id === '' || id.length > maxIdLength ? undefined : id;
  return Number.isSafeInteger(id) ? String(id) : undefined;
}

/** All tasks that AI-CRM shows at one moment. */
export interface TaskBoard {
  /** Each id once. A task in both lists counts as archived. */
  readonly tasks: readonly TaskRow[];
  /** Number of tasks on other boards. No other number includes them. */
  readonly foreignTasks: number;
  /** Whether AI-CRM may have more tasks than it sends. */
  readonly isTruncated: boolean;
  readonly notices: readonly string[];
  readonly rejectedValues: number;
  /** Of both requests. */
  readonly durationSeconds: number;
  /** Of the board only, because users wait for it. */
  readonly boardSeconds: number;
}

/** Why created and completed tasks are not counted while the list is cut off. */
export const cannotCount = `AI-CRM sends at most ${rowCap} tasks and has that number or more, so created and completed tasks cannot be counted`;

/** The tasks for `tasks` and `agents`. Both read them at the same interval, with one pair of requests. */
export type TaskSource = (signal: AbortSignal) => Promise<TaskBoard>;

/** The source is the same for both collectors. */
const source = 'ai_crm_tasks';

/** Less than the interval, so that a run may use the answer of the other collector, but never its own last one. */
const freshRatio = 0.75;

/** Reads tasks at most once per interval for all callers. The ledger gets each result. */
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
      // While AI-CRM is not asked because it is slow, the last answer stays valid for both collectors.
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
      if (inThisList.has(row.id)) rejections.add(`${list}: several rows have the same id; the last one counts`);
      inThisList.add(row.id);
      byId.set(row.id, row);
    }
  }
  const all = [...byId.values()];
  // Both lists come from the same limited set of rows.
  const isTruncated = onBoard.length + archived.length >= rowCap;
  return {
    tasks: all.filter(({ column }) => column !== foreignColumn),
    foreign: all.filter(({ column }) => column === foreignColumn),
    isTruncated,
    notices: [
      ...(isTruncated ? [`${cannotCount}; other numbers include only the tasks that it sends`] : []),
      ...rejections.notices,
    ],
    rejectedValues: rejections.count,
  };
}
