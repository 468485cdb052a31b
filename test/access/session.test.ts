import { inspect } from 'node:util';
import t, { type Test } from 'tap';
import { AiCrmSession } from '../../src/access/session.js';
import { dataAccessCollector } from '../../src/ai-crm/access-collector.js';
import { ExporterError } from '../../src/base/errors.js';
import { Secret } from '../../src/config/secret.js';
import { config, httpSettings } from '../support/config.js';
import {
  aiCrm,
  answer,
  dataAccess,
  failing,
  never,
  outcomeOf,
  passwordText,
  question,
  type Received,
  tokenText,
  withToken,
} from '../support/data.js';
import { ManualClock } from '../support/manual-clock.js';

const user = { id: 1, role: 'manager', subscription_tier: 'pro' };
const issued = (token: string, expiresInSeconds = 86_400) =>
  answer(200, {
    access_token: token,
    refresh_token: 'refresh-never-used',
    token_type: 'bearer',
    expires_in: expiresInSeconds,
    user,
  });
const isLogin = ({ path }: Received) => path === '/auth/login';

/** An AI-CRM that issues `token-1`, `token-2` …, and accepts tokens by `accepts`. */
function backend(accepts: (token: string, nth: number) => boolean = () => true, lifetimeSeconds?: number) {
  let logins = 0;
  let requests = 0;
  const data = dataAccess({ aiCrm: aiCrm() }, (request) => {
    if (isLogin(request)) return issued(`token-${++logins}`, lifetimeSeconds);
    return accepts(request.authorization, ++requests)
      ? answer(200)
      : answer(401, { detail: 'Could not validate credentials' });
  });
  const ask = (path = '/tasks') => outcomeOf(data.clock, data.access.client.ask(question(path), never));
  return { ...data, ask, logins: () => data.received.filter(isLogin) };
}

t.test('logs in once for all sources, with remember_me, and keeps the token', async (t) => {
  const { access, clock, received, ask } = backend();
  t.same(access.loginState(), { up: null, failure: null }, 'not tried yet');
  const all = ['/a', '/b', '/c'].map((path) => access.client.ask(question(path), never));
  await clock.pass(0);
  await Promise.all(all);
  await clock.pass(3600);
  await ask();
  t.same(
    received.map(({ method, path, authorization }) => `${method} ${path} ${authorization}`),
    ['POST /auth/login ', 'GET /a token-1', 'GET /b token-1', 'GET /c token-1', 'GET /tasks token-1'],
  );
  t.same(JSON.parse(received[0]?.body ?? ''), {
    username_or_email: 'monitor',
    password: passwordText,
    remember_me: true,
  });
  t.same(access.loginState(), { up: true, failure: null, account: { role: 'manager', tier: 'pro' } });
  t.same(await access.account(never), { role: 'manager', tier: 'pro' });
  t.match(access.limits(), [{ source: 'ai_crm', requestsTotal: 5 }], 'the login counts');
});

t.test('logs in again shortly before the token expires, after a day or a minute', async (t) => {
  for (const [lifetimeSeconds, marginSeconds] of [
    [86_400, 300],
    [1800, 180],
    [60, 6],
  ] as const) {
    const { clock, logins, ask } = backend(() => true, lifetimeSeconds);
    await ask();
    await clock.pass(lifetimeSeconds - marginSeconds - 1);
    await ask();
    t.equal(logins().length, 1);
    await clock.pass(1);
    await ask();
    t.equal(logins().length, 2, `${lifetimeSeconds} s`);
  }
});

t.test('a token that is no longer accepted is replaced once, and the request repeated', async (t) => {
  let revoked = '';
  const { clock, received, ask, access } = backend((token) => token !== revoked);
  await ask();
  await clock.pass(1000);
  revoked = 'token-1';
  t.match(await ask(), { statusCode: 200 });
  t.same(
    received.slice(-3).map(({ path, authorization }) => `${path} ${authorization}`),
    ['/tasks token-1', '/auth/login ', '/tasks token-2'],
  );
  t.match(access.loginState(), { up: true, failure: null });
});

