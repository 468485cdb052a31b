import { isRecord } from '../../sources/json-record.js';
import { listOf } from './json-answer.js';
import { labelText } from './label-text.js';
import type { Rejections } from './rejections.js';

/** The columns that the real backend has, in the order of its board, and its archive, which is none: tasks keep their column in it. */
export const knownColumns = ['To Do', 'In Progress', 'Done', 'Archived'] as const;

/** The column of tasks of other boards of the same company: they are in the list, and on no page of AI-CRM. */
export const foreignColumn = 'Unknown';

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
export const rowCap = 1000;

/** More rows are not looked at: this is no answer of an AI-CRM that we know. */
const maxRows = 10_000;
const maxIdLength = 200;

/** The rows of one answer. */
export interface TaskRows {
  readonly rows: readonly TaskRow[];
  /** How many there were, those that are left out included. */
  readonly length: number;
}

/**
 * Reads the answer to `GET /tasks`. Rows without usable id or column are left out, owners that are no text count as none;
 * both are noted in `rejections`. Throws a `DataFailure` when it is no list.
 */
export function taskRows(value: unknown, isArchive: boolean, rejections: Rejections): TaskRows {
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
  const column = typeof columnName === 'string' ? labelText(columnName) : '';
  if (column === '') return void reject('column_name is missing or no text in a row, which is left out');
  if (owner !== null && typeof owner !== 'string') reject('owner is no text in a row, which counts as without one');
  const name = typeof owner === 'string' ? labelText(owner) : '';
  const isArchived = column === 'Archived' || (typeof row['archived'] === 'boolean' ? row['archived'] : isArchive);
  return { id, column, isArchived, owner: name === '' ? null : name };
}

function idOf(id: unknown): string | undefined {
  if (typeof id === 'string') return id === '' || id.length > maxIdLength ? undefined : id;
  return Number.isSafeInteger(id) ? String(id) : undefined;
}
