import { inspect } from 'node:util';
import t from 'tap';
import { readRateLimit } from '../../src/access/allowance.js';
import type { DataFailure } from '../../src/access/data-access.js';
import { Secret } from '../../src/config/secret.js';
import { config, httpComponent, httpSettings } from '../support/config.js';
import {
  aiCrm,
  answer,
  dataAccess,
  failing,
  never,
  outcomeOf,
  question,
  tokenText,
  withToken,
} from '../support/data.js';

const fixed = { aiCrm: aiCrm(withToken) };
const alone = question('/x', { usesLogin: false });

/** The rate limit headers of AI-CRM. */
const limitHeaders = (remaining: number, limit = 1000) => ({
  'x-ratelimit-limit': String(limit),
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-reset': '1795425330',
});

t.test('the codes 401, 403, 407 and 429 are failures, any other code is an answer', async (t) => {
  const codes: readonly (readonly [number, object])[] = [
    [401, { reason: 'auth', statusCode: 401, message: '401: the credentials are not accepted, or are missing' }],
    [
      403,
      { reason: 'auth', statusCode: 403, message: '403: the account may not read this: its tier or role is too low' },
    ],
    [407, { reason: 'auth', statusCode: 407 }],
    [200, { statusCode: 200, body: Buffer.from('{"a":1}') }],
    [404, { statusCode: 404 }],
    [500, { statusCode: 500 }],
    [
      429,
      {
        reason: 'rate_limited',
        statusCode: 429,
        message: '429: too many requests; the next query waits as long as the answer requires',
      },
    ],
  ];
  let code = 0;
  const { access, clock } = dataAccess({}, () => answer(code, { a: 1 }));
  for (const [given, expected] of codes) {
    code = given;
    t.match(await outcomeOf(clock, access.client.ask(alone, never)), expected, String(given));
  }
});

t.test('an expected code is an answer, whatever it usually means', async (t) => {
  for (const code of [401, 403, 407, 429]) {
    const { access, clock, received } = dataAccess({ aiCrm: aiCrm(withToken) }, () => answer(code));
    const http = httpSettings({ expect: { statusCodes: [code] } });
    for (const usesLogin of [true, false])
      t.match(
        await outcomeOf(clock, access.client.ask(question('/a', { http, usesLogin }), never)),
        { statusCode: code },
        String(code),
      );
    t.equal(received.length, 2);
    t.equal(access.loginState()?.failure, null, 'and says nothing about the login');
  }
});

t.test('the time of a request does not include waiting', async (t) => {
  const { access, clock } = dataAccess(
    fixed,
    () => new Promise((resolve) => void clock.setTimer(() => resolve(answer(200)), 8)),
  );
  const both = [access.client.ask(question('/agents'), never), access.client.ask(question('/auth/me'), never)];
  await clock.pass(16);
  t.same(
    (await Promise.all(both)).map(({ durationSeconds }) => durationSeconds),
    [8, 8],
  );
});

t.test('the login of AI-CRM is sent to AI-CRM only, and replaces any other login', async (t) => {
  const { access, clock, received } = dataAccess(fixed, () => answer(200));
  const headers = new Map(['authorization', 'x-tenant'].map((name) => [name, new Secret('other')]));
  const http = httpSettings({ headers });
  t.match(await outcomeOf(clock, access.client.ask(question('/a', { http }), never)), { statusCode: 200 });
  t.match(received, [{ authorization: tokenText, headers: ['x-tenant'] }]);
  for (const url of [
    'http://crm.example:8001/a',
    'http://crm.example.evil:8000/a',
    'https://crm.example:8000/a',
    'nonsense',
  ]) {
    t.match(await outcomeOf(clock, access.client.ask(question('/a', { url }), never)), {
      reason: 'refused_target',
      message: 'the login of ai_crm may be sent to http://crm.example:8000 only',
    });
  }
  t.equal(received.length, 1);
  const { access: none } = dataAccess({}, () => answer(200));
  t.match(await outcomeOf(clock, none.client.ask(question('/a'), never)), {
    reason: 'auth',
    message: /^ai_crm has no login/,
  });
  await t.rejects(none.account(never), { message: /^ai_crm has no login/ });
  t.equal(none.loginState(), null);
});