t.test(
  'workers that do not share SECRET_KEY are reported as such, and the token stays in use without a loop of logins',
  async (t) => {
    // Only one of four workers, which answer in turn, accepts the token.
    const { access, clock, received, logins, ask } = backend((_token, nth) => nth % 4 === 0);
    t.match(await ask(), {
      reason: 'auth',
      message: '401: AI-CRM does not accept the login; see the source ai_crm_login',
    });
    t.equal(logins().length, 2);
    t.match(access.loginState(), {
      up: false,
      failure: { reason: 'auth', message: /different values of SECRET_KEY; give all of them the same$/ },
    });
    const outcomes = [];
    for (let i = 0; i < 120; i++) {
      outcomes.push(await ask());
      await clock.pass(30);
    }
    t.ok(
      outcomes.some((outcome) => 'statusCode' in outcome && outcome.statusCode === 200),
      'an accepted answer is used',
    );
    t.ok(logins().length <= 8, `${logins().length} logins in an hour`);
    // The questions themselves, and a few more per minute that check whether the workers still differ.
    t.ok(received.filter((request) => !isLogin(request)).length <= 120 + 60 * 4, `${received.length} requests`);
    t.match(
      access.loginState(),
      { up: false, failure: { message: /SECRET_KEY/ } },
      'the reason stays the same all the time',
    );
  },
);

t.test(
  'when all workers share the key again, this is reported within 90 s, although older tokens are invalid',
  async (t) => {
    for (const minutes of [0, 7, 60]) {
      let isMended = false;
      let validToken = '';
      const { access, clock, ask, logins } = backend((token, nth) => {
        // After the restart with new keys only new tokens are accepted.
        if (!isMended) return nth % 4 === 0;
        validToken = `token-${logins().length}`;
        return token === validToken && token !== tokenBefore;
      });
      await ask('/auth/me');
      for (let i = 0; i < minutes * 2; i++) {
        await clock.pass(30);
        await ask('/auth/me');
      }
      const tokenBefore = `token-${logins().length}`;
      t.match(access.loginState(), { up: false, failure: { message: /SECRET_KEY/ } });
      isMended = true;
      for (let i = 0; i < 3; i++) {
        await clock.pass(30);
        await ask('/auth/me');
      }
      t.match(access.loginState(), { up: true, failure: null }, `after ${minutes} minutes`);
    }
  },
);

t.test('when all workers share the key again, an older configured token is reported as refused', async (t) => {
  let isMended = false;
  let nth = 0;
  const { access, clock } = dataAccess({ aiCrm: aiCrm(withToken) }, () =>
    answer(!isMended && ++nth % 2 === 0 ? 200 : 401),
  );
  const ask = () => outcomeOf(clock, access.client.ask(question('/auth/me'), never));
  await ask();
  await ask();
  t.match(access.loginState(), { up: false, failure: { message: /different values of SECRET_KEY/ } });
  isMended = true;
  await clock.pass(60);
  await ask();
  t.match(access.loginState(), { up: false, failure: { message: /does not accept the token of ai_crm\.login/ } });
});

