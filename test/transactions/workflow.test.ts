import t, { type Test } from 'tap';
import { type AiCrmOptions, startAiCrm } from '../../simulator/ai-crm.js';
import { demoConfig } from '../../simulator/demo/demo-config.js';
import { demoLogins } from '../../simulator/population.js';
import { systemClock } from '../../src/base/clock.js';
import { failureReasons } from '../../src/base/reason.js';
import { Scheduler } from '../../src/schedule/scheduler.js';
import { askJson } from '../simulator/ask.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';
import { failuresIn, transactionOf } from '../support/transactions.js';
import { until } from '../support/until.js';

const task = '{title: "Review {{run_id}}", description: a slow customer query}';

/** The transaction of the document. `changes` replaces steps by name. */
function workflow(
  url: string,
  who: keyof typeof demoLogins,
  changes: Readonly<Record<string, string>> = {},
  options = '',
): string {
  const { username, password } = demoLogins[who];
  const authorised = 'headers: {Authorization: "Bearer {{token}}"}';
  const steps: Readonly<Record<string, string>> = {
    log_in: `{name: log_in, path: /auth/login, json: {username_or_email: ${username}, password: ${password}}, capture: {token: $.access_token}}`,
    suggest: `{name: suggest, path: /agents/suggest, ${authorised}, json: ${task}}`,
    analyse: `{name: analyse, path: /pm/analyze, ${authorised}, json: ${task}, capture: {agent: $.assigned_agent}}`,
    list: `{name: list, path: "/tasks?owner={{agent}}", ${authorised}}`,
    ...changes,
  };
  const cleanup = changes['log_out'] ?? `{name: log_out, path: /auth/logout, method: POST, ${authorised}}`;
  const lines = Object.entries(steps)
    .filter(([name]) => name !== 'log_out')
    .map(([, step]) => `      - ${step}\n`);
  return `transactions:\n  assign:\n    base_url: ${url}\n${options}    steps:\n${lines.join('')}    cleanup:\n      - ${cleanup}\n`;
}

async function start(t: Test, options: AiCrmOptions = {}) {
  const crm = await startAiCrm(options);
  t.teardown(() => crm.stop());
  return { crm, url: crm.urls.backend };
}

/** The state of the token that the second step used. */
async function fateOfToken(
  url: string,
  asked: readonly { readonly http: { readonly headers: ReadonlyMap<string, { reveal(): string }> } }[],
) {
  const authorization = asked
    .map(({ http }) => http.headers.get('authorization')?.reveal())
    .find((header) => header !== undefined);
  return askJson(`${url}/agents`, { headers: { authorization: authorization ?? '' } });
}
const revoked = { status: 401, value: { detail: 'Token has been revoked' } };

t.test('runs the whole transaction, times each step and logs out', async (t) => {
  const { url } = await start(t);
  const { run, data, told } = await transactionOf(t, workflow(url, 'pro'));
  const { reading, samples } = await run();
  t.match(reading, { level: 'healthy', up: true, reason: null, failedStep: null, message: /^4 steps in \d+\.\d\d s$/ });
  t.strictSame(
    reading.steps.map(({ name, reason }) => [name, reason]),
    ['log_in', 'suggest', 'analyse', 'list', 'log_out'].map((name) => [name, null]),
  );
  t.equal(samples.get('aicrm_transaction_up{transaction="assign"}'), 1);
  t.equal(samples.get('aicrm_transaction_runs_total{transaction="assign"}'), 1);
  t.equal(samples.get('aicrm_transaction_duration_seconds_count{transaction="assign"}'), 1);
  const steps = reading.steps.filter(({ name }) => name !== 'log_out');
  t.equal(
    samples.get('aicrm_transaction_duration_seconds_sum{transaction="assign"}'),
    steps.reduce((sum, step) => sum + step.durationSeconds, 0),
  );
  for (const { name, durationSeconds } of reading.steps)
    t.equal(
      samples.get(`aicrm_transaction_step_duration_seconds{transaction="assign",step="${name}"}`),
      durationSeconds,
    );
  t.equal(
    [...samples.keys()].filter((series) => series.startsWith('aicrm_transaction_failures_total')).length,
    5 * failureReasons.length,
    'every reason exists from the start',
  );
  t.strictSame(failuresIn(samples), []);
  t.ok(data.asked.every(({ source }) => source === 'transaction_assign'));
  t.match(data.asked[3]?.url, /\/tasks\?owner=[a-z-]+$/);
  t.strictSame(await fateOfToken(url, data.asked), revoked);

  await run();
  const bodies = data.asked.map(({ http }) => http.body?.reveal() ?? '').filter((body) => body.includes('Review'));
  t.equal(new Set(bodies).size, 2, 'every run has its own id, which is the same in all of its steps');
  for (const secret of [demoLogins.pro.password, 'eyJ', 'Bearer']) t.notOk(told().includes(secret), secret);
});

