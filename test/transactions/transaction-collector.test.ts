import t from 'tap';
import { DataFailure, NotAsked, Paced } from '../../src/access/data-access.js';
import { failureReasons } from '../../src/base/reason.js';
import type { ManualClock } from '../support/manual-clock.js';
import { type Answerer, answeredTransaction, failuresIn } from '../support/transactions.js';

const transaction = (options: string) =>
  `transactions: {x: {interval: 5m, timeout: 10s, base_url: "http://crm.test", ${options}}}`;
const oneStep = transaction('steps: [{name: a, path: /a}]');
const twoSteps = transaction(
  'steps: [{name: a, path: /a}, {name: b, path: /b}], cleanup: [{name: c, path: /c}, {name: d, path: /d}]',
);
const failing =
  (failure: unknown, ...paths: readonly string[]): Answerer =>
  ({ path }) => {
    if (paths.length === 0 || paths.includes(path)) throw failure;
    return {};
  };
const late = new DataFailure('timeout', 'no answer in time');

t.test('says what it asks and how long it may take', async (t) => {
  const { collector } = await answeredTransaction(t, twoSteps);
  t.match(collector, {
    name: 'transaction:x',
    intervalSeconds: 300,
    timeoutSeconds: 2 * (10 + 60) + 2,
    asks: {
      label: 'transaction',
      name: 'x',
      places: ['http://crm.test/a', 'http://crm.test/b', 'http://crm.test/c', 'http://crm.test/d'],
    },
  });
});

t.test('a reading has the steps, their time, and the first failure; all remarks are in its message', async (t) => {
  const { run, answer } = await answeredTransaction(t, twoSteps, ({ path }) => ({
    durationSeconds: { '/a': 1, '/b': 2, '/c': 0.25, '/d': 0.5 }[path] ?? 0,
  }));
  const step = (name: string, durationSeconds: number, reason: string | null = null) => ({
    name,
    durationSeconds,
    reason,
  });
  const healthy = await run();
  t.strictSame(healthy.reading, {
    subject: 'transaction',
    name: 'x',
    level: 'healthy',
    up: true,
    reason: null,
    failedStep: null,
    message: '2 steps in 3.00 s',
    durationSeconds: 3,
    steps: [step('a', 1), step('b', 2), step('c', 0.25), step('d', 0.5)],
  });
  t.equal(healthy.samples.get('aicrm_transaction_up{transaction="x"}'), 1);
  t.equal(healthy.samples.get('aicrm_transaction_duration_seconds_sum{transaction="x"}'), 3);
  t.strictSame(
    ['a', 'b', 'c', 'd'].map((name) =>
      healthy.samples.get(`aicrm_transaction_step_duration_seconds{transaction="x",step="${name}"}`),
    ),
    [1, 2, 0.25, 0.5],
  );
  answer(failing(new DataFailure('json', 'no JSON'), '/b', '/c'));
  const failed = await run();
  t.match(failed.reading, {
    level: 'unknown',
    up: false,
    reason: 'json',
    failedStep: 'b',
    message: 'step b failed: no JSON; step c failed: no JSON',
  });
  t.strictSame(failuresIn(failed.samples), ['b json', 'c json']);
  answer(({ path }) => {
    if (path === '/d') throw new DataFailure('closed', 'no answer');
    return {};
  });
  const cleanupFailed = await run();
  t.match(cleanupFailed.reading, { level: 'critical', failedStep: 'd', message: 'step d failed: no answer' });
  t.equal(cleanupFailed.samples.get('aicrm_transaction_up{transaction="x"}'), 0);
  t.equal(cleanupFailed.samples.get('aicrm_transaction_runs_total{transaction="x"}'), 3);
  t.equal(
    cleanupFailed.samples.get('aicrm_transaction_duration_seconds_count{transaction="x"}'),
    2,
    'the steps themselves went through',
  );
});

t.test('the first run creates all counters, once', async (t) => {
  const { collect, run } = await answeredTransaction(t, twoSteps);
  const { samples } = await run();
  t.equal(
    [...samples].filter(([series]) => series.startsWith('aicrm_transaction_failures_total')).length,
    4 * failureReasons.length,
  );
  t.strictSame(failuresIn(samples), []);
  t.equal(samples.get('aicrm_transaction_runs_discounted_total{transaction="x"}'), 0);
  t.equal((await collect()).samples.length, 7, 'later runs only have what they measure');
});