t.test('each kind of failed login has its own message, and is not retried too soon', async (t) => {
  const cases: readonly (readonly [string, ReturnType<typeof answer>, string, RegExp, number])[] = [
    [
      'wrong password',
      answer(401, { detail: 'Incorrect username/email or password' }),
      'auth',
      /^401: AI-CRM does not accept the username and password of ai_crm\.login$/,
      300,
    ],
    ['locked', answer(403), 'auth', /^403: .* may be locked$/, 300],
    ['not understood', answer(422), 'status', /^422: AI-CRM does not understand the login/, 60],
    [
      'database down',
      answer(500, { detail: 'Login failed' }),
      'status',
      /^500: AI-CRM cannot check the login; its database may be down$/,
      60,
    ],
    ['not there', answer(404), 'status', /^404: there is no POST \/auth\/login: check ai_crm\.url$/, 60],
    ['redirected', answer(302, ''), 'redirect', /^302: the login is redirected/, 60],
    ['HTML', answer(200, '<html>'), 'json', /is not a JSON object/, 60],
    ['no token', answer(200, { token_type: 'bearer' }), 'json', /has no access_token$/, 60],
    ['a token that is none', answer(200, { access_token: 'a\r\nx: y' }), 'json', /has no access_token$/, 60],
    ['refused', failing('connect', false), 'connect', /^the request failed with connect$/, 60],
  ];
  for (const [name, reply, reason, message, waitSeconds] of cases) {
    const { access, clock, received } = dataAccess({ aiCrm: aiCrm() }, () => reply);
    const ask = () => outcomeOf(clock, access.client.ask(question('/tasks'), never));
    t.match(await ask(), { reason, message: 'not logged in; see the source ai_crm_login' }, name);
    const state = access.loginState();
    t.match(state, { up: false, failure: { reason, message } }, name);
    for (let waited = 30; waited < waitSeconds; waited += 30) {
      await clock.pass(30);
      await ask();
    }
    t.equal(received.length, 1, `${name}: no login per poll`);
    await clock.pass(30);
    await ask();
    t.equal(received.length, 2, `${name}: after ${waitSeconds} s`);
    t.same(access.loginState(), state, 'the same message, so that it is logged once');
    // A day takes long, so one case of each wait is enough.
    if (name !== 'wrong password' && name !== 'database down') continue;
    for (let i = 0; i < 24 * 6; i++) {
      await clock.pass(600);
      await ask();
    }
    // Refused credentials stay refused; any other failure may end at any time.
    t.ok(received.length <= (waitSeconds === 300 ? 33 : 150), `${name}: ${received.length} in a day`);
  }
});

t.test(
  'ten minutes after a database is back, the login works again and no failure remains, however long the outage was',
  async (t) => {
    let isDown = true;
    const { access, clock } = dataAccess({ aiCrm: aiCrm() }, (request) =>
      isLogin(request) ? (isDown ? answer(500) : issued('token')) : answer(200),
    );
    for (let minutes = 0; minutes < 600; minutes += 5) {
      await outcomeOf(clock, access.client.ask(question('/tasks'), never));
      await clock.pass(300);
    }
    isDown = false;
    await clock.pass(600);
    t.match(await outcomeOf(clock, access.client.ask(question('/tasks'), never)), { statusCode: 200 });
    t.match(access.loginState(), { up: true, failure: null });
  },
);

t.test('a good token stays in use while its renewal fails', async (t) => {
  let isDown = false;
  const { access, clock, received } = dataAccess({ aiCrm: aiCrm() }, (request) =>
    isLogin(request) ? (isDown ? answer(500) : issued('token', 1800)) : answer(200),
  );
  const ask = () => outcomeOf(clock, access.client.ask(question('/tasks'), never));
  await ask();
  isDown = true;
  await clock.pass(1700);
  t.match(await ask(), { statusCode: 200 });
  t.match(await ask(), { statusCode: 200 });
  t.equal(received.filter(isLogin).length, 2);
  await clock.pass(101);
  t.match(await ask(), { reason: 'status', statusCode: 500, message: 'not logged in; see the source ai_crm_login' });
});

t.test('a configured token needs no login; its account is asked once', async (t) => {
  const { access, clock, received } = dataAccess({ aiCrm: aiCrm(withToken) }, ({ path }) =>
    answer(200, path === '/auth/me' ? user : []),
  );
  const both = [access.account(never), access.account(never)];
  await clock.pass(0);
  t.same(await Promise.all(both), [
    { role: 'manager', tier: 'pro' },
    { role: 'manager', tier: 'pro' },
  ]);
  await access.account(never);
  t.same(
    received.map(({ path, authorization }) => `${path} ${authorization}`),
    [`/auth/me ${tokenText}`],
  );
  t.same(access.loginState(), { up: true, failure: null, account: { role: 'manager', tier: 'pro' } });
});

t.test('an invalid answer of /auth/me gives no account', async (t) => {
  const nonsense: readonly (readonly [unknown, number, RegExp])[] = [
    [{ role: 'x'.repeat(33), subscription_tier: 'pro' }, 200, /no role and subscription_tier/],
    [[], 200, /no role/],
    ['<html>', 200, /no role/],
    [{ role: 1 }, 200, /no role/],
    [{}, 500, /^500: AI-CRM does not return the account/],
  ];
  for (const [value, code, message] of nonsense) {
    const { access, clock } = dataAccess({ aiCrm: aiCrm(withToken) }, () => answer(code, value));
    const asked = access.account(never).catch((error: unknown) => error);
    await clock.pass(0);
    t.match(await asked, { message });
  }
});