t.test('names the failed step and the reason, and still cleans up', async (t) => {
  const silent = await rawServer(() => {});
  const loop = await rawServer((socket) =>
    socket.end('HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n'),
  );
  t.teardown(() => Promise.all([silent.stop(), loop.stop()]));
  const authorised = 'headers: {Authorization: "Bearer {{token}}"}';
  const cases: readonly {
    readonly who?: keyof typeof demoLogins;
    readonly list?: string;
    readonly fault?: '500' | 'wrong-json' | 'html';
    readonly expected: object;
    readonly failure: string;
  }[] = [
    {
      who: 'free',
      expected: {
        level: 'unknown',
        reason: 'auth',
        failedStep: 'analyse',
        message: /^step analyse failed: 403: [^()]*$/,
      },
      failure: 'analyse auth',
    },
    {
      list: `{name: list, path: /users/admin/stats, ${authorised}, expect: {status: 200}}`,
      expected: { level: 'critical', reason: 'auth', message: /^step list failed: 403: / },
      failure: 'list auth',
    },
    {
      list: '{name: list, path: /tasks}',
      expected: { level: 'critical', reason: 'auth', message: /^step list failed: 401: [^()]*$/ },
      failure: 'list auth',
    },
    {
      list: `{name: list, path: /nowhere, ${authorised}}`,
      expected: { level: 'critical', message: 'step list failed: 404: there is no such path' },
      failure: 'list status',
    },
    {
      list: `{name: list, path: /tasks, ${authorised}, expect: {status: 204}}`,
      expected: { level: 'critical', reason: 'status', message: 'step list failed: 200: not an accepted status code' },
      failure: 'list status',
    },
    {
      list: `{name: list, path: /tasks, ${authorised}, expect: {body_regex: zebra}}`,
      expected: { level: 'critical', message: 'step list failed: 200: the body does not match body_regex' },
      failure: 'list body',
    },
    {
      list: `{name: list, path: /auth/me, ${authorised}, expect: {json: {role: admin}}}`,
      expected: { level: 'critical', message: 'step list failed: 200: role in the JSON is not "admin"' },
      failure: 'list json',
    },
    {
      list: `{name: list, path: /tasks, ${authorised}, capture: {id: "$.id"}}`,
      expected: { level: 'unknown', message: 'step list failed: capture id: nothing found' },
      failure: 'list json',
    },
    {
      // It is long enough for a busy machine. Time that this exporter lost itself does not count.
      list: `{name: list, url: "http://127.0.0.1:${silent.port}/", timeout: 1s}`,
      expected: {
        level: 'critical',
        reason: 'timeout',
        message: /^step list failed: no answer before the deadline[^()]*$/,
      },
      failure: 'list timeout',
    },
    {
      list: `{name: list, url: "http://127.0.0.1:${loop.port}/"}`,
      expected: { level: 'critical', message: 'step list failed: more than 5 redirects' },
      failure: 'list redirect',
    },
    {
      list: `{name: list, path: /tasks, ${authorised}, max_body_bytes: 10}`,
      expected: { level: 'critical', reason: 'size' },
      failure: 'list size',
    },
  ];
  const { url } = await start(t);
  for (const { who = 'pro', list, expected, failure } of cases) {
    const { run, data } = await transactionOf(t, workflow(url, who, list === undefined ? {} : { list }));
    const { reading, samples } = await run();
    t.match(reading, { up: false, ...expected }, failure);
    t.strictSame(failuresIn(samples), [failure]);
    t.equal(samples.get('aicrm_transaction_up{transaction="assign"}'), 0);
    t.equal(samples.get('aicrm_transaction_runs_total{transaction="assign"}'), 1);
    t.notOk(
      samples.has('aicrm_transaction_duration_seconds_count{transaction="assign"}'),
      'a failed run has no total time',
    );
    t.match(reading.steps.at(-1), { name: 'log_out', reason: null });
    t.strictSame(await fateOfToken(url, data.asked), revoked, `after ${failure}`);
  }
});