t.test('a request to a proxy is sent while its source pauses, and says nothing about a server', async (t) => {
  let code = 500;
  const slow = () =>
    new Promise<ReturnType<typeof answer>>((resolve) => void clock.setTimer(() => resolve(answer(code)), 20));
  const { access, clock } = dataAccess({}, slow);
  const ask = (changes: object) =>
    outcomeOf(clock, access.client.ask(question('/slow', { source: 'shop', usesLogin: false, ...changes }), never), 20);
  t.match(await ask({}), { statusCode: 500 });
  t.match(await ask({}), { message: /next query at/ }, 'a slow error makes the source pause');
  code = 200;
  t.match(await ask({ isOfProxy: true }), { statusCode: 200 });
  t.match(await ask({}), { message: /next query at/ }, 'and the proxy does not end the pause');
});

/** AI-CRM behind a proxy, as a component with another address. */
const elsewhere = () => ({
  ...fixed,
  components: [httpComponent('backend', 'https://crm.public.example/health')],
});
const healthPaths = (received: readonly { readonly path: string }[]) =>
  received.filter(({ path }) => path === '/health').length;

t.test('AI-CRM is asked who it is before the first query, and an hour later if it did not say', async (t) => {
  const { access, clock, received, restart } = dataAccess(elsewhere(), ({ path }) =>
    path === '/health' ? answer(503) : answer(200),
  );
  const ask = () => outcomeOf(clock, access.client.ask(question('/tasks'), never), 60);
  t.match(await ask(), { statusCode: 200 }, 'the query is sent in any case');
  t.same(
    received.map(({ path, authorization }) => [path, authorization]),
    [
      ['/health', ''],
      ['/tasks', tokenText],
    ],
  );
  await clock.pass(3599 - 60);
  await ask();
  t.equal(healthPaths(received), 1);
  await ask();
  t.equal(healthPaths(received), 2);
  access.configure(config(elsewhere()));
  await ask();
  t.equal(healthPaths(received), 3, 'or after a reload');
  const other = restart();
  const small = question('/agents/suggest');
  t.match(await outcomeOf(clock, other.client.ask(small, never), 60), { statusCode: 200 });
  t.equal(healthPaths(received), 3, 'but not before a request that freezes nothing');
  const shop = question('/orders', { url: 'https://shop.example/orders', usesLogin: false });
  t.match(await outcomeOf(clock, other.client.ask(shop, never), 60), { statusCode: 200 });
  t.equal(healthPaths(received), 3, 'or before a query of another server');
});

t.test('AI-CRM is not asked who it is again once it has said it, or when nobody needs to know', async (t) => {
  const { access, clock, received } = dataAccess(elsewhere(), () =>
    answer(200, { status: 'healthy', service: 'ai-crm', version: '1.2.3', timestamp: '2026-11-23T08:15:30' }),
  );
  for (let hour = 0; hour < 3; hour++) {
    t.match(await outcomeOf(clock, access.client.ask(question('/tasks'), never), 3600), { statusCode: 200 });
  }
  t.equal(healthPaths(received), 1);
  const alone = dataAccess(fixed, () => answer(200));
  t.match(await outcomeOf(alone.clock, alone.access.client.ask(question('/tasks'), never)), { statusCode: 200 });
  t.equal(healthPaths(alone.received), 0);
});

t.test('an account that does not come before the deadline is a timeout, in words', async (t) => {
  const { access } = dataAccess(fixed, () => new Promise(() => {}));
  await t.rejects(access.account(AbortSignal.timeout(1)), {
    reason: 'timeout',
    message: 'AI-CRM did not return the account of the login (GET /auth/me) before the deadline',
  });
});

t.test('queries may take the configured share of the time, by default 2 %', async (t) => {
  t.equal(dataAccess({}, () => answer(200)).access.freeze().limitRatio, 0.02);
  t.equal(dataAccess({ aiCrm: aiCrm({ freezeLimitRatio: 0.1 }) }, () => answer(200)).access.freeze().limitRatio, 0.1);
});

