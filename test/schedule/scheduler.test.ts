import t from 'tap';
import type { Collected, Collector } from '../../src/collectors/collector.js';
import { DueQueue } from '../../src/schedule/due-queue.js';
import { Limiter } from '../../src/schedule/limiter.js';
import { nextDue, spread } from '../../src/schedule/plan.js';
import type { RunResult } from '../../src/schedule/run.js';
import { Scheduler } from '../../src/schedule/scheduler.js';
import { ManualClock } from '../support/manual-clock.js';

interface Setup {
  readonly clock: ManualClock;
  readonly scheduler: Scheduler;
  readonly results: RunResult[];
}

function setup(concurrency = 100): Setup {
  const clock = new ManualClock();
  const results: RunResult[] = [];
  return {
    clock,
    results,
    scheduler: new Scheduler({ clock, concurrency, onResult: (result) => results.push(result), random: () => 0 }),
  };
}

function collector(
  name: string,
  collect: (signal: AbortSignal) => Promise<Collected>,
  intervalSeconds = 10,
  timeoutSeconds = 5,
): Collector {
  return { name, intervalSeconds, timeoutSeconds, collect };
}

const nothing: Collected = { samples: [] };
const hanging = (signal: AbortSignal) =>
  new Promise<Collected>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );

t.test('runs each collector at once, then once an interval, at its own place in it', async (t) => {
  const { clock, scheduler } = setup();
  const starts: [string, number][] = [];
  const note = (name: string) => collector(name, async () => (starts.push([name, clock.monotonicSeconds()]), nothing));
  scheduler.start([note('a'), note('b')]);
  await clock.pass(60);
  const times = (name: string) => starts.filter(([who]) => who === name).map(([, when]) => when);
  t.same(times('a'), [0, 10, 20, 30, 40, 50, 60]);
  t.same(times('b'), [0.25, 15, 25, 35, 45, 55], 'half an interval away from the other');
  await scheduler.stop();
});

t.test('a hanging collector ends at its deadline, delays nobody and is not started twice at once', async (t) => {
  const { clock, scheduler, results } = setup();
  let hangs = 0;
  let others = 0;
  scheduler.start([
    collector('hangs', (signal) => (hangs++, hanging(signal))),
    collector('works', async () => (others++, nothing)),
  ]);
  await clock.pass(4);
  t.equal(hangs, 1);
  t.equal(others, 1);
  await clock.pass(2);
  t.match(
    results.find(({ collector: name }) => name === 'hangs'),
    { success: false, error: 'no result within 5 s', durationSeconds: 5 },
  );
  await clock.pass(20);
  t.equal(others, 3, 'on time throughout');
  await scheduler.stop();
});

t.test(
  'one that ignores its deadline is reported late, not started again while it lives, and does not hold up the stop',
  async (t) => {
    const { clock, scheduler, results } = setup();
    let starts = 0;
    scheduler.start([collector('deaf', () => (starts++, new Promise<never>(() => {})))]);
    await clock.pass(35);
    t.equal(starts, 1);
    t.match(results, [{ success: false, error: 'no result within 5 s', durationSeconds: 6 }]);
    const stopped = scheduler.stop();
    await clock.pass(2);
    await stopped;
  },
);

t.test('a result brings others forward, but none twice within five seconds, and the regular times stay', async (t) => {
  const { clock, scheduler } = setup();
  const starts: number[] = [];
  let failsAt = [32, 33, 41];
  const asks = collector(
    'asks',
    async () => {
      const asked = failsAt.includes(clock.monotonicSeconds());
      failsAt = failsAt.filter((when) => when !== clock.monotonicSeconds());
      return asked ? { samples: [], alsoSoon: ['slow', 'not there', 'asks'] } : nothing;
    },
    1,
  );
  scheduler.start([asks, collector('slow', async () => (starts.push(clock.monotonicSeconds()), nothing), 30)]);
  await clock.pass(70);
  t.same(starts, [0, 30, 35, 41, 60], 'after 30 not before 35, and 33 asked for what was coming anyway');
  await scheduler.stop();
});

t.test('what a collector throws is a failed run, and the next one comes as usual', async (t) => {
  const { clock, scheduler, results } = setup();
  scheduler.start([
    collector('throws', async () => {
      throw new Error('no such\nfile');
    }),
  ]);
  await clock.pass(10);
  t.match(results, [{ success: false, error: 'no such file' }, { success: false }]);
  await scheduler.stop();
});

t.test('a collector may ask to be run again soon, and is then back in step', async (t) => {
  const { clock, scheduler } = setup();
  const starts: number[] = [];
  scheduler.start([
    collector('retries', async () => {
      starts.push(clock.monotonicSeconds());
      return starts.length < 4 ? { ...nothing, againInSeconds: 2 } : nothing;
    }),
  ]);
  await clock.pass(21);
  t.same(starts, [0, 2, 4, 6, 20], 'the run at 10 would have been less than half an interval after the one at 6');
  await scheduler.stop();
});

