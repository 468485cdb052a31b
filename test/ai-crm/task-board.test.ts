import t from 'tap';
import { DataFailure, Paced } from '../../src/access/data-access.js';
import { taskSource } from '../../src/ai-crm/task-board.js';
import { TaskLedger } from '../../src/ai-crm/task-ledger.js';
import { never } from '../support/data.js';
import { ManualClock } from '../support/manual-clock.js';

const task = (changes: object = {}) => ({
  id: 'a',
  column_name: 'To Do',
  owner: 'sql-pro',
  archived: false,
  ...changes,
});
const tasks = (count: number) => Array.from({ length: count }, (_, index) => task({ id: `${index}` }));

/** The tasks of an AI-CRM with these lists. The test may change the lists, or let the questions fail. */
function boardOf(board: unknown, archive: unknown = [], intervalSeconds = 120) {
  const clock = new ManualClock();
  const ledger = new TaskLedger();
  const asked: string[] = [];
  const crm: { board: unknown; archive: unknown; failure?: Error | undefined } = { board, archive };
  const get = async (path: string, source: string) => {
    asked.push(`${source} ${path}`);
    if (crm.failure !== undefined) throw crm.failure;
    return path === '/tasks' ? { value: crm.board, durationSeconds: 2 } : { value: crm.archive, durationSeconds: 3 };
  };
  const read = taskSource({ get, postSampleTask: get, getAnonymously: get }, ledger, clock, intervalSeconds);
  return { read: () => read(never), crm, clock, ledger, asked };
}

t.test('a look at all tasks is two questions, and says how long users wait for the board', async (t) => {
  const { read, asked } = boardOf([task()], [task({ id: 'b', column_name: 'Done', owner: null, archived: true })]);
  t.strictSame(await read(), {
    tasks: [
      { id: 'a', column: 'To Do', isArchived: false, owner: 'sql-pro' },
      { id: 'b', column: 'Done', isArchived: true, owner: null },
    ],
    foreignTasks: 0,
    isTruncated: false,
    notices: [],
    rejectedValues: 0,
    durationSeconds: 5,
    boardSeconds: 2,
  });
  t.strictSame(asked, ['ai_crm_tasks /tasks', 'ai_crm_tasks /tasks?archived=true']);
});

t.test('an invalid row loses that row or less', async (t) => {
  const { read } = boardOf(
    [
      task(),
      null,
      5,
      [],
      {},
      task({ id: 7 }),
      task({ id: 1.5 }),
      task({ id: '' }),
      task({ id: null }),
      task({ id: 'x'.repeat(201) }),
      task({ id: 'd', column_name: 5 }),
      task({ id: 'e', column_name: '' }),
      task({ id: 'f', owner: 8 }),
      task({ id: 'g', owner: '' }),
      task({ id: 'i', owner: undefined }),
      task({ id: 'h', column_name: 'Done', archived: 'no' }),
      task({ id: 'h' }),
    ],
    [{ id: 'z', column_name: 'Archived' }, null],
  );
  const { tasks, notices, rejectedValues } = await read();
  t.strictSame(
    tasks.map(({ id, column, owner }) => [id, column, owner]),
    [
      ['a', 'To Do', 'sql-pro'],
      ['7', 'To Do', 'sql-pro'],
      ['f', 'To Do', null],
      ['g', 'To Do', null],
      ['i', 'To Do', null],
      ['h', 'To Do', 'sql-pro'],
      ['z', 'Archived', null],
    ],
  );
  t.strictSame(notices, [
    'GET /tasks: a row that is not an object is left out',
    'GET /tasks: a row without a usable id is left out',
    'GET /tasks: a row whose column_name is missing or not text is left out',
    'GET /tasks: a row whose owner is not text counts as a task without an owner',
    'GET /tasks?archived=true: a row that is not an object is left out',
    'GET /tasks: several rows have the same id; the last one counts',
  ]);
  t.equal(rejectedValues, 13);
});