t.test(
  'a configured token that is refused is reported and still tried, because another worker may accept it',
  async (t) => {
    let isAccepted = false;
    const { access, clock, received } = dataAccess({ aiCrm: aiCrm(withToken) }, () => answer(isAccepted ? 200 : 401));
    const ask = () => outcomeOf(clock, access.client.ask(question('/tasks'), never));
    t.match(await ask(), {
      reason: 'auth',
      statusCode: 401,
      message: '401: AI-CRM does not accept the login; see the source ai_crm_login',
    });
    t.match(access.loginState(), {
      up: false,
      failure: {
        reason: 'auth',
        message:
          '401: AI-CRM does not accept the token of ai_crm.login: it is wrong, has expired or was revoked; create a new one',
      },
    });
    t.equal(received.length, 1);
    isAccepted = true;
    t.match(await ask(), { statusCode: 200 });
    t.match(
      access.loginState(),
      { up: false, failure: { message: /different values of SECRET_KEY/ } },
      'one accepted answer does not repair the login',
    );
  },
);

t.test('a 403 is about one request and not about the login', async (t) => {
  const { access, clock } = dataAccess({ aiCrm: aiCrm(withToken) }, () =>
    answer(403, { detail: 'Requires pro subscription or higher' }),
  );
  t.match(await outcomeOf(clock, access.client.ask(question('/pm/analyze'), never)), {
    reason: 'auth',
    statusCode: 403,
    message: /tier or role is too low/,
  });
  t.match(access.loginState(), { up: true, failure: null });
});

t.test(
  'a request that waits for a login ends at its deadline; the login goes on while another request waits',
  async (t) => {
    let isAborted = false;
    const { access, clock } = dataAccess({ aiCrm: aiCrm() }, (request, signal) => {
      if (!isLogin(request)) return answer(200);
      signal.addEventListener('abort', () => (isAborted = true));
      return new Promise((resolve) => void clock.setTimer(() => resolve(issued('token')), 10));
    });
    const [late, stop] = [new AbortController(), new AbortController()];
    const first = access.client.ask(question('/a'), late.signal).catch((error: unknown) => error);
    const second = access.client.ask(question('/b'), never);
    await clock.pass(1);
    late.abort(new ExporterError('collector_timeout', 'no result within 1 s'));
    t.match(await first, { reason: 'timeout', message: 'not logged in before the deadline' });
    t.notOk(isAborted);
    await clock.pass(10);
    t.match(await second, { statusCode: 200 });
    const other = dataAccess(
      { aiCrm: aiCrm() },
      (_request, signal) => (signal.addEventListener('abort', () => (isAborted = true)), new Promise(() => {})),
    );
    const abandoned = other.access.client.ask(question('/a'), stop.signal).catch((error: unknown) => error);
    await other.clock.pass(1);
    stop.abort(new Error('the exporter is stopping'));
    t.match(await abandoned, { message: 'the exporter is stopping' });
    await other.clock.pass(0);
    t.ok(isAborted, 'nobody waits for it any more');
    t.match(other.access.loginState(), { up: null }, 'and this is not a failure of the login');
  },
);

t.test('requests that are refused one after the other with the same token share one new login', async (t) => {
  let revoked = '';
  const { access, clock, logins, ask } = backend((token) => token !== revoked);
  await ask();
  revoked = 'token-1';
  const both = ['/a', '/b'].map((path) => outcomeOf(clock, access.client.ask(question(path), never)));
  t.match(await Promise.all(both), [{ statusCode: 200 }, { statusCode: 200 }]);
  t.equal(logins().length, 2);
});

