import t from 'tap';
import { SharedWork } from '../../src/access/shared-work.js';

/** Work that the test ends, and what it was asked for. */
function setup() {
  const begun: { readonly signal: AbortSignal; readonly end: (value: string) => void; fail(error: Error): void }[] = [];
  const shared = new SharedWork<string>(() => new Error('too late'));
  const ask = (signal: AbortSignal = new AbortController().signal) =>
    shared.do((until) => new Promise((end, fail) => void begun.push({ signal: until, end, fail })), signal);
  return { shared, begun, ask };
}

t.test('all callers get the result of one work, and the next caller begins another', async (t) => {
  const { shared, begun, ask } = setup();
  t.notOk(shared.isUnderWay);
  const callers = [ask(), ask(), ask()];
  t.ok(shared.isUnderWay);
  t.equal(begun.length, 1);
  begun[0]?.end('first');
  t.same(await Promise.all(callers), ['first', 'first', 'first']);
  t.notOk(shared.isUnderWay);
  const next = ask();
  begun[1]?.end('second');
  t.equal(await next, 'second');
});

t.test('work that has ended is joined by nobody, also while other callers have not left yet', async (t) => {
  const { begun, ask } = setup();
  const again = ask().then(() => ask());
  const others = [ask(), ask()];
  begun[0]?.end('first');
  t.same(await Promise.all(others), ['first', 'first']);
  t.equal(begun.length, 2);
  begun[1]?.end('second');
  t.equal(await again, 'second');
});

t.test('all callers get the error of the work', async (t) => {
  const { begun, ask } = setup();
  const callers = [ask(), ask()];
  begun[0]?.fail(new Error('no'));
  for (const caller of callers) await t.rejects(caller, { message: 'no' });
});

t.test('a caller that leaves has its own reason, and the work goes on for the others', async (t) => {
  const { begun, ask } = setup();
  const [gone, late] = [new AbortController(), new AbortController()];
  const callers = [ask(gone.signal), ask(late.signal)] as const;
  const patient = ask();
  gone.abort(new Error('a reload'));
  late.abort(new DOMException('', 'TimeoutError'));
  await t.rejects(callers[0], { message: 'a reload' });
  await t.rejects(callers[1], { message: 'too late' });
  t.notOk(begun[0]?.signal.aborted);
  begun[0]?.end('done');
  t.equal(await patient, 'done');
});

t.test('when the last caller leaves, the work is called off, and a new caller does not get its end', async (t) => {
  const { shared, begun, ask } = setup();
  const client = new AbortController();
  const caller = ask(client.signal);
  client.abort(new Error('gone'));
  await t.rejects(caller, { message: 'gone' });
  t.match(begun[0]?.signal, { aborted: true, reason: { message: 'gone' } });
  t.notOk(shared.isUnderWay);
  const next = ask();
  begun[0]?.fail(new Error('called off'));
  begun[1]?.end('done');
  t.equal(await next, 'done');
});

t.test('a caller that comes while the last one leaves keeps the work going', async (t) => {
  const { shared, begun, ask } = setup();
  const client = new AbortController();
  const first = ask(client.signal);
  client.abort(new Error('gone'));
  // Before the first caller has noticed that it left, another one comes.
  const second = ask();
  await t.rejects(first, { message: 'gone' });
  t.ok(shared.isUnderWay);
  begun.at(-1)?.end('done');
  t.equal(await second, 'done');
  t.equal(begun.length, 1, 'the work goes on for it');
});

t.test('a caller whose time is over begins nothing', async (t) => {
  const { begun, ask } = setup();
  await t.rejects(ask(AbortSignal.abort(new Error('gone'))), { message: 'gone' });
  await t.rejects(ask(AbortSignal.abort(new DOMException('', 'TimeoutError'))), { message: 'too late' });
  t.same(begun, []);
});
