import t from 'tap';
import { DataFailure, type DataRequest, NotAsked } from '../../src/access/data-access.js';
import type { ManualClock } from '../support/manual-clock.js';
import { type Answerer, answeredTransaction, failuresIn } from '../support/transactions.js';
import { until } from '../support/until.js';

const transaction = (options: string) => `transactions: {x: {timeout: 10s, base_url: "http://crm.test", ${options}}}`;
const twoSteps = transaction(
  'steps: [{name: a, path: /a}, {name: b, path: /b}], cleanup: [{name: c, path: /c}, {name: d, path: /d}]',
);
const withLogin = 'ai_crm: {url: "http://crm.test", login: {username: ada, password: x}}\n';
const oneStep = (options = '') => transaction(`steps: [{name: a, path: /a${options}}]`);
const json = (value: unknown) => ({ body: Buffer.from(JSON.stringify(value)) });
const failing =
  (path: string, failure: unknown): Answerer =>
  (request) => {
    if (request.path === path) throw failure;
    return {};
  };

t.test('a request says whose it is, how long it may take, whether it logs in, and whether it undoes', async (t) => {
  const { run, requests } = await answeredTransaction(
    t,
    `${withLogin}transactions:
  x:
    timeout: 10s
    base_url: http://crm.test
    steps:
      - {name: a, path: /a, timeout: 4s, use_login: true}
      - {name: b, path: /b}
    cleanup:
      - {name: c, path: /c}
`,
  );
  const told = ({ source, timeoutSeconds, usesLogin, isCleanup }: DataRequest) => [
    source,
    timeoutSeconds,
    usesLogin,
    isCleanup,
  ];
  await run();
  t.strictSame(requests.map(told), [
    ['transaction_x', 4, true, false],
    ['transaction_x', 9, false, false],
    ['transaction_x', 10, false, true],
  ]);
  await run();
  const [first, second, third, fourth] = requests.map(({ cookies }) => cookies);
  t.ok(first !== undefined && first === second && second === third, 'a run has its cookies for all of its requests');
  t.not(fourth, first, 'and they end with it');
});

t.test('run_id is a word of twelve digits, of one run only', async (t) => {
  const { run, requests } = await answeredTransaction(
    t,
    transaction('steps: [{name: a, path: "/{{run_id}}"}, {name: b, path: "/{{run_id}}"}]'),
  );
  await run();
  await run();
  const [a, b, c] = requests.map(({ url }) => url);
  t.match(a, /^http:\/\/crm\.test\/[0-9a-f]{12}$/);
  t.equal(b, a);
  t.not(c, a);
});

t.test('the steps end with the first that fails; cleanup is complete, and its steps share its time', async (t) => {
  const { run, asked, requests, answer } = await answeredTransaction(t, twoSteps);
  const failures = async (answerer: Answerer) => {
    asked.length = 0;
    requests.length = 0;
    answer(answerer);
    const { reading } = await run();
    return reading.steps.filter(({ reason }) => reason !== null).map(({ name }) => name);
  };
  t.strictSame(await failures(failing('/a', new DataFailure('closed', 'no answer'))), ['a']);
  t.strictSame(asked, ['/a', '/c', '/d']);
  t.strictSame(await failures(failing('/c', new DataFailure('closed', 'no answer'))), ['c']);
  t.strictSame(asked, ['/a', '/b', '/c', '/d']);
  t.strictSame(await failures(({ path }) => ({ durationSeconds: path === '/c' ? 4 : 1 })), []);
  t.strictSame(
    requests.map(({ timeoutSeconds }) => timeoutSeconds),
    [10, 9, 5, 6],
    'what one does not use is for the others',
  );
});

t.test('a step is not sent when the steps before it took all of the time', async (t) => {
  const { run, asked, answer } = await answeredTransaction(t, twoSteps, ({ path }) => ({
    durationSeconds: path === '/a' ? 10 : 1,
  }));
  t.match((await run()).reading, {
    failedStep: 'b',
    reason: 'timeout',
    message: 'step b failed: the steps before it took all of the 10 s',
  });
  t.strictSame(asked, ['/a', '/c', '/d'], 'and the cleanup is sent');
  answer(({ path }) => ({ durationSeconds: path === '/c' ? 10 : 1 }));
  t.match((await run()).reading, { failedStep: 'd', reason: 'timeout' }, 'the same for cleanup');
});