t.test(
  'a task is archived by its column, by its field, or else by its list; in both lists it counts once',
  async (t) => {
    const { read } = boardOf(
      [
        task({ id: 'on board' }),
        task({ id: 'without field', archived: undefined }),
        task({ id: 'field', archived: true }),
        task({ id: 'column', column_name: 'Archived' }),
        task({ id: 'both' }),
      ],
      [
        task({ id: 'not archived' }),
        task({ id: 'in archive', archived: undefined }),
        task({ id: 'y'.repeat(200), archived: true }),
        task({ id: 'both', archived: true }),
        task({ id: 'twice', archived: true }),
        task({ id: 'twice', archived: true }),
      ],
    );
    const { tasks, notices } = await read();
    const ids = (isArchived: boolean) => tasks.filter((each) => each.isArchived === isArchived).map(({ id }) => id);
    t.strictSame(ids(false), ['on board', 'without field', 'not archived']);
    t.strictSame(ids(true), ['field', 'column', 'both', 'in archive', 'y'.repeat(200), 'twice']);
    t.strictSame(notices, ['GET /tasks?archived=true: several rows have the same id; the last one counts']);
  },
);

t.test('a list that may be cut off is reported, and growth is not counted', async (t) => {
  const notice =
    'AI-CRM sends at most 1000 tasks and has that number or more, so created and completed tasks cannot be counted; other numbers include only the tasks that it sends';
  const { read, crm, clock, ledger } = boardOf(tasks(900), tasks(99));
  t.match(await read(), { isTruncated: false, notices: { length: 0 } });
  t.strictSame(ledger.totals(), { created: 0, completed: 0 });
  crm.board = tasks(901);
  clock.advance(120);
  t.match(await read(), { isTruncated: true, notices: [notice] });
  t.equal(ledger.totals(), undefined);
});

t.test('of an endless list the first ten thousand rows are read', async (t) => {
  const tooMany = 'GET /tasks: more than 10000 rows, the others are left out';
  const most = await boardOf(tasks(10_000)).read();
  t.equal(most.tasks.length, 10_000);
  t.notOk(most.notices.includes(tooMany));
  const more = await boardOf([...tasks(10_000), null, null]).read();
  t.equal(more.tasks.length, 10_000);
  t.equal(more.notices[1], tooMany);
  t.equal(more.rejectedValues, 2);
});

t.test('an answer that is no list is a failure that names the question', async (t) => {
  await t.rejects(boardOf({}).read(), { reason: 'json', message: 'GET /tasks: the JSON is an object, not a list' });
  await t.rejects(boardOf([], 5).read(), {
    reason: 'json',
    message: 'GET /tasks?archived=true: the JSON is a number, not a list',
  });
});

t.test('tasks of other boards are counted apart, and do not count as created or completed', async (t) => {
  const { read, crm, clock, ledger } = boardOf([task()]);
  await read();
  const foreign = task({ id: 'c', column_name: 'Unknown' });
  crm.board = [task({ column_name: 'Done' }), task({ id: 'b' }), task({ id: 'd' }), foreign];
  clock.advance(120);
  const { tasks, foreignTasks } = await read();
  t.strictSame([tasks.map(({ id }) => id), foreignTasks], [['a', 'b', 'd'], 1]);
  t.strictSame(ledger.totals(), { created: 2, completed: 1 });
});

t.test('an answer is used again for less than an interval, and a failure, too', async (t) => {
  const { read, crm, clock, asked } = boardOf([task()]);
  await read();
  clock.advance(89);
  await read();
  t.equal(asked.length, 2);
  clock.advance(1);
  crm.failure = new DataFailure('closed', 'no answer');
  await t.rejects(read(), { message: 'no answer' });
  t.equal(asked.length, 3);
  clock.advance(89);
  await t.rejects(read(), { message: 'no answer' });
  t.equal(asked.length, 3);
});

t.test(
  'while AI-CRM is not asked because it is slow, the last answer stays; after a failure it does not',
  async (t) => {
    const { read, crm, clock } = boardOf([task(), task()]);
    const slow = new Paced('not asked, since it takes long', 1e9);
    const twice = 'GET /tasks: several rows have the same id; the last one counts';
    await read();
    clock.advance(120);
    crm.failure = slow;
    t.match(await read(), { tasks: { length: 1 }, notices: [twice, slow.message] });
    clock.advance(120);
    crm.failure = new DataFailure('closed', 'no answer');
    await t.rejects(read(), { message: 'no answer' });
    clock.advance(120);
    crm.failure = slow;
    await t.rejects(read(), { message: slow.message });
    const first = boardOf([]);
    first.crm.failure = slow;
    await t.rejects(first.read(), { message: slow.message }, 'there is no earlier answer');
  },
);
