import { isRecord } from '../../sources/json-record.js';
import { listOf } from './json-answer.js';
import { labelText } from './label-text.js';
import type { Rejections } from './rejections.js';

/** The columns that the real backend has, in the order of its board. */
export const knownColumns = ['To Do', 'In Progress', 'Done', 'Archived', 'Unknown'] as const;

/** What is of interest of a task. */
export interface TaskRow {
  readonly id: string;
  /** As AI-CRM names it, fit for a label; `Archived` for whatever is in the archive. */
  readonly column: string;
  /** The agent that has it, fit for a label. */
  readonly owner: string | null;
}

/** The real backend never sends more rows than this. */
export const rowCap = 1000;

/** More rows are not looked at: this is no answer of an AI-CRM that we know. */
const maxRows = 10_000;
const maxIdLength = 200;

/** The rows of one answer. */
export interface TaskRows {
  readonly rows: readonly TaskRow[];
  /** Whether there are more tasks than AI-CRM sends. */
  readonly isCut: boolean;
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
  return { rows, isCut: list.length === rowCap || list.length > maxRows };
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
  const isArchived = typeof row['archived'] === 'boolean' ? row['archived'] : isArchive;
  return { id, column: isArchived ? 'Archived' : column, owner: name === '' ? null : name };
}

function idOf(id: unknown): string | undefined {
  if (typeof id === 'string') return id === '' || id.length > maxIdLength ? undefined : id;
  return Number.isSafeInteger(id) ? String(id) : undefined;
}