/** A session alone, whose logins issue `token-1`, `token-2` …, and which is known to have workers with different keys. */
async function unsharedSession(t: Test) {
  const clock = new ManualClock();
  let logins = 0;
  const config = aiCrm();
  const { login } = config;
  if (login === undefined) throw new Error('no login');
  const session = new AiCrmSession(config, login, clock, async () => {
    const token = Buffer.from(JSON.stringify({ access_token: `token-${++logins}`, expires_in: 86_400 }));
    return { statusCode: 200, headers: [], body: token, durationSeconds: 0.1 };
  });
  const first = await session.token(never);
  const second = await session.another(first, never);
  if (second === undefined) throw new Error('no other token');
  t.ok(session.refused(second), 'it is too new for another login');
  t.match(session.state(), { up: false, failure: { reason: 'auth', message: /different values of SECRET_KEY/ } });
  return { clock, session, first, second, logins: () => logins };
}

t.test('a request that was refused with an older token gets the current one, without a login', async (t) => {
  const { session, first, second, logins } = await unsharedSession(t);
  t.equal(await session.another(first, never), second);
  t.equal(logins(), 2);
});

t.test('twelve accepted answers in a row show that all workers share the key', async (t) => {
  const { session, second } = await unsharedSession(t);
  for (let nth = 1; nth < 12; nth++) session.accepted();
  session.refused(second);
  for (let nth = 1; nth < 12; nth++) session.accepted();
  t.match(session.state(), { up: false });
  session.accepted();
  t.same(session.state(), { up: true, failure: null });
});

t.test('a token that no worker accepts any more is replaced, but not again and again', async (t) => {
  const { clock, session, logins } = await unsharedSession(t);
  const prove = (good: string) => session.prove(async (token) => token.reveal() === good, never);
  clock.advance(59);
  await prove('token-3');
  t.equal(logins(), 2, 'it is checked once a minute');
  clock.advance(1);
  await prove('none');
  t.equal(logins(), 3);
  t.match(session.state(), { up: false });
  clock.advance(60);
  await prove('token-4');
  t.equal(logins(), 4);
  t.same(session.state(), { up: true, failure: null });
});

t.test('a reload keeps the session only of the same login at the same URL', async (t) => {
  const password = { kind: 'password', username: 'monitor', password: new Secret('p') } as const;
  const token = { kind: 'token', token: new Secret('abc') } as const;
  const cases: readonly (readonly [isSame: boolean, typeof password | typeof token, object])[] = [
    [true, password, { login: { ...password, password: new Secret('p') } }],
    [false, password, { login: { ...password, username: 'other' } }],
    [false, password, { login: { ...password, password: new Secret('q') } }],
    [false, password, { login: token }],
    [true, token, { login: { ...token, token: new Secret('abc') } }],
    [false, token, { login: { ...token, token: new Secret('abd') } }],
    [false, token, { login: password }],
    [false, token, { login: token, url: 'http://other.example' }],
  ];
  for (const [isSame, login, changes] of cases) {
    const { access, clock } = dataAccess({ aiCrm: aiCrm({ login }) }, (request) =>
      isLogin(request) ? issued('token') : answer(200),
    );
    t.match(await outcomeOf(clock, access.client.ask(question('/tasks'), never)), { statusCode: 200 });
    access.configure(config({ aiCrm: aiCrm(changes) }));
    t.equal(access.loginState()?.up, isSame ? true : null, `${login.kind} ${JSON.stringify(changes)}`);
  }
});

t.test('a reload changes the settings of the next login', async (t) => {
  const { access, clock, received } = dataAccess({ aiCrm: aiCrm() }, (request) =>
    isLogin(request) ? new Promise(() => {}) : answer(200),
  );
  access.configure(config({ aiCrm: aiCrm({ timeoutSeconds: 5 }) }));
  t.match(await outcomeOf(clock, access.client.ask(question('/tasks'), never), 5), { reason: 'timeout' });
  t.equal(received.length, 1);
});

t.test('another login or URL begins a new session, the same one keeps it', async (t) => {
  const { access, clock, received, ask } = backend();
  await ask();
  access.configure(config({ aiCrm: aiCrm({ timeoutSeconds: 5 }) }));
  await ask();
  t.equal(received.filter(isLogin).length, 1);
  access.configure(
    config({ aiCrm: aiCrm({ login: { kind: 'password', username: 'monitor', password: new Secret('changed') } }) }),
  );
  await ask();
  t.equal(received.filter(isLogin).length, 2);
  access.configure(config());
  t.equal(access.loginState(), null);
  await clock.pass(0);
});