t.test('skips cleanup for what was not created', async (t) => {
  const { url } = await start(t);
  const login =
    '{name: log_in, path: /auth/login, json: {username_or_email: nobody, password: wrong}, capture: {token: $.access_token}}';
  const { run, data } = await transactionOf(t, workflow(url, 'pro', { log_in: login }));
  const { reading, samples } = await run();
  t.match(reading, { failedStep: 'log_in', reason: 'auth' });
  t.strictSame(failuresIn(samples), ['log_in auth']);
  t.equal(data.asked.length, 1);
});

t.test('completed steps are cleaned up, also when the answer was not as expected', async (t) => {
  const { url } = await start(t);
  const { username, password } = demoLogins.pro;
  const login = (rest: string) =>
    `{name: log_in, path: /auth/login, json: {username_or_email: ${username}, password: ${password}}, ${rest}}`;
  for (const rest of [
    'capture: {nothing: $.nothing, token: $.access_token}',
    'capture: {token: $.access_token}, expect: {status: 201}',
  ]) {
    const { run, data } = await transactionOf(t, workflow(url, 'pro', { log_in: login(rest) }));
    const { reading } = await run();
    t.match(reading, { up: false, failedStep: 'log_in' });
    t.strictSame(
      data.asked.map((request) => new URL(request.url).pathname),
      ['/auth/login', '/auth/logout'],
    );
    t.strictSame(await fateOfToken(url, data.asked), revoked);
  }
  const refusing = await rawServer((socket) => socket.end(httpAnswer('{"id":"of somebody else"}', { code: 409 })));
  t.teardown(() => refusing.stop());
  const { run, data } = await transactionOf(
    t,
    `transactions: {x: {base_url: "http://127.0.0.1:${refusing.port}", steps: [{name: create, path: /, method: POST, capture: {id: $.id}}], cleanup: [{name: remove, path: "/{{id}}", method: DELETE}]}}`,
  );
  t.match((await run()).reading, { failedStep: 'create', reason: 'status' });
  t.equal(data.asked.length, 1, 'but nothing is removed that was not created');
});

t.test('an expected refusal is a success', async (t) => {
  const { url } = await start(t, { requestsPerHour: 1 });
  const { run } = await transactionOf(
    t,
    `transactions:
  doors:
    base_url: ${url}
    steps:
      - {name: closed, path: /auth/login, json: {username_or_email: nobody, password: wrong}, expect: {status: 401, json: {detail: Incorrect username/email or password}}}
      - {name: crowded, path: /tasks, expect: {status: [429]}, capture: {wait: {header: Retry-After}, limit: $.limit}}
`,
  );
  t.match(await run(), { reading: { up: true, level: 'healthy', message: /^2 steps/ } });
});

t.test('a failed cleanup is its own failure, and hides no other', async (t) => {
  const { url } = await start(t);
  const logOut = '{name: log_out, path: "/nowhere/{{token}}", method: POST}';
  const alone = await transactionOf(t, workflow(url, 'pro', { log_out: logOut }));
  const first = await alone.run();
  t.match(first.reading, {
    up: false,
    level: 'critical',
    failedStep: 'log_out',
    reason: 'status',
    message: 'step log_out failed: 404: there is no such path',
  });
  t.equal(
    first.samples.get('aicrm_transaction_duration_seconds_count{transaction="assign"}'),
    1,
    'the steps themselves went through',
  );
  const both = await transactionOf(t, workflow(url, 'free', { log_out: logOut }));
  const second = await both.run();
  t.match(second.reading, {
    failedStep: 'analyse',
    reason: 'auth',
    message: /^step analyse failed: .*; step log_out failed: 404: there is no such path$/,
  });
  t.strictSame(failuresIn(second.samples), ['analyse auth', 'log_out status']);
});