t.test(
  'a transaction that is not sent is UNKNOWN without samples, and tried again soon; its earlier result does not stay',
  async (t) => {
    const { collect, answer, clock } = await answeredTransaction(t, oneStep, failing(late));
    clock.advance(1000);
    t.match(await collect(), { readings: [{ level: 'critical', up: false }] });
    answer(failing(new NotAsked('timeout', 'no answer in time; next query at 11:42 UTC', { stands: true })));
    const repeated = await collect();
    t.match(repeated, { readings: [{ level: 'critical' }] }, 'the result of its own request stays');
    t.equal(repeated.againInSeconds, undefined);
    answer(failing(new NotAsked('timeout', 'not queried: the health check of http://crm:8000 hangs')));
    const notAsked = await collect();
    t.match(notAsked, {
      readings: [{ level: 'unknown', message: 'step a: not queried: the health check of http://crm:8000 hangs' }],
      againInSeconds: 15,
    });
    t.same(notAsked.samples, []);
    answer(failing(new Paced('not asked, since queries that take so long', 1100)));
    t.match(await collect(), { readings: [{ level: 'unknown' }], againInSeconds: 100 }, 'nothing was known before');
    answer(() => ({}));
    const { readings, againInSeconds } = await collect();
    t.match(readings, [{ level: 'healthy' }]);
    t.equal(againInSeconds, undefined);
    answer(failing(new Paced('not asked, since queries that take so long', 1100)));
    t.strictSame(
      await collect(),
      { samples: [], isPostponed: true, againInSeconds: 100 },
      'its result stays if only its share of time is used up',
    );
    answer(failing(new NotAsked('rate_limited', 'not queried', { notBeforeSeconds: 1001 })));
    t.match(await collect(), { readings: [{ level: 'unknown' }], againInSeconds: 15 }, 'not sooner than soon');
  },
);

t.test('a run that ends with a step that is not sent is UNKNOWN, though others were sent', async (t) => {
  const paced = failing(new Paced('not asked, since it takes long', 100), '/b');
  const { collect, answer } = await answeredTransaction(t, twoSteps, paced);
  const unknown = { readings: [{ level: 'unknown', failedStep: 'b' }], againInSeconds: 100 };
  t.match(await collect(), unknown, 'no earlier run can stay');
  answer(() => ({}));
  await collect();
  answer(paced);
  t.match(await collect(), { isPostponed: true, againInSeconds: 100 });
});

t.test('a transaction whose cleanup alone is not sent counts, and is not repeated soon', async (t) => {
  const { collect, run } = await answeredTransaction(
    t,
    twoSteps,
    failing(new NotAsked('timeout', 'not queried'), '/c'),
  );
  t.equal((await collect()).againInSeconds, undefined);
  const { reading, samples } = await run();
  t.match(reading, { level: 'unknown', failedStep: 'c', message: 'step c: not queried' });
  t.equal(samples.get('aicrm_transaction_duration_seconds_count{transaction="x"}'), 1, 'the steps went through');
});

t.test('a deadline that passed while this exporter was stalled does not count; any other does', async (t) => {
  const { clock, collect, answer } = await answeredTransaction(t, oneStep);
  const timeoutAfter = (pass: () => void) =>
    answer(() => {
      pass();
      throw late;
    });
  timeoutAfter(() => clock.standStill(10));
  const discounted = await collect();
  t.match(discounted, { isPostponed: true, againInSeconds: 15 });
  t.equal(discounted.readings, undefined);
  t.match(
    discounted.samples.filter(({ value }) => value > 0),
    [{ series: { labels: { transaction: 'x' } }, value: 1 }],
    'only the discount is counted',
  );
  t.equal(discounted.samples.length, 2 + failureReasons.length, 'the possible counters exist');
  timeoutAfter(() => clock.advance(10));
  t.match(await collect(), { readings: [{ level: 'critical', up: false, reason: 'timeout' }] });
  timeoutAfter(() => (clock.advance(6), clock.standStill(4)));
  t.match(await collect(), { readings: [{ up: false, reason: 'timeout' }] }, 'it had enough time');
  answer(() => {
    clock.standStill(10);
    throw new DataFailure('closed', 'no answer');
  });
  t.match(await collect(), { readings: [{ reason: 'closed' }] }, 'only time can be lost');
  answer(() => (clock.standStill(10), {}));
  t.match(await collect(), { readings: [{ up: true }] }, 'a success counts in any case');
  t.equal(clock.waiting, 0);
});

t.test('a timeout of a step counts if the step, or all steps together, had most of the time', async (t) => {
  const run = async (steps: string, pass: (clock: ManualClock) => void) => {
    const { clock, collect, answer } = await answeredTransaction(t, transaction(steps));
    answer(({ path }) => {
      if (path !== '/late') return { durationSeconds: path === '/slow' ? 4 : 0 };
      pass(clock);
      throw late;
    });
    const { isPostponed = false } = await collect();
    return isPostponed ? 'repeated' : 'counted';
  };
  const own = 'steps: [{name: a, path: /late, timeout: 4s}]';
  t.equal(await run(own, (clock) => (clock.advance(3), clock.standStill(1))), 'counted', 'three of its four seconds');
  t.equal(await run(own, (clock) => (clock.advance(1), clock.standStill(3))), 'repeated', 'one of its four seconds');
  const cleanup = 'steps: [{name: a, path: /a}], cleanup: [{name: b, path: /late, timeout: 4s}]';
  t.equal(await run(cleanup, (clock) => (clock.advance(3), clock.standStill(1))), 'counted', 'the same in cleanup');
  const second = 'steps: [{name: a, path: /slow}, {name: b, path: /late}]';
  t.equal(await run(second, (clock) => (clock.advance(2), clock.standStill(4))), 'counted', 'six of all ten seconds');
  t.equal(await run(second, (clock) => clock.standStill(6)), 'repeated', 'four of all ten seconds');
});
