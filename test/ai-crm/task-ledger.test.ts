import t from 'tap';
import { type LedgerEntry, TaskLedger } from '../../src/ai-crm/task-ledger.js';

const open = (id: string): LedgerEntry => ({ id, isDone: false, isForeign: false });
const done = (id: string): LedgerEntry => ({ id, isDone: true, isForeign: false });
const foreign = (id: string): LedgerEntry => ({ id, isDone: false, isForeign: true });

/** The totals after each of these answers. */
function totalsOf(...looks: readonly (readonly LedgerEntry[])[]) {
  const ledger = new TaskLedger();
  return looks.map((look) => {
    ledger.take(look, false);
    const { created, completed } = ledger.totals() ?? { created: Number.NaN, completed: Number.NaN };
    return [created, completed];
  });
}

t.test('before the first answer nothing is known, and the first answer counts nothing', async (t) => {
  t.equal(new TaskLedger().totals(), undefined);
  t.strictSame(totalsOf([open('a'), done('b')]), [[0, 0]]);
});

t.test('a new id counts as created, the first time in Done as completed', async (t) => {
  t.strictSame(totalsOf([open('a')], [open('a'), open('b')], [done('a'), open('b')]), [
    [0, 0],
    [1, 0],
    [1, 1],
  ]);
});

t.test('a task that is already done at its first sight counts as created and completed', async (t) => {
  t.strictSame(totalsOf([], [done('a')]), [
    [0, 0],
    [1, 1],
  ]);
});

t.test('a task is completed once, also when it is opened again', async (t) => {
  t.strictSame(totalsOf([open('a')], [done('a')], [open('a')], [done('a')]).at(-1), [0, 1]);
  t.strictSame(
    totalsOf([done('a')], [open('a')], [done('a')]).at(-1),
    [0, 0],
    'a task that is done in the first answer does not count',
  );
});

t.test('a task that is missing for a while is not counted again', async (t) => {
  t.strictSame(totalsOf([open('a'), open('b')], [open('b')], [], [open('a'), open('b')]).at(-1), [0, 0]);
});

t.test('a task from another board is neither created nor completed, and one that comes back is known', async (t) => {
  t.strictSame(
    totalsOf([open('a'), foreign('b')], [open('a'), done('b')], [foreign('a'), done('b')], [done('a'), done('b')]),
    [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 1],
    ],
  );
  t.strictSame(
    totalsOf([foreign('a'), foreign('b')], [open('a'), done('b'), open('c')], [done('a'), done('b'), done('c')]).at(-1),
    [1, 2],
    'later changes count',
  );
  t.strictSame(totalsOf([], [foreign('a')]).at(-1), [0, 0]);
});

t.test('while the list is cut off nothing is counted, and neither are the tasks that appear after it', async (t) => {
  const ledger = new TaskLedger();
  const take = (isCut: boolean, ...entries: LedgerEntry[]) => {
    ledger.take(entries, isCut);
    return ledger.totals();
  };
  take(false, open('a'), open('b'));
  t.same(take(false, open('a'), open('b'), open('c')), { created: 1, completed: 0 });
  t.equal(
    take(true, open('a'), open('new'), done('c')),
    undefined,
    'events in sight do not count either: they would be only a part',
  );
  t.same(
    take(false, done('a'), done('b'), open('old'), open('new'), done('c')),
    { created: 1, completed: 0 },
    'b may have been done for weeks',
  );
  t.same(take(false, done('a'), done('old'), open('d')), { created: 2, completed: 1 });
  t.equal(take(true), undefined);
  t.equal(take(true, open('e')), undefined);
  t.same(take(false, open('e'), open('f')), { created: 2, completed: 1 });
});

t.test('memory stays within its limit for months, and tasks in the list are never forgotten', async (t) => {
  const ledger = new TaskLedger();
  const old = Array.from({ length: 500 }, (_, index) => open(`old ${index}`));
  ledger.take(old, false);
  for (let poll = 0; poll < 100; poll++)
    ledger.take([...old, ...Array.from({ length: 400 }, (_, index) => open(`${poll} ${index}`))], false);
  t.equal(ledger.size, 20_000);
  t.same(ledger.totals(), { created: 40_000, completed: 0 }, 'all ids are different');
});