t.test('of what is due together, each waits for the one before, but not for long', async (t) => {
  const { clock, scheduler } = setup();
  const starts: [string, number][] = [];
  let running = 0;
  const takes = (name: string, seconds: number) =>
    collector(name, async () => {
      starts.push([name, clock.monotonicSeconds()]);
      t.ok(++running <= 2, 'beside the one that takes its time');
      if (seconds > 0) await new Promise<void>((resolve) => void clock.setTimer(resolve, seconds));
      running--;
      return nothing;
    });
  scheduler.start([takes('first', 0), takes('b', 0.002), takes('c', 0.002), takes('slow', 1), takes('e', 0)]);
  await clock.pass(0.3);
  t.same(
    starts.map(([name]) => name),
    ['first', 'b', 'c', 'slow', 'e'],
  );
  t.same(
    starts.map(([, atSeconds]) => Math.round(atSeconds * 1000)),
    [0, 250, 252, 254, 259],
    'milliseconds',
  );
  await clock.pass(1);
  await scheduler.stop();
});

t.test('when more is due than can wait for each other, nothing waits', async (t) => {
  const { clock, scheduler } = setup(1000);
  let starts = 0;
  scheduler.start(
    Array.from({ length: 1000 }, (_, i) => collector(`c${i}`, (signal) => (starts++, hanging(signal)), 1)),
  );
  await clock.pass(1);
  // The event loop turns, the hands do not.
  for (let i = 0; i < 60; i++) await clock.pass(0);
  t.equal(starts, 1000);
  await scheduler.stop();
});

t.test('no more run at once than allowed; the others wait their turn', async (t) => {
  const { clock, scheduler } = setup(2);
  let running = 0;
  let most = 0;
  let runs = 0;
  const slow = (name: string) =>
    collector(name, async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => void clock.setTimer(resolve, 1));
      running--;
      runs++;
      return nothing;
    });
  scheduler.start(['a', 'b', 'c', 'd', 'e'].map(slow));
  await clock.pass(4);
  t.equal(most, 2);
  t.equal(runs, 5);
  await scheduler.stop();
});

t.test('a local collector does not wait for a place among those that hang', async (t) => {
  const { clock, scheduler, results } = setup(1);
  let runs = 0;
  scheduler.start([
    collector('hangs', hanging),
    collector('also', hanging),
    { ...collector('host', async () => (runs++, nothing)), isLocal: true },
  ]);
  await clock.pass(1);
  t.equal(runs, 1);
  t.same(
    results.map(({ collector: name }) => name),
    ['host'],
  );
  await scheduler.stop();
});

t.test('stop aborts what runs, starts nothing more, tells nothing more and leaves no timer', async (t) => {
  const { clock, scheduler, results } = setup();
  let aborted = false;
  scheduler.start([
    collector('hangs', (signal) => (signal.addEventListener('abort', () => (aborted = true)), hanging(signal))),
  ]);
  await clock.pass(1);
  await scheduler.stop();
  t.ok(aborted);
  await clock.pass(60);
  t.same(results, []);
  t.equal(clock.waiting, 0);
});

t.test('a thousand starts are spread evenly, and their first runs end within one interval', async (t) => {
  const plans = spread(1000, 15, () => 0.99);
  const perSecond = new Array<number>(15).fill(0);
  for (const { firstSeconds, offsetSeconds } of plans) {
    t.ok(firstSeconds >= 0 && firstSeconds < 15 && offsetSeconds >= 0 && offsetSeconds < 15.1);
    perSecond[Math.floor(offsetSeconds) % 15] = (perSecond[Math.floor(offsetSeconds) % 15] ?? 0) + 1;
  }
  t.ok(Math.max(...perSecond) - Math.min(...perSecond) <= 2, `per second: ${perSecond.join(' ')}`);
});

t.test('the next time is at least half an interval away and keeps its place', async (t) => {
  t.equal(nextDue(0, 0, 10, 3), 13);
  t.equal(nextDue(13, 0, 10, 3), 23);
  t.equal(nextDue(19, 0, 10, 3), 33);
  t.equal(nextDue(17, 0, 10, 3), 23);
});

t.test('the queue gives back what is due, earliest first', async (t) => {
  const queue = new DueQueue<number>();
  const numbers = Array.from({ length: 200 }, (_, i) => (i * 7919) % 200);
  for (const number of numbers) queue.add(number, number);
  t.equal(queue.nextDueSeconds, 0);
  const taken: number[] = [];
  for (let item = queue.takeDue(99); item !== undefined; item = queue.takeDue(99)) taken.push(item);
  t.same(
    taken,
    Array.from({ length: 100 }, (_, i) => i),
  );
  t.equal(queue.nextDueSeconds, 100);
});

t.test('a place in the limiter is given back once, however often its holder says so', async (t) => {
  const limiter = new Limiter(1);
  const order: string[] = [];
  const ends: (() => void)[] = [];
  for (const name of ['a', 'b', 'c']) limiter.start((ended) => (order.push(name), ends.push(ended)));
  ends[0]?.();
  ends[0]?.();
  t.same(order, ['a', 'b']);
  t.equal(limiter.waiting, 1);
});