t.test('all steps share one deadline, and cleanup has its own', async (t) => {
  const asked: string[] = [];
  const server = await rawServer((socket, request) => {
    asked.push(request.split(' ')[1] ?? '');
    if (!request.includes('/hangs')) socket.end(httpAnswer('{}'));
  });
  t.teardown(() => server.stop());
  const { run, data, collector } = await transactionOf(
    t,
    `transactions:
  x:
    timeout: 600ms
    base_url: http://127.0.0.1:${server.port}
    steps:
      - {name: a, path: /a}
      - {name: b, path: /hangs, timeout: 600ms}
      - {name: c, path: /c}
    cleanup:
      - {name: d, path: /hangs}
      - {name: e, path: /e}
`,
  );
  const { reading, samples } = await run();
  t.match(reading, { up: false, level: 'critical', reason: 'timeout', failedStep: 'b' });
  t.strictSame(
    reading.steps.map(({ name, reason }) => `${name} ${reason}`),
    ['a null', 'b timeout', 'd timeout', 'e null'],
  );
  t.strictSame(asked, ['/a', '/hangs', '/hangs', '/e'], 'a step that hangs leaves time for the others');
  const [a = 0, b = 0, d = 0] = data.asked.map(({ timeoutSeconds }) => timeoutSeconds);
  t.ok(
    a === 0.6 && b < 0.6 && b > 0 && d === 0.3,
    `${a} s, then what is left: ${b} s; for cleanup equal shares: ${d} s`,
  );
  t.ok(samples.has('aicrm_transaction_step_duration_seconds{transaction="x",step="a"}'));
  t.notOk(
    samples.has('aicrm_transaction_step_duration_seconds{transaction="x",step="b"}'),
    'a step without an answer has no time',
  );
  t.ok(collector.timeoutSeconds > 2 * 0.6 + 2 * 60, 'the deadline of the scheduler comes later than these');
});

t.test('an exporter that stops cleans up first', async (t) => {
  const { url } = await start(t);
  const silent = await rawServer(() => {});
  t.teardown(() => silent.stop());
  const suggest = `{name: suggest, url: "http://127.0.0.1:${silent.port}/", headers: {Authorization: "Bearer {{token}}"}}`;
  const { collector, data } = await transactionOf(t, workflow(url, 'pro', { suggest }));
  const results: unknown[] = [];
  const scheduler = new Scheduler({ clock: systemClock, concurrency: 10, onResult: (result) => results.push(result) });
  scheduler.start([collector]);
  await until('the second step hangs', () => silent.accepted() === 1);
  await scheduler.stop();
  t.match(
    data.asked.map((request) => new URL(request.url).pathname),
    ['/auth/login', '/', '/auth/logout'],
  );
  t.strictSame(await fateOfToken(url, data.asked), revoked);
  t.strictSame(results, [], 'and no result is reported');
});

t.test('a status in an answer is not a health status unless JSON with one is expected', async (t) => {
  const server = await rawServer((socket) => socket.end(httpAnswer('{"status":"open","checks":{"a":"down"}}')));
  t.teardown(() => server.stop());
  const yaml = (expect: string) =>
    `transactions: {x: {steps: [{name: a, url: "http://127.0.0.1:${server.port}/"${expect}}]}}`;
  t.match(await (await transactionOf(t, yaml(''))).run(), { reading: { level: 'healthy', up: true } });
  t.match(await (await transactionOf(t, yaml(', expect: {json: true}'))).run(), {
    reading: { level: 'unknown', reason: 'body' },
  });
  const degraded = await rawServer((socket) => socket.end(httpAnswer('{"status":"degraded"}', { code: 503 })));
  t.teardown(() => degraded.stop());
  t.match(
    await (
      await transactionOf(
        t,
        `transactions: {x: {steps: [{name: a, url: "http://127.0.0.1:${degraded.port}/", expect: {json: true}}]}}`,
      )
    ).run(),
    { reading: { level: 'warning', up: true, message: 'step a: 503: says degraded' } },
  );
});

t.test('the transaction of the demo configuration succeeds', async (t) => {
  const { crm, url } = await start(t);
  const { run, data, collector } = await transactionOf(t, demoConfig(crm, { intervalSeconds: 3 }));
  t.equal(collector.name, 'transaction:assign_task');
  t.ok((3600 / collector.intervalSeconds) * 5 < 500, 'within the budget of requests per hour');
  const { reading } = await run();
  t.match(reading, { up: true, level: 'healthy' });
  t.strictSame(
    reading.steps.map(({ name }) => name),
    ['log_in', 'suggest_agent', 'analyse', 'list_tasks', 'log_out'],
  );
  t.strictSame(await fateOfToken(url, data.asked), revoked);
});
