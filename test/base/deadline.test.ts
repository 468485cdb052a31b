import { getEventListeners, once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { isCalledOff, isDeadline, withDeadline, withTimeout } from '../../src/base/deadline.js';
import { ExporterError } from '../../src/base/errors.js';
import { ManualClock } from '../support/manual-clock.js';

t.test('a deadline is distinguished from an abort', async (t) => {
  const reasons: readonly (readonly [reason: unknown, isUp: boolean])[] = [
    [new ExporterError('collector_timeout', 'no result within 5 s'), true],
    [new DOMException('', 'TimeoutError'), true],
    [new DOMException('', 'AbortError'), false],
    [new ExporterError('usage', ''), false],
    [new Error('stopped'), false],
  ];
  for (const [reason, isUp] of reasons) {
    t.equal(isDeadline(AbortSignal.abort(reason)), isUp, String(reason));
    t.equal(isCalledOff(AbortSignal.abort(reason)), !isUp, String(reason));
  }
  const { signal } = new AbortController();
  t.same([isDeadline(signal), isCalledOff(signal)], [false, false]);
});

/** Work that ends when the test ends it, with its signal. */
function begun(clock: ManualClock, signal: AbortSignal, graceSeconds: number) {
  let finish = () => {};
  let inner: AbortSignal | undefined;
  const done = withDeadline(clock, 10, { signal, graceSeconds }, (until) => {
    inner = until;
    return new Promise<string>((resolve) => (finish = () => resolve('done')));
  });
  return { done, finish: () => finish(), isAborted: () => inner?.aborted, reason: () => inner?.reason as unknown };
}

t.test('work is aborted at its deadline, and no timer remains', async (t) => {
  const clock = new ManualClock();
  const outer = new AbortController();
  const work = begun(clock, outer.signal, 5);
  clock.advance(9);
  t.equal(work.isAborted(), false);
  clock.advance(1);
  t.equal(work.isAborted(), true);
  t.match(work.reason(), { message: 'not done within 10 s' });
  work.finish();
  t.equal(await work.done, 'done');
  t.same([clock.waiting, getEventListeners(outer.signal, 'abort').length], [0, 0]);
  await t.rejects(
    withDeadline(clock, 10, { signal: outer.signal, graceSeconds: 5 }, () => Promise.reject(new Error('it broke'))),
    { message: 'it broke' },
  );
  t.same([clock.waiting, getEventListeners(outer.signal, 'abort').length], [0, 0]);
});

t.test('after an abort the work keeps its grace time, also when the abort came before it', async (t) => {
  const stopped = new Error('stopped');
  for (const isBefore of [false, true]) {
    const clock = new ManualClock();
    const outer = new AbortController();
    if (isBefore) outer.abort(stopped);
    const work = begun(clock, outer.signal, 5);
    if (!isBefore) outer.abort(stopped);
    clock.advance(4);
    t.equal(work.isAborted(), false);
    clock.advance(1);
    t.equal(work.reason(), stopped);
    work.finish();
    await work.done;
    t.equal(clock.waiting, 0);
  }
  const outer = new AbortController();
  const work = begun(new ManualClock(), outer.signal, 0);
  outer.abort(stopped);
  t.equal(work.reason(), stopped, 'without a grace time at once');
  work.finish();
  await work.done;
});

t.test('a timeout works although the garbage collector ran, and an earlier abort keeps its reason', async (t) => {
  // The timer under test does not keep the process alive, so this one does.
  const awake = setInterval(() => {}, 1000);
  t.teardown(() => clearInterval(awake));
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const outer = new AbortController();
  const aborted = async (until: AbortSignal) => {
    const all = once(until, 'abort');
    collectGarbage();
    await all;
    return until.reason as unknown;
  };
  const reason = await withTimeout(outer.signal, 0.05, aborted);
  t.match(reason, { name: 'TimeoutError' });
  const stopped = withTimeout(outer.signal, 60, aborted);
  outer.abort(new Error('stopped'));
  t.match(await stopped, { message: 'stopped' });
  t.match(await withTimeout(outer.signal, 60, async ({ reason }) => reason as unknown), { message: 'stopped' });
  t.equal(await withTimeout(new AbortController().signal, 60, async () => 5), 5);
});