t.test('the collector reports how requests ended and, once, why the login fails', async (t) => {
  let isRight = false;
  const { access, clock } = dataAccess({ aiCrm: aiCrm() }, (request) =>
    !isLogin(request)
      ? answer(200, [], { 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '999' })
      : isRight
        ? issued('token')
        : answer(401),
  );
  const collector = dataAccessCollector(access);
  const collect = async () => {
    const { samples, readings } = await collector.collect(never);
    return {
      readings,
      values: Object.fromEntries(
        samples
          .filter(({ operation, value }) => operation === 'set' || value > 0)
          .map(({ series, value }) => [series.definition.name + series.key, value]),
      ),
    };
  };
  t.same(await collect(), {
    readings: undefined,
    values: {
      'aicrm_source_requests_total{source="ai_crm"}': 0,
      'aicrm_source_budget_remaining{source="ai_crm"}': 500,
      aicrm_query_freeze_seconds_total: 0,
      aicrm_query_freeze_limit_ratio: 0.02,
    },
  });
  await outcomeOf(clock, access.client.ask(question('/tasks'), never));
  const failed = await collect();
  t.match(failed.readings, [
    {
      subject: 'source',
      name: 'ai_crm_login',
      up: false,
      reason: 'auth',
      message: /^401: AI-CRM does not accept the username and password/,
    },
  ]);
  t.match(failed.values, {
    'aicrm_source_up{source="ai_crm_login"}': 0,
    'aicrm_source_failures_total{source="ai_crm_login",reason="auth"}': 1,
  });
  t.notOk(
    'aicrm_source_failures_total{source="ai_crm_login",reason="auth"}' in (await collect()).values,
    'counted at its begin',
  );
  isRight = true;
  await clock.pass(300);
  await outcomeOf(clock, access.client.ask(question('/tasks'), never));
  t.same(await collect(), {
    readings: [
      {
        subject: 'source',
        name: 'ai_crm_login',
        up: true,
        reason: null,
        message: 'logged in, role manager, tier pro',
        notices: [],
      },
    ],
    values: {
      'aicrm_source_requests_total{source="ai_crm"}': 3,
      'aicrm_source_budget_remaining{source="ai_crm"}': 499,
      'aicrm_source_rate_limit_remaining{source="ai_crm"}': 999,
      'aicrm_source_up{source="ai_crm_login"}': 1,
      aicrm_query_freeze_seconds_total: 0,
      aicrm_query_freeze_limit_ratio: 0.02,
    },
  });
});

t.test('token and password appear nowhere: not in errors, logs, metrics or inspected objects', async (t) => {
  const texts: string[] = [];
  const show = (...values: unknown[]) =>
    texts.push(inspect(values, { depth: 20, showHidden: true }), JSON.stringify(values));
  for (const reply of [
    answer(401, { detail: passwordText }),
    answer(500, passwordText),
    answer(200, { access_token: `${tokenText}\n` }),
    failing('timeout'),
    issued(tokenText),
  ]) {
    const { access, clock, log, received } = dataAccess({ aiCrm: aiCrm() }, (request) =>
      isLogin(request) ? reply : answer(401, tokenText),
    );
    const http = httpSettings({ headers: new Map([['x-key', new Secret(passwordText)]]) });
    const failure = await outcomeOf(clock, access.client.ask(question('/tasks', { http }), never));
    t.type(failure, Error);
    const { samples, readings } = await dataAccessCollector(access).collect(never);
    show(
      access,
      failure,
      (failure as Error).cause,
      access.limits(),
      access.loginState(),
      log.lines,
      samples,
      readings,
      (failure as Error).stack,
    );
    t.ok(
      received.some(({ body }) => body.includes(passwordText)),
      'it was sent',
    );
  }
  for (const text of texts) for (const secret of [passwordText, tokenText]) t.notMatch(text, secret);
});