t.test('redirects count as requests, and do not get the credentials', async (t) => {
  const { access, clock, received } = dataAccess(fixed, ({ path }) =>
    path === '/a'
      ? answer(307, '', { location: '/b' })
      : path === '/b'
        ? answer(200)
        : answer(302, '', { location: 'http://elsewhere.example/' }),
  );
  t.match(
    await outcomeOf(
      clock,
      access.client.ask(question('/a', { http: httpSettings({ method: 'POST', body: new Secret('x') }) }), never),
    ),
    { statusCode: 200 },
  );
  t.same(
    received.map(({ method, path, body }) => `${method} ${path} ${body}`),
    ['POST /a x', 'POST /b x'],
  );
  t.equal(access.limits()[0]?.requestsTotal, 2);
  t.match(await outcomeOf(clock, access.client.ask(question('/c'), never)), {
    reason: 'redirect',
    message: /must not get the credentials/,
  });
});

t.test('no period of an hour has more requests than the budget, whatever the answers are', async (t) => {
  const { access, clock, received } = dataAccess({ aiCrm: aiCrm({ ...withToken, requestsPerHour: 15 }) }, ({ path }) =>
    path === '/bad' ? answer(500) : answer(200),
  );
  for (let minute = 0; minute < 180; minute++) {
    await outcomeOf(clock, access.client.ask(question(minute % 2 === 0 ? '/a' : '/bad'), never));
    await clock.pass(60);
  }
  for (const { atSeconds } of received) {
    t.ok(
      received.filter((other) => other.atSeconds >= atSeconds && other.atSeconds < atSeconds + 3600).length <= 10,
      `in the hour from ${atSeconds} s`,
    );
  }
  t.equal(received.length, 30, 'and the whole budget can be used');
  const { access: small, clock: other } = dataAccess({ aiCrm: aiCrm({ ...withToken, requestsPerHour: 2 }) }, () =>
    answer(200),
  );
  await outcomeOf(other, small.client.ask(question('/a'), never));
  t.match(await outcomeOf(other, small.client.ask(question('/b'), never)), {
    reason: 'rate_limited',
    message:
      /^not queried: the exporter's own budget of 1 requests an hour to http:\/\/crm\.example:8000 is used up; next query at \d\d:\d\d UTC$/,
    notBeforeSeconds: 3600,
  });
  t.match(small.limits(), [{ source: 'ai_crm', requestsTotal: 1, budgetRemaining: 0 }]);
});

t.test('each Authorization has its own budget; a request that was not sent does not count', async (t) => {
  const { access, clock } = dataAccess({ aiCrm: aiCrm({ ...withToken, requestsPerHour: 4 }) }, ({ path }) =>
    path === '/refused' ? failing('connect', false) : answer(200),
  );
  const ask = (path: string, token?: string) =>
    outcomeOf(
      clock,
      access.client.ask(
        question(
          path,
          token === undefined
            ? {}
            : {
                source: token,
                usesLogin: false,
                http: httpSettings({ auth: { kind: 'bearer', token: new Secret(token) } }),
              },
        ),
        never,
      ),
    );
  t.match(await ask('/refused'), { reason: 'connect' });
  t.match(await ask('/a'), { statusCode: 200 });
  t.match(await ask('/a'), { statusCode: 200 });
  t.match(await ask('/a'), { reason: 'rate_limited' });
  t.match(await ask('/a', 'other'), { statusCode: 200 });
  t.match(access.limits(), [
    { source: 'ai_crm', requestsTotal: 2, budgetRemaining: 0 },
    { source: 'other', requestsTotal: 1, budgetRemaining: 1 },
  ]);
});

t.test('the spent budget survives a reload, and limits show only current sources', async (t) => {
  const { access, clock, received } = dataAccess({ aiCrm: aiCrm({ ...withToken, requestsPerHour: 4 }) }, () =>
    answer(200),
  );
  await outcomeOf(clock, access.client.ask(question('/a'), never));
  await outcomeOf(clock, access.client.ask(question('/a', { source: 'gone', usesLogin: false }), never));
  access.configure(
    config({ aiCrm: aiCrm({ login: { kind: 'token', token: new Secret('another') }, requestsPerHour: 4 }) }),
  );
  access.configure(config({ aiCrm: aiCrm({ ...withToken, requestsPerHour: 4 }) }));
  t.same(
    access.limits().map(({ source }) => source),
    ['ai_crm'],
  );
  await outcomeOf(clock, access.client.ask(question('/a'), never));
  t.match(await outcomeOf(clock, access.client.ask(question('/a'), never)), { reason: 'rate_limited' });
  t.equal(received.length, 3);
});