t.test('the time of a step is that of its answer, without its turn; without an answer it is all time', async (t) => {
  const { run, answer, clock } = await answeredTransaction(t, oneStep());
  clock.advance(100);
  answer(() => (clock.advance(7), { durationSeconds: 2 }));
  t.match((await run()).reading, { durationSeconds: 2, steps: [{ durationSeconds: 2 }], message: '1 step in 2.00 s' });
  answer(() => {
    clock.advance(3);
    throw new DataFailure('closed', 'no answer');
  });
  const { reading, samples } = await run();
  t.match(reading, { durationSeconds: 3, steps: [{ durationSeconds: 3 }] });
  t.notOk(samples.has('aicrm_transaction_step_duration_seconds{transaction="x",step="a"}'), 'no metric says so');
});

t.test('values are taken from an accepted answer and from an unexpected success, not from a refusal', async (t) => {
  const removes = 'cleanup: [{name: remove, path: "/{{id}}"}]';
  const { run, asked, answer } = await answeredTransaction(
    t,
    transaction(`steps: [{name: a, path: /a, capture: {id: $.id}, expect: {status: [200, 302]}}], ${removes}`),
  );
  const outcome = async (statusCode: number, value: unknown = { id: 7 }) => {
    asked.length = 0;
    answer(({ path }) => (path === '/a' ? { ...json(value), statusCode } : {}));
    const { message } = (await run()).reading;
    return [asked.slice(1).join(), message];
  };
  const unexpected = (statusCode: number) => `step a failed: ${statusCode}: not an accepted status code`;
  t.strictSame(await outcome(200), ['/7', '1 step in 1.00 s']);
  t.strictSame(await outcome(302), ['/7', '1 step in 1.00 s']);
  t.strictSame(await outcome(201), ['/7', unexpected(201)]);
  t.strictSame(await outcome(299), ['/7', unexpected(299)]);
  t.strictSame(await outcome(300), ['', unexpected(300)]);
  t.strictSame(await outcome(409), ['', unexpected(409)]);
  t.strictSame(await outcome(200, {}), ['', 'step a failed: capture id: nothing found']);
  t.strictSame(await outcome(201, {}), ['', unexpected(201)], 'the code says more than the missing value');

  const created = await answeredTransaction(
    t,
    transaction(`steps: [{name: a, path: /a, capture: {id: $.id}, expect: {status: 201}}], ${removes}`),
    () => json({ id: 8 }),
  );
  await created.run();
  t.strictSame(created.asked, ['/a', '/8'], 'a 200 is a success, too');
});

t.test('a word for a state in an answer says nothing about the workflow', async (t) => {
  const { run } = await answeredTransaction(t, oneStep(), () => json({ status: 'down' }));
  t.match((await run()).reading, { level: 'healthy', up: true });
});

t.test('the level of a refusal depends on whose fault it is, its text is that of the access', async (t) => {
  const refusal = (statusCode: number, options?: string) => async () => {
    const reason = statusCode === 429 ? 'rate_limited' : 'auth';
    const failure = new DataFailure(reason, 'as the access says', { statusCode });
    return (await answeredTransaction(t, withLogin + oneStep(options), failing('/a', failure))).run();
  };
  const credentials = ', auth: {bearer: {token: x}}';
  for (const [attempt, level, reason] of [
    [refusal(401), 'critical', 'auth'],
    [refusal(401, credentials), 'unknown', 'auth'],
    [refusal(401, ', use_login: true'), 'unknown', 'auth'],
    [refusal(403, `${credentials}, expect: {status: 204}`), 'critical', 'auth'],
    [refusal(407), 'critical', 'auth'],
    [refusal(429), 'unknown', 'rate_limited'],
  ] as const) {
    const { reading, samples } = await attempt();
    t.match(reading, { level, up: false, reason, message: 'step a failed: as the access says' });
    t.strictSame(failuresIn(samples), [`a ${reason}`]);
  }
});

t.test('an answer that breaks off is a failure, though its status code is accepted', async (t) => {
  const failure = new DataFailure('closed', 'the answer ends early', { statusCode: 200 });
  const { run } = await answeredTransaction(t, oneStep(), failing('/a', failure));
  t.match((await run()).reading, { level: 'critical', reason: 'closed', message: /ends early$/ });
});

