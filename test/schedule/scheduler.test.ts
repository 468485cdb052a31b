import t from 'tap';
import type { Collected, Collector } from '../../src/collector.js';
import { Limiter, type RunResult } from '../../src/schedule/run.js';
import { DueQueue, nextDue, Scheduler, spread } from '../../src/schedule/scheduler.js';
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

t.test('runs each collector at once, then once per interval, at its own offset', async (t) => {
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

t.test('a hanging collector ends at its deadline, delays no other and is not started twice at once', async (t) => {
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
  'a collector that ignores its deadline is reported late, not started again while it runs, and does not delay the stop',
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

t.test(
  'a result brings other collectors forward, but not within five seconds of a run, and regular times stay',
  async (t) => {
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
    t.same(starts, [0, 30, 35, 41, 60], '30 but not 35, and the one at 33 was due anyway');
    await scheduler.stop();
  },
);

t.test('an error of a collector is a failed run, and the next run comes as usual', async (t) => {
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

t.test(
  'an extra run does not move the regular one, and a run that is due within five seconds is not brought forward',
  async (t) => {
    const { clock, scheduler } = setup();
    const starts: number[] = [];
    let asksAt = [52, 87];
    const asks = collector(
      'asks',
      async () => {
        const asked = asksAt.includes(clock.monotonicSeconds());
        asksAt = asksAt.filter((when) => when !== clock.monotonicSeconds());
        return asked ? { samples: [], alsoSoon: ['slow'] } : nothing;
      },
      1,
    );
    scheduler.start([asks, collector('slow', async () => (starts.push(clock.monotonicSeconds()), nothing), 30)]);
    await clock.pass(125);
    t.same(starts, [0, 30, 52, 60, 90, 120]);
    await scheduler.stop();
  },
);

t.test('a collector may ask to run again soon, and its regular times stay', async (t) => {
  const { clock, scheduler } = setup();
  const starts: number[] = [];
  scheduler.start([
    collector('retries', async () => {
      starts.push(clock.monotonicSeconds());
      return starts.length < 4 ? { ...nothing, againInSeconds: 2 } : nothing;
    }),
  ]);
  await clock.pass(21);
  t.same(starts, [0, 2, 4, 6, 10, 20]);
  await scheduler.stop();
});

t.test('of collectors that are due together, each waits for the one before, but only briefly', async (t) => {
  const { clock, scheduler } = setup();
  const starts: [string, number][] = [];
  let running = 0;
  const takes = (name: string, seconds: number) =>
    collector(name, async () => {
      starts.push([name, clock.monotonicSeconds()]);
      t.ok(++running <= 2, 'at most one beside the slow one');
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

t.test('when too many collectors are due to wait for each other, none waits', async (t) => {
  const { clock, scheduler } = setup(1000);
  let starts = 0;
  scheduler.start(
    Array.from({ length: 1000 }, (_, i) => collector(`c${i}`, (signal) => (starts++, hanging(signal)), 1)),
  );
  await clock.pass(1);
  // The event loop runs, but the clock does not advance.
  for (let i = 0; i < 60; i++) await clock.pass(0);
  t.equal(starts, 1000);
  await scheduler.stop();
});

t.test('the number of runs at once is limited; the others wait', async (t) => {
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

t.test('a local collector does not wait for a free place when others hang', async (t) => {
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

t.test('stop aborts running collectors, starts no more, reports nothing more and leaves no timer', async (t) => {
  const { clock, scheduler, results } = setup();
  let aborted = false;
  scheduler.start([
    collector('hangs', (signal) => (signal.addEventListener('abort', () => (aborted = true)), hanging(signal))),
    collector('waits', async () => nothing),
  ]);
  await clock.pass(1);
  results.length = 0;
  await scheduler.stop();
  t.ok(aborted);
  t.equal(clock.waiting, 0, 'at once');
  await clock.pass(60);
  t.same(results, []);
  t.equal(clock.waiting, 0);
});

t.test('after a stop during a tick nothing more begins, whether it waits for its turn or for a place', async (t) => {
  for (const concurrency of [100, 1]) {
    const { clock, scheduler, results } = setup(concurrency);
    const starts: string[] = [];
    const hangs = (name: string) => collector(name, (signal) => (starts.push(name), hanging(signal)), 1, 0.9);
    scheduler.start(['a', 'b', 'c', 'd', 'e', 'f'].map(hangs));
    // `a` begins by itself, `b` at the next tick, and `c` waits for its turn.
    await clock.pass(0.25);
    t.same(starts, concurrency === 1 ? ['a'] : ['a', 'b'], 'some have begun');
    await scheduler.stop();
    t.equal(clock.waiting, 0, 'at once');
    await clock.pass(60);
    t.same(starts, concurrency === 1 ? ['a'] : ['a', 'b'], 'and no other did');
    t.same(results, []);
    t.equal(clock.waiting, 0);
  }
});

t.test('a run that ends after a stop starts nothing: not itself again, nor others', async (t) => {
  const { clock, scheduler, results } = setup();
  const starts: string[] = [];
  let end = (_collected: Collected) => {};
  const deaf = collector('deaf', () => (starts.push('deaf'), new Promise<Collected>((resolve) => (end = resolve))));
  scheduler.start([deaf, collector('other', async () => (starts.push('other'), nothing))]);
  await clock.pass(1);
  t.same(starts, ['deaf', 'other']);
  const stopped = scheduler.stop();
  await clock.pass(2);
  await stopped;
  end({ samples: [], againInSeconds: 0, alsoSoon: ['other'] });
  await clock.pass(60);
  t.same(starts, ['deaf', 'other']);
  t.same(
    results.map(({ collector: name }) => name),
    ['other'],
  );
  t.equal(clock.waiting, 0);
});

t.test('a stop gives its reason, and waits a short time for runs that end late', async (t) => {
  const { clock, scheduler } = setup();
  let why: unknown;
  const late = collector(
    'late',
    (signal) =>
      new Promise<Collected>((resolve) =>
        signal.addEventListener(
          'abort',
          () => {
            why = signal.reason;
            clock.setTimer(() => resolve(nothing), 1.5);
          },
          { once: true },
        ),
      ),
  );
  scheduler.start([late]);
  await clock.pass(1);
  let isStopped = false;
  const stopped = scheduler.stop().then(() => (isStopped = true));
  t.match(why, { message: 'the exporter is stopping' });
  await clock.pass(1.4);
  t.equal(isStopped, false, 'it is not over');
  await clock.pass(0.2);
  t.equal(isStopped, true);
  await stopped;
  t.equal(clock.waiting, 0);
});

t.test('a turn is passed on once: a run that ends later does not pass it again', async (t) => {
  const { clock, scheduler } = setup();
  const starts: number[] = [];
  const takes = (name: string, seconds: number) =>
    collector(name, async () => {
      starts.push(Math.round(clock.monotonicSeconds() * 1000));
      await new Promise<void>((resolve) => void clock.setTimer(resolve, seconds));
      return nothing;
    });
  scheduler.start([takes('alone', 0.01), takes('b', 0.006), takes('c', 0.1), takes('d', 0.1), takes('e', 0.1)]);
  await clock.pass(0.5);
  t.same(starts, [0, 250, 255, 260, 265], 'milliseconds');
  await scheduler.stop();
});

t.test('a collector that is due again waits until all due ones have begun', async (t) => {
  const { clock, scheduler } = setup();
  const starts: string[] = [];
  const takes = (name: string, seconds: number, again?: number) =>
    collector(name, async () => {
      starts.push(name);
      if (seconds > 0) await new Promise<void>((resolve) => void clock.setTimer(resolve, seconds));
      return again === undefined || starts.filter((one) => one === name).length > 1
        ? nothing
        : { ...nothing, againInSeconds: again };
    });
  scheduler.start([takes('alone', 0), takes('again', 0, 0), takes('b', 0.004), takes('c', 0.004), takes('d', 0.004)]);
  await clock.pass(0.4);
  t.same(starts, ['alone', 'again', 'b', 'c', 'd', 'again']);
  await scheduler.stop();
});

t.test('a collector that another asks for runs at once when nothing else is due', async (t) => {
  const { clock, scheduler } = setup();
  const starts: number[] = [];
  let asked = false;
  const asks = collector(
    'asks',
    async () => {
      asked = clock.monotonicSeconds() === 30;
      return asked ? { samples: [], alsoSoon: ['slow'] } : nothing;
    },
    30,
  );
  scheduler.start([asks, collector('slow', async () => (starts.push(clock.monotonicSeconds()), nothing), 300)]);
  await clock.pass(100);
  t.same(starts, [0, 30]);
  await scheduler.stop();
});

t.test('the plan counts from the start, and after a run longer than its interval the offset is kept', async (t) => {
  const { clock, scheduler, results } = setup();
  clock.advance(100.1);
  const starts: number[] = [];
  let runs = 0;
  scheduler.start([
    collector('long', async () => {
      starts.push(Number(clock.monotonicSeconds().toFixed(3)));
      if (runs++ === 1) await new Promise<void>((resolve) => void clock.setTimer(resolve, 16));
      return nothing;
    }),
  ]);
  await clock.pass(55);
  t.same(starts, [100.1, 110.1, 130.1, 140.1, 150.1], 'it ended at 126.1');
  t.match(results[1], { success: false, durationSeconds: /^6(?:\.0000\d*)?$|^5\.9999/ });
  await scheduler.stop();
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

t.test(
  'first runs follow each other closely, later ones have even offsets with a random shift of up to half a gap',
  async (t) => {
    t.same(
      spread(2, 10, () => 0.5),
      [
        { firstSeconds: 0, offsetSeconds: 1.25 },
        { firstSeconds: 0.02, offsetSeconds: 6.25 },
      ],
    );
    t.same(
      spread(4, 0.04, () => 0).map(({ firstSeconds }) => firstSeconds),
      [0, 0.01, 0.02, 0.03],
      'no further apart than there is room',
    );
    t.same(
      spread(0, 10, () => 0),
      [],
    );
  },
);

t.test('the next time is at least half an interval away and keeps its offset', async (t) => {
  t.equal(nextDue(0, 0, 10, 3), 13);
  t.equal(nextDue(13, 0, 10, 3), 23);
  t.equal(nextDue(19, 0, 10, 3), 33);
  t.equal(nextDue(17, 0, 10, 3), 23);
  t.equal(nextDue(107, 100, 10, 3), 113);
});

t.test('the queue returns what is due, earliest first', async (t) => {
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

t.test('the queue keeps its order through all changes', async (t) => {
  let seed = 7;
  const below = (limit: number) => (seed = (seed * 48_271) % 2_147_483_647) % limit;
  for (let round = 0; round < 100; round++) {
    const queue = new DueQueue<number>();
    const left: number[] = [];
    for (let step = 0; step < 60; step++) {
      if (below(3) > 0) {
        const due = below(1000);
        queue.add(due, due);
        left.push(due);
      } else {
        left.sort((a, b) => a - b);
        if (queue.takeDue(1000) !== left.shift()) t.fail(`round ${round}, step ${step}`);
      }
    }
    const rest = left.map(() => queue.takeDue(1000));
    if (rest.join() !== left.sort((a, b) => a - b).join()) t.fail(`round ${round}: ${rest}`);
    t.equal(queue.takeDue(1000), undefined);
  }
});

t.test('an entry of the queue can be brought forward, not put off, and all can be removed', async (t) => {
  const queue = new DueQueue<string>();
  for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) queue.add(name, 10 * (i + 1));
  queue.bringForward('c', 5);
  t.equal(queue.nextDueSeconds, 5);
  queue.bringForward('b', 50);
  queue.bringForward('not there', 1);
  t.same(
    [1, 2, 3, 4, 5].map(() => queue.takeDue(40)),
    ['c', 'a', 'b', 'd', undefined],
  );
  queue.add('e', 1);
  queue.clear();
  t.same([queue.nextDueSeconds, queue.takeDue(100)], [undefined, undefined]);
});

t.test('waiting entries of the limiter can be removed', async (t) => {
  const limiter = new Limiter(1);
  const order: string[] = [];
  const ends: (() => void)[] = [];
  for (const name of ['a', 'b']) limiter.start((ended) => (order.push(name), ends.push(ended)));
  limiter.clear();
  t.equal(limiter.waiting, 0);
  ends[0]?.();
  t.same(order, ['a']);
  limiter.start(() => order.push('c'));
  t.same(order, ['a', 'c'], 'the place is free');
});

t.test('a place in the limiter is returned once, however often its holder returns it', async (t) => {
  const limiter = new Limiter(1);
  const order: string[] = [];
  const ends: (() => void)[] = [];
  for (const name of ['a', 'b', 'c']) limiter.start((ended) => (order.push(name), ends.push(ended)));
  ends[0]?.();
  ends[0]?.();
  t.same(order, ['a', 'b']);
  t.equal(limiter.waiting, 1);
});