t.test('after a restart the first answer shows earlier use, which counts for an hour', async (t) => {
  let used = 0;
  const { access, clock, received, restart } = dataAccess({ aiCrm: aiCrm({ ...withToken, requestsPerHour: 15 }) }, () =>
    answer(200, {}, limitHeaders(1000 - ++used)),
  );
  for (let i = 0; i < 8; i++) await outcomeOf(clock, access.client.ask(question('/a'), never));
  const second = restart();
  await outcomeOf(clock, second.client.ask(question('/a'), never));
  t.match(second.limits(), [{ budgetRemaining: 1, rateLimitRemaining: 991 }]);
  await outcomeOf(clock, second.client.ask(question('/a'), never));
  t.match(await outcomeOf(clock, second.client.ask(question('/a'), never)), {
    reason: 'rate_limited',
    message: /is used up, 8 of them sent before this start or by another client; next query at/,
  });
  t.equal(received.length, 10);
  await clock.pass(3600);
  t.match(await outcomeOf(clock, second.client.ask(question('/a'), never)), { statusCode: 200 });
});

t.test('later use of the same token by others does not reduce our budget', async (t) => {
  let used = 0;
  const { access, clock } = dataAccess({ aiCrm: aiCrm({ ...withToken, requestsPerHour: 105 }) }, () =>
    answer(200, {}, limitHeaders(1000 - ++used)),
  );
  used = 50;
  await outcomeOf(clock, access.client.ask(question('/a'), never));
  t.match(access.limits(), [{ budgetRemaining: 49 }]);
  used += 500;
  await outcomeOf(clock, access.client.ask(question('/a'), never));
  t.match(access.limits(), [{ budgetRemaining: 48, rateLimitRemaining: 448 }]);
  used = 12;
  await outcomeOf(clock, access.client.ask(question('/a'), never));
  t.match(
    access.limits(),
    [{ budgetRemaining: 87 }],
    'and requests of others that are older than an hour did not count either',
  );
});

t.test(
  'after a 429, or with no requests remaining, nothing is sent until the time that the server gives',
  async (t) => {
    let reply = answer(429, {}, { 'retry-after': '600' });
    const { access, clock, received } = dataAccess(fixed, () => reply);
    t.match(await outcomeOf(clock, access.client.ask(question('/a'), never)), {
      reason: 'rate_limited',
      statusCode: 429,
    });
    t.match(await outcomeOf(clock, access.client.ask(question('/b'), never)), {
      reason: 'rate_limited',
      message: /^not queried: the rate limit of http:\/\/crm\.example:8000 is used up until \d\d:\d\d UTC$/,
      notBeforeSeconds: 600,
    });
    reply = answer(200, {}, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '300' });
    await clock.pass(600);
    t.match(await outcomeOf(clock, access.client.ask(question('/a'), never)), { statusCode: 200 });
    t.match(access.limits(), [{ rateLimitRemaining: 0 }]);
    await clock.pass(299);
    t.match(await outcomeOf(clock, access.client.ask(question('/a'), never)), { reason: 'rate_limited' });
    await clock.pass(1);
    t.match(await outcomeOf(clock, access.client.ask(question('/a'), never)), { statusCode: 200 });
    t.equal(received.length, 3);
  },
);

