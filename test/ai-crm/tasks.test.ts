import t from 'tap';
import { DataFailure } from '../../src/access/data-access.js';
import { Operation } from '../../src/ai-crm/operation.js';
import type { TaskBoard, TaskRow } from '../../src/ai-crm/task-board.js';
import { TaskLedger } from '../../src/ai-crm/task-ledger.js';
import { tasksSubject } from '../../src/ai-crm/tasks.js';
import { valuesOf } from '../support/answered-questions.js';
import { never } from '../support/data.js';

let made = 0;
const task = (column: string, isArchived = column === 'Archived'): TaskRow => ({
  id: `${made++}`,
  column,
  isArchived,
  owner: null,
});

function subjectOf(tasks: readonly TaskRow[], changes: Partial<TaskBoard> = {}) {
  const board: TaskBoard = {
    tasks,
    foreignTasks: 0,
    isTruncated: false,
    notices: ['a notice'],
    rejectedValues: 4,
    durationSeconds: 5,
    boardSeconds: 2,
    ...changes,
  };
  const ledger = new TaskLedger();
  const operation = new Operation('task_board', { warning: 3, critical: 5 }, 10, new Map());
  return { ledger, subject: tasksSubject(async () => board, ledger, 120, operation) };
}

/** The result of a run with these tasks. */
async function readWith(tasks: readonly TaskRow[], changes: Partial<TaskBoard> = {}) {
  const { samples, ...rest } = await subjectOf(tasks, changes).subject.read('ai_crm_tasks', never);
  return { ...rest, values: valuesOf(samples) };
}

t.test('tasks are counted by column, archived ones apart, and the board of users is timed', async (t) => {
  t.match(subjectOf([]).subject, { name: 'tasks', subject: 'tasks', intervalSeconds: 120, requests: 2 });
  const { values, readings, ...rest } = await readWith(
    [task('To Do'), task('To Do'), task('Done'), task('Review'), task('Done', true), task('Archived')],
    { foreignTasks: 3 },
  );
  t.strictSame(values, {
    'aicrm_tasks{column="To Do"}': 2,
    'aicrm_tasks{column="In Progress"}': 0,
    'aicrm_tasks{column="Done"}': 1,
    'aicrm_tasks{column="Archived"}': 2,
    'aicrm_tasks{column="Review"}': 1,
    aicrm_tasks_of_other_boards: 3,
    aicrm_task_completion_ratio: 2 / 5,
    'aicrm_operation_up{operation="task_board"}': 1,
    'aicrm_operation_duration_seconds{operation="task_board"}': 2,
  });
  t.match(readings, [{ name: 'task board', level: 'healthy', message: /^loaded in 2 s; / }]);
  t.strictSame(rest, {
    isTruncated: false,
    rejectedValues: 4,
    durationSeconds: 5,
    message: '6 tasks, 2 of them archived; 3 tasks of other boards left out',
    notices: ['a notice'],
  });
});

t.test('the number of tasks is in words', async (t) => {
  t.equal((await readWith([])).message, '0 tasks, 0 of them archived');
  t.equal((await readWith([task('Archived')])).message, '1 task, 1 of them archived');
  t.equal(
    (await readWith([task('Done'), task('Done')], { foreignTasks: 1 })).message,
    '2 tasks, 0 of them archived; 1 task of other boards left out',
  );
});

t.test('without a task whose column is known there is no ratio', async (t) => {
  const { values } = await readWith([task('Archived'), task('Archived')]);
  t.notOk('aicrm_task_completion_ratio' in values);
});

t.test('fifty columns have series, the others are one of them', async (t) => {
  const columns = (count: number) => Array.from({ length: count }, (_, index) => task(`column ${index}`));
  const full = await readWith(columns(45));
  t.equal(full.values['aicrm_tasks{column="Others"}'], undefined);
  t.strictSame(full.notices, ['a notice']);
  const more = await readWith([...columns(60), task('To Do'), task('column 0')]);
  t.equal(Object.keys(more.values).filter((series) => series.startsWith('aicrm_tasks{')).length, 50);
  t.equal(more.values['aicrm_tasks{column="Others"}'], 15);
  t.equal(more.values['aicrm_tasks{column="To Do"}'], 1, 'a known column has always its own');
  t.equal(more.values['aicrm_tasks{column="column 0"}'], 2);
  t.strictSame(more.notices, ['a notice', 'there are more than 50 columns: the others count as Others']);
});

t.test(
  'created and completed tasks are totals, which a failure keeps; a list that is cut off withholds them',
  async (t) => {
    const { ledger, subject } = subjectOf([]);
    const entry = (id: string, isDone: boolean) => ({ id, isDone, isForeign: false });
    ledger.take([], false);
    ledger.take([entry('a', false), entry('b', true)], false);
    const counters = { aicrm_tasks_created_total: 2, aicrm_tasks_completed_total: 1 };
    t.match(valuesOf((await subject.read('x', never)).samples), counters);
    const crash = new DataFailure('status', 'crashed', { statusCode: 500 });
    const { samples = [], readings } = subject.onFailure?.(crash) ?? {};
    t.strictSame(valuesOf(samples), {
      ...counters,
      'aicrm_operation_up{operation="task_board"}': 0,
      'aicrm_operation_status_code{operation="task_board"}': 500,
    });
    t.match(readings, [{ name: 'task board', level: 'critical' }]);
    t.match(await readWith([], { isTruncated: true }), {
      isTruncated: true,
      withheld:
        'AI-CRM sends at most 1000 tasks and has that number or more, so created and completed tasks cannot be counted',
    });
  },
);