t.test('a step that is not sent because of a refused login says nothing about the step', async (t) => {
  const failure = new NotAsked('auth', 'not logged in', { statusCode: 401, notBeforeSeconds: 100 });
  const { collect } = await answeredTransaction(t, oneStep(), failing('/a', failure));
  t.match(await collect(), {
    readings: [{ level: 'unknown', reason: 'auth', message: 'step a: not logged in' }],
    againInSeconds: 100,
  });
});

t.test('a mistake of the exporter is an internal failure without its text', async (t) => {
  for (const [thrown, name] of [
    [new TypeError('s3cret'), 'TypeError'],
    ['s3cret', 'string'],
  ] as const) {
    const { collect } = await answeredTransaction(t, twoSteps, () => {
      throw thrown;
    });
    t.match(await collect(), {
      readings: [
        {
          reason: 'internal',
          message: ['a', 'c', 'd']
            .map((step) => `step ${step} failed: the exporter itself failed (${name})`)
            .join('; '),
        },
      ],
    });
  }
});

/** Faster than `clock.pass`, which lets work run after each of the many timers that measure lost time. */
async function passOn(clock: ManualClock, seconds: number) {
  clock.advance(seconds);
  await clock.pass(0);
}

/** Waits until its signal ends, as for a turn that never comes. */
const waiting: Answerer = (_request, signal) =>
  new Promise((_resolve, reject) => {
    const giveUp = () => reject(signal.reason as Error);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });

t.test('steps wait a minute longer than they may take for their turns, then they are UNKNOWN', async (t) => {
  const { clock, run, asked } = await answeredTransaction(t, twoSteps, waiting);
  const ended = run();
  await until('the step waits', () => asked.length === 1);
  await passOn(clock, 69.9);
  t.strictSame(asked, ['/a']);
  await passOn(clock, 0.1);
  await until('the cleanup waits', () => asked.length === 2);
  await passOn(clock, 69.9);
  t.strictSame(asked, ['/a', '/c']);
  await passOn(clock, 0.1);
  const tooLong = 'it waited too long for other requests of the exporter';
  t.match((await ended).reading, {
    up: false,
    level: 'unknown',
    reason: 'timeout',
    message: ['a', 'c', 'd'].map((step) => `step ${step}: ${tooLong}`).join('; '),
  });
  t.equal(clock.waiting, 0, 'no timer is left behind');
});

t.test('a run that is stopped ends its step at once, and has a moment to clean up', async (t) => {
  const { clock, collect, asked, requests, answer } = await answeredTransaction(t, twoSteps, waiting);
  const stop = new AbortController();
  const ended = collect(stop.signal);
  await until('the step waits', () => asked.length === 1);
  answer(() => ({ durationSeconds: 0.5 }));
  stop.abort(new Error('stopped'));
  await t.rejects(ended, new Error('stopped'), 'it has no result');
  t.strictSame(asked, ['/a', '/c', '/d']);
  t.strictSame(
    requests.map(({ timeoutSeconds }) => timeoutSeconds),
    [10, 0.75, 1],
  );
  t.equal(clock.waiting, 0, 'no timer is left behind');
});

t.test('a cleanup that hangs does not hold up the end of the exporter', async (t) => {
  const { clock, collect, asked } = await answeredTransaction(t, twoSteps, waiting);
  const stop = new AbortController();
  let isOver = false;
  const ended = t.rejects(
    collect(stop.signal).finally(() => {
      isOver = true;
    }),
    new Error('stopped'),
  );
  await until('the step waits', () => asked.length === 1);
  stop.abort(new Error('stopped'));
  await until('the cleanup waits', () => asked.length === 2);
  await passOn(clock, 1.4);
  t.notOk(isOver);
  await passOn(clock, 0.1);
  await ended;
});

t.test('cleanup with a captured token as its credentials runs only after the token was captured', async (t) => {
  const { run, requests, answer } = await answeredTransaction(
    t,
    transaction(
      'steps: [{name: a, path: /in, capture: {token: $.token}}], cleanup: [{name: b, path: /out, auth: {bearer: {token: "{{token}}"}}}]',
    ),
    () => json({ token: 'abc' }),
  );
  const sent = () =>
    requests.map(({ url, http: { auth } }) => [
      new URL(url).pathname,
      auth?.kind === 'bearer' ? auth.token.reveal() : '',
    ]);
  await run();
  answer(() => json({}));
  await run();
  t.strictSame(sent(), [
    ['/in', ''],
    ['/out', 'abc'],
    ['/in', ''],
  ]);
});
