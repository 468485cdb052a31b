import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { runAll } from '../../src/cli/run-all.js';
import type { Collected, Collector } from '../../src/collector.js';
import { componentUp } from '../../src/metrics/component-metrics.js';
import { set } from '../../src/metrics/definition.js';
import { ManualClock } from '../support/manual-clock.js';
import { hostReading } from '../support/service-fixture.js';

/** A collector whose runs give these results, the last one again and again. */
function collector(name: string, results: readonly (Collected | Error)[], change: Partial<Collector> = {}) {
  let runs = 0;
  return {
    name,
    intervalSeconds: 30,
    timeoutSeconds: 5,
    collect: async () => {
      const result = results[Math.min(runs++, results.length - 1)];
      if (result === undefined || result instanceof Error) throw result ?? new Error('no result');
      return result;
    },
    get runs() {
      return runs;
    },
    ...change,
  };
}

/** The host's CPU, of a first reading or of a later one. */
const cpu = (usageRatio: number): Collected => ({ samples: [], readings: [hostReading('cpu', usageRatio)] });
const nothing: Collected = { samples: [] };

/** Runs them with a clock that passes by itself. */
async function run(collectors: readonly Collector[], concurrency = 10) {
  const clock = new ManualClock();
  const pause = (seconds: number) => new Promise<void>((resolve) => void clock.setTimer(resolve, seconds));
  const running = runAll(collectors, concurrency, clock, pause);
  await clock.pass(10);
  return running;
}

t.test('a collector that needs two readings runs twice, and not again', async (t) => {
  const twice = collector('cpu', [
    { ...nothing, againInSeconds: 1 },
    { ...cpu(0.5), againInSeconds: 1 },
  ]);
  t.match((await run([twice])).host(), [{ name: 'cpu', usageRatio: 0.5 }]);
  t.equal(twice.runs, 2);
  const soon = collector('soon', [{ ...nothing, againInSeconds: 2 }]);
  const later = collector('later', [{ ...nothing, againInSeconds: 2.1 }]);
  const once = collector('once', [nothing]);
  await run([soon, later, once]);
  t.same([soon.runs, later.runs, once.runs], [2, 1, 1], 'a check does not wait longer than two seconds');
});

t.test('a run that was postponed is repeated until its turn comes, and does not count', async (t) => {
  const postponed = { ...nothing, isPostponed: true, againInSeconds: 1 } as const;
  const patient = collector('cpu', [cpu(0.1), postponed, postponed, postponed, cpu(0.9)]);
  const waits = collector('waits', [postponed, postponed, postponed, cpu(0.9)]);
  const latest = await run([patient, waits]);
  t.same([patient.runs, waits.runs], [1, 4]);
  t.same(
    latest
      .collectors()
      .map(({ name }) => name)
      .sort(),
    ['cpu', 'waits'],
  );
});

t.test('a collector that must be last runs after all others', async (t) => {
  const order: string[] = [];
  const noted = (name: string, change: Partial<Collector> = {}) =>
    collector(name, [], {
      collect: async () => {
        order.push(name);
        return nothing;
      },
      ...change,
    });
  const slow = collector('slow', [{ ...nothing, againInSeconds: 1 }, nothing]);
  await run([noted('last', { isLast: true }), slow, noted('first')]);
  t.same(order, ['first', 'last']);
  t.equal(slow.runs, 2);
});

t.test('not more collectors run at once than the configuration allows', async (t) => {
  let most = 0;
  let now = 0;
  const busy = (name: string) =>
    collector(name, [], {
      collect: async () => {
        most = Math.max(most, ++now);
        await setImmediate();
        now -= 1;
        return nothing;
      },
    });
  await runAll(['a', 'b', 'c', 'd', 'e'].map(busy), 2, new ManualClock());
  t.equal(most, 2);
});

t.test('keeps the newest samples of the catalogue, and errors of collectors', async (t) => {
  const own = { ...componentUp, name: 'shop_things' };
  const up = (value: number): Collected => ({
    samples: [set(componentUp, { component: 'a' }, value), set(own, {}, 7)],
  });
  const postponed: Collected = {
    samples: [set(componentUp, { component: 'b' }, 1)],
    isPostponed: true,
    againInSeconds: 9,
  };
  const latest = await run([
    collector('a', [{ ...up(0), againInSeconds: 1 }, up(1)]),
    collector('later', [postponed]),
    collector('broken', [new Error('no /proc')]),
  ]);
  t.match(latest.figures.series(componentUp), { length: 1, 0: { value: 1 } });
  t.notOk(latest.figures.has(own.name));
  t.match(
    latest.collectors().find(({ name }) => name === 'broken'),
    { success: false, error: 'no /proc' },
  );
});
