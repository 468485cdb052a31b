import t from 'tap';
import { TaskLedger, type LedgerEntry } from '../../../src/collectors/ai-crm/task-ledger.js';

const open = (id: string): LedgerEntry => ({ id, isDone: false, isArchived: false });
const done = (id: string): LedgerEntry => ({ id, isDone: true, isArchived: false });
const archived = (id: string): LedgerEntry => ({ id, isDone: false, isArchived: true });
const whole = { board: false, archive: false };

/** The totals after each of these looks. */
function totalsOf(...looks: readonly (readonly LedgerEntry[])[]) {
  const ledger = new TaskLedger();
  return looks.map((look) => {
    ledger.take(look, whole);
    const { created, completed } = ledger.totals() ?? { created: Number.NaN, completed: Number.NaN };
    return [created, completed];
  });
}

t.test('before the first look nothing is known, and the first look counts nothing', async (t) => {
  t.equal(new TaskLedger().totals(), undefined);
  t.strictSame(totalsOf([open('a'), done('b')]), [[0, 0]]);
});

t.test('an id that was not seen before is created, one that is done for the first time is completed', async (t) => {
  t.strictSame(totalsOf([open('a')], [open('a'), open('b')], [done('a'), open('b')]), [[0, 0], [1, 0], [1, 1]]);
});

t.test('a task that is first seen done was created and completed', async (t) => {
  t.strictSame(totalsOf([], [done('a')]), [[0, 0], [1, 1]]);
});

t.test('a task is completed once, however often it is opened again', async (t) => {
  t.strictSame(totalsOf([open('a')], [done('a')], [open('a')], [done('a')]).at(-1), [0, 1]);
  t.strictSame(totalsOf([done('a')], [open('a')], [done('a')]).at(-1), [0, 0], 'done at the first look is done already');
});

t.test('a task that is out of sight for a while is not a new one', async (t) => {
  t.strictSame(totalsOf([open('a'), open('b')], [open('b')], [], [open('a'), open('b')]).at(-1), [0, 0]);
});

t.test('a task that is archived is not completed, for nothing says whether it was', async (t) => {
  t.strictSame(totalsOf([open('a')], [archived('a'), archived('b')]).at(-1), [1, 0]);
});

t.test('where a list is cut off, what comes into sight is remembered and not counted, but what becomes of it is', async (t) => {
  const ledger = new TaskLedger();
  const take = (cut: Partial<typeof whole>, ...entries: LedgerEntry[]) => {
    ledger.take(entries, { ...whole, ...cut });
    return ledger.totals();
  };
  take({ board: true }, open('a'));
  t.same(take({ board: true }, open('a'), done('b')), { created: 0, completed: 0 });
  t.same(take({}, done('a'), open('c')), { created: 0, completed: 1 }, 'c may have been hidden by the look before');
  t.same(take({ archive: true }, open('d'), archived('e')), { created: 1, completed: 1 }, 'the board was whole');
  t.same(take({}, archived('f'), open('g')), { created: 2, completed: 1 });
  t.same(take({}, archived('h')), { created: 3, completed: 1 });
});

t.test('months of tasks take no more room than their limit, and those in sight are never forgotten', async (t) => {
  const ledger = new TaskLedger();
  const old = Array.from({ length: 500 }, (_, index) => open(`old ${index}`));
  ledger.take(old, whole);
  for (let poll = 0; poll < 100; poll++) ledger.take([...old, ...Array.from({ length: 400 }, (_, index) => open(`${poll} ${index}`))], whole);
  t.equal(ledger.size, 20_000);
  t.same(ledger.totals(), { created: 40_000, completed: 0 }, 'no two ids were taken for one');
});