t.test('the length of a pause is read in every form that an answer has, and is a minute for nonsense', async (t) => {
  const now = 1_795_421_730;
  const pause = (statusCode: number, headers: Readonly<Record<string, string>>) =>
    readRateLimit(statusCode, Object.entries(headers), now).pauseSeconds;
  t.equal(pause(429, { 'retry-after': '120' }), 120);
  t.equal(pause(429, { 'retry-after': new Date((now + 90) * 1000).toUTCString() }), 90);
  t.equal(pause(429, { 'retry-after': '0' }), 1);
  t.equal(pause(429, { 'retry-after': '9999999' }), 86_400);
  t.equal(pause(503, { 'retry-after': '5' }), 5);
  for (const nonsense of [
    'soon',
    '-5',
    '1e9999',
    '12.5',
    '',
    'Mon, 01 Jan 2001 00:00:00 GMT',
    '99999999999999999999',
    '2027',
  ]) {
    t.equal(pause(429, { 'retry-after': nonsense }), nonsense === '2027' ? 2027 : 60, JSON.stringify(nonsense));
  }
  t.equal(pause(429, { 'x-ratelimit-reset': String(now + 30) }), 30);
  t.equal(pause(429, { 'retry-after': 'x', 'x-ratelimit-reset': String(now - 30) }), 60);
  t.equal(pause(200, { 'x-ratelimit-remaining': '0' }), 60);
  t.equal(pause(200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '45' }), 45);
  t.equal(pause(200, { 'x-ratelimit-remaining': '-1' }), undefined);
  t.equal(pause(200, { 'x-ratelimit-remaining': '1' }), undefined);
  t.equal(pause(503, {}), undefined);
  t.equal(pause(301, { 'retry-after': '5' }), undefined);
  const limits = (remaining: number) =>
    readRateLimit(200, Object.entries({ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': `${remaining}` }), now);
  t.same(limits(10), { limit: 10, remaining: 10 });
  t.same(limits(11), { limit: 10 }, 'more than all is nonsense');
});

t.test(
  'a source that timed out pauses for fifty times as long as it froze AI-CRM and keeps its reason; sources that freeze nothing go on',
  async (t) => {
    let isHanging = true;
    const { access, clock, received } = dataAccess(
      { aiCrm: aiCrm(withToken), components: [httpComponent('backend', 'http://crm.example:8000/health')] },
      ({ path }) => (isHanging && path === '/slow' ? new Promise(() => {}) : answer(200)),
    );
    const gate = access.gateFor('backend');
    /** A good probe of the backend, as after every freeze. */
    const probed = () =>
      gate.endProbe(gate.beginProbe() ?? { begunAtSeconds: 0, lane: undefined }, { reason: null, isSlow: false });
    const tries: number[] = [];
    probed();
    for (let second = 0; second < 4 * 3600; second += 30) {
      const before = received.length;
      const outcome = await outcomeOf(clock, access.client.ask(question('/slow'), never), 30);
      t.match(outcome, {
        reason: 'timeout',
        message: /^the request failed with timeout; next query at \d\d:\d\d UTC$/,
      });
      if (received.length > before) tries.push(received.at(-1)?.atSeconds ?? 0);
      probed();
    }
    const gaps = tries.slice(1).map((at, i) => at - (tries[i] ?? 0));
    t.ok(gaps.length >= 8 && gaps.every((gap) => gap >= 30 * 50 - 60 && gap <= 30 * 50), `${gaps}`);
    t.ok(
      access.freeze().frozenSeconds <= 4 * 3600 * access.freeze().limitRatio + 30,
      `${access.freeze().frozenSeconds} s in four hours`,
    );
    t.match(await outcomeOf(clock, access.client.ask(question('/agents'), never)), { statusCode: 200 }, 'at once');
    t.match(await outcomeOf(clock, access.client.ask(question('/stub_status', { usesLogin: false }), never)), {
      reason: 'timeout',
      message: /^not queried: /,
    });
    t.match(
      await outcomeOf(clock, access.client.ask(question('/stub_status', { usesLogin: false, isOfProxy: true }), never)),
      { statusCode: 200 },
      'the proxy before it answers by itself',
    );
    isHanging = false;
    await clock.pass(1500);
    probed();
    t.match(await outcomeOf(clock, access.client.ask(question('/slow'), never)), { statusCode: 200 });
    t.match(await outcomeOf(clock, access.client.ask(question('/slow'), never)), { statusCode: 200 });
  },
);

t.test('a cleanup request is sent while its source pauses, and does not end the pause', async (t) => {
  const { access, clock, received } = dataAccess({}, ({ path }) =>
    path === '/slow' ? new Promise(() => {}) : answer(200),
  );
  const ask = (path: string, isCleanup: boolean) =>
    outcomeOf(
      clock,
      access.client.ask(question(path, { source: 'transaction_x', usesLogin: false, isCleanup }), never),
      30,
    );
  t.match(await ask('/slow', false), { reason: 'timeout' });
  t.match(await ask('/delete', true), { statusCode: 200 });
  t.match(await ask('/create', false), { reason: 'timeout', message: /next query at/ });
  t.same(
    received.map(({ path }) => path),
    ['/slow', '/delete'],
  );
});

t.test('sources that fail at the same origin retry in turn, so that not each of them freezes it', async (t) => {
  let isSlow = true;
  const { access, clock, received } = dataAccess(
    fixed,
    () => new Promise((resolve) => void clock.setTimer(() => resolve(answer(isSlow ? 500 : 200)), isSlow ? 5 : 0)),
  );
  const ask = (path: string) => outcomeOf(clock, access.client.ask(question(path), never), 5);
  for (let round = 0; round < 180; round++) {
    await ask('/a');
    await ask('/b');
    await clock.pass(10);
  }
  t.ok(received.length <= 12, `${received.length} requests in an hour`);
  t.same(new Set(received.map(({ path }) => path)), new Set(['/a', '/b']));
  isSlow = false;
  await clock.pass(600);
  t.match(
    [await ask('/a'), await ask('/b')],
    [{ statusCode: 200 }, { statusCode: 200 }],
    'and when one source works again, the other may try',
  );
});

t.test(
  'a source that is asked often and never answers does not take the turns of a source that is asked rarely',
  async (t) => {
    let isDown = true;
    const { access, clock } = dataAccess(
      fixed,
      ({ path }) =>
        new Promise(
          (resolve) => void clock.setTimer(() => resolve(answer(isDown || path === '/often' ? 500 : 200)), 20),
        ),
    );
    const ask = (path: string) => outcomeOf(clock, access.client.ask(question(path), never), 30);
    const fiveMinutes = async () => {
      const seldom = await ask('/seldom');
      for (let i = 0; i < 9; i++) await ask('/often');
      return seldom;
    };
    for (let i = 0; i < 12; i++) await fiveMinutes();
    isDown = false;
    const outcomes = [];
    for (let i = 0; i < 5; i++) outcomes.push(await fiveMinutes());
    t.ok(
      outcomes.some((outcome) => 'statusCode' in outcome && outcome.statusCode === 200),
      'within twenty-five minutes',
    );
  },
);

t.test('a slow server error makes a source pause, a quick one does not', async (t) => {
  let seconds = 0;
  const { access, clock } = dataAccess(
    fixed,
    () => new Promise((resolve) => void clock.setTimer(() => resolve(answer(500)), seconds)),
  );
  for (let i = 0; i < 3; i++)
    t.match(await outcomeOf(clock, access.client.ask(question('/a'), never), 1), {
      statusCode: 500,
      durationSeconds: 0,
    });
  seconds = 3;
  t.match(await outcomeOf(clock, access.client.ask(question('/a'), never), 3), { statusCode: 500, durationSeconds: 3 });
  t.match(await outcomeOf(clock, access.client.ask(question('/a'), never)), {
    reason: 'status',
    statusCode: 500,
    message: /^500 after 3\.0 s; next query at/,
  });
});

t.test('an aborted request ends with the reason of the abort, and its source does not pause', async (t) => {
  const { access, clock } = dataAccess(fixed, ({ path }, signal) =>
    path === '/hang' && !signal.aborted ? new Promise(() => {}) : answer(200),
  );
  const stop = new AbortController();
  const asked = access.client.ask(question('/hang'), stop.signal);
  asked.catch(() => {});
  await clock.pass(1);
  stop.abort(new Error('the exporter is stopping'));
  await t.rejects(asked, { message: 'the exporter is stopping' });
  const again = access.client.ask(question('/a'), never);
  await clock.pass(120);
  t.match(await again, { statusCode: 200 });
});

t.test('token and password are not visible from outside', async (t) => {
  const { access, clock } = dataAccess(fixed, () => answer(401));
  const failure = (await outcomeOf(clock, access.client.ask(question('/a'), never))) as DataFailure;
  t.notMatch(
    inspect([access, failure, failure.cause, access.limits(), access.loginState()], { depth: 20, showHidden: true }) +
      JSON.stringify([access, failure]),
    tokenText,
  );
});
