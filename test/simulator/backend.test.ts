import t, { type Test } from 'tap';
import { type AiCrmOptions, startAiCrm } from '../../simulator/ai-crm.js';
import { SimulatedRateLimit } from '../../simulator/backend.js';
import { demoLogins } from '../../simulator/population.js';
import { ManualClock } from '../support/manual-clock.js';
import { ask, askJson, shapeOf } from './ask.js';
import { quietBackend } from './quiet-backend.js';

async function start(t: Test, options: AiCrmOptions = {}) {
  const clock = new ManualClock();
  const crm = await startAiCrm({ clock, ...options });
  t.teardown(() => crm.stop());
  const url = crm.urls.backend;
  const login = async (who: keyof typeof demoLogins, remember = false) => {
    const { username, password } = demoLogins[who];
    const { value } = await askJson(`${url}/auth/login`, {
      method: 'POST',
      body: { username_or_email: username, password, remember_me: remember },
    });
    return value as { readonly access_token: string; readonly refresh_token: string; readonly expires_in: number };
  };
  return { crm, clock, url, login };
}

const task = { title: 'Review the query optimizer', description: 'a slow customer query' };

t.test('answers like the real backend', async (t) => {
  const { url, login } = await start(t);
  const { access_token: token } = await login('enterprise');
  const { access_token: adminToken } = await login('admin');
  const account = {
    id: 'number',
    username: 'string',
    email: 'string',
    full_name: 'string',
    role: 'string',
    subscription_tier: 'string',
  };
  const row = {
    id: 'string',
    title: 'string',
    description: 'string',
    column_name: 'string',
    owner: 'string',
    archived: 'boolean',
  };

  t.same((await askJson(`${url}/health`)).value, { status: 'healthy', config_loaded: true });
  t.same(shapeOf((await askJson(`${url}/`)).value), { name: 'string', version: 'string', description: 'string' });
  t.same(shapeOf(await login('pro')), {
    access_token: 'string',
    refresh_token: 'string',
    token_type: 'string',
    expires_in: 'number',
    user: { ...account, is_verified: 'boolean' },
  });
  t.same(shapeOf((await askJson(`${url}/auth/me`, { token })).value), {
    ...account,
    account_status: 'string',
    is_verified: 'boolean',
    created_at: 'string',
    last_login: 'string',
    monthly_tasks_created: 'number',
  });
  const tasks = (await askJson(`${url}/tasks`, { token })).value as readonly Record<string, unknown>[];
  const archived = (await askJson(`${url}/tasks?archived=true`, { token })).value as readonly Record<string, unknown>[];
  for (const found of [...tasks, ...archived]) t.same(shapeOf({ ...found, owner: found.owner ?? '' }), row);
  t.same([...new Set(tasks.map(({ column_name: column }) => column))].sort(), [
    'Done',
    'In Progress',
    'To Do',
    'Unknown',
  ]);
  t.ok(archived.length > 0 && archived.every((found) => found.column_name === 'Done' && found.archived === true));
  const agents = (await askJson(`${url}/agents`, { token })).value as readonly string[];
  t.equal(agents.length, 62);
  t.ok(tasks.every(({ owner }) => owner === null || agents.includes(String(owner))));
  t.same(shapeOf((await askJson(`${url}/agents/suggest`, { method: 'POST', token, body: task })).value), [
    { agent: 'string', confidence: 'number', matched_keywords: ['string'], reasoning: 'string' },
  ]);
  t.same(shapeOf((await askJson(`${url}/analytics/task-completion`, { token })).value), {
    totalTasks: 'number',
    completedTasks: 'number',
    completionRate: 'number',
  });
  const performance = (await askJson(`${url}/analytics/agent-performance`, { token })).value as Record<string, unknown>;
  t.same(shapeOf(Object.values(performance)[0]), {
    totalTasks: 'number',
    completedTasks: 'number',
    successRate: 'number',
  });
  t.same(shapeOf((await askJson(`${url}/analytics/executive-dashboard`, { token })).value), {
    systemOverview: { totalAgents: 'number', activeIntegrations: 'number', systemHealth: 'number' },
    performanceKPIs: {
      taskCompletionRate: 'number',
      topPerformingAgents: [{ agent: 'string', successRate: 'number' }],
      workflowEfficiency: 'number',
    },
  });
  t.match(shapeOf((await askJson(`${url}/users/admin/stats`, { token: adminToken })).value), {
    total_users: 'number',
    active_users: 'number',
    verified_users: 'number',
    recent_registrations: 'number',
    subscription_breakdown: { free: 'number', pro: 'number', enterprise: 'number' },
    role_breakdown: { user: 'number', manager: 'number', admin: 'number' },
  });
});

t.test('answers as the monitoring document says, or 404 like the real one', async (t) => {
  const { url, crm, clock } = await start(t);
  const shape = async (path: string) => shapeOf((await askJson(`${url}${path}`)).value);
  t.same(await shape('/pm/health'), {
    status: 'string',
    analyses_total: 'number',
    average_analysis_time_ms: 'number',
    timestamp: 'string',
  });
  t.same(await shape('/db/health'), {
    status: 'string',
    database: 'string',
    active_connections: 'number',
    timestamp: 'string',
  });
  clock.advance(120);
  t.same(await shape('/metrics'), {
    timestamp: 'string',
    uptime_seconds: 'number',
    requests_total: 'number',
    request_errors_total: 'number',
    error_rate_percent: 'number',
    requests_per_minute: 'number',
    concurrent_users: 'number',
    failed_logins_total: 'number',
  });
  const agents = (await askJson(`${url}/agents/metrics`)).value as {
    readonly total_agents: number;
    readonly agents: Record<string, { readonly utilization_percent: number }>;
  };
  t.equal(Object.keys(agents.agents).length, agents.total_agents);
  const shares = Object.values(agents.agents).reduce((sum, { utilization_percent: share }) => sum + share, 0);
  t.ok(shares > 50 && shares <= 100.001, 'utilization is a share of all open work');
  const business = (await askJson(`${url}/business/metrics`)).value as { readonly tasks: Record<string, number> };
  t.equal(business.tasks.created_total, crm.world.board.createdTotal);
  t.equal(business.tasks.done, crm.world.board.count('Done'));

  const real = await start(t, { hasDocumentedEndpoints: false });
  for (const path of ['/pm/health', '/db/health', '/metrics', '/agents/metrics', '/business/metrics', '/nothing']) {
    t.same(await askJson(`${real.url}${path}`), { status: 404, value: { detail: 'Not Found' } }, path);
  }
});

t.test('refuses like the real backend', async (t) => {
  const { url } = await start(t);
  const refused = { status: 401, value: { detail: 'Could not validate credentials' } };
  t.same(await askJson(`${url}/tasks`), refused);
  t.equal((await ask(`${url}/tasks`)).headers['www-authenticate'], 'Bearer');
  for (const token of ['garbage', 'a.b.c', '..', `${Buffer.from('{}').toString('base64url')}.e30.x`])
    t.same(await askJson(`${url}/tasks`, { token }), refused, token);
  t.same(
    await askJson(`${url}/auth/login`, {
      method: 'POST',
      body: { username_or_email: demoLogins.pro.username, password: 'wrong' },
    }),
    {
      status: 401,
      value: { detail: 'Incorrect username/email or password' },
    },
  );
  t.same(await askJson(`${url}/auth/login`, { method: 'POST', body: { username: 'x', password: 7 } }), {
    status: 422,
    value: {
      detail: [
        {
          type: 'missing',
          loc: ['body', 'username_or_email'],
          msg: 'Field required',
          input: { username: 'x', password: 7 },
        },
        { type: 'string_type', loc: ['body', 'password'], msg: 'Input should be a valid string', input: 7 },
      ],
    },
  });
  t.equal((await ask(`${url}/auth/login`, { method: 'POST', body: '{' })).status, 422);
  t.equal((await ask(`${url}/auth/login`, { method: 'POST', body: 'x'.repeat(70_000) })).status, 413);
  const head = await ask(`${url}/health`, { method: 'HEAD' });
  t.equal(head.status, 405);
  t.equal(head.headers.allow, 'GET');
  const slash = await ask(`${url}/health/`);
  t.equal(slash.status, 307);
  t.equal(slash.headers.location, `${url}/health`);
  const refresh = await ask(`${url}/auth/refresh`, { method: 'POST' });
  t.equal(refresh.status, 500);
  t.match(refresh.headers['content-type'], /^text\/plain/);
});

t.test('each tier has its own permissions', async (t) => {
  const { url, login } = await start(t);
  const requests = [
    ['POST', '/pm/analyze'],
    ['GET', '/analytics/task-completion'],
    ['GET', '/analytics/executive-dashboard'],
    ['GET', '/users/admin/stats'],
  ] as const;
  const codes = async (who: keyof typeof demoLogins) => {
    const { access_token: token } = await login(who);
    return Promise.all(
      requests.map(
        async ([method, path]) =>
          (await ask(`${url}${path}`, { method, token, ...(method === 'POST' ? { body: task } : {}) })).status,
      ),
    );
  };
  t.same(await codes('free'), [403, 200, 403, 403]);
  t.same(await codes('pro'), [200, 200, 403, 403]);
  t.same(await codes('enterprise'), [200, 200, 200, 403]);
  t.same(await codes('admin'), [200, 200, 200, 200]);
  const { access_token: token } = await login('free');
  t.same((await askJson(`${url}/pm/analyze`, { method: 'POST', token, body: task })).value, {
    detail: 'Requires pro subscription or higher',
  });
  t.same((await askJson(`${url}/users/admin/stats`, { token })).value, { detail: 'Insufficient permissions' });
});

t.test('a token ends after half an hour, after a day with remember_me, and at once when revoked', async (t) => {
  const { url, clock, login } = await start(t);
  const usual = await login('pro');
  const remembered = await login('pro', true);
  const revoked = await login('pro');
  t.same([usual.expires_in, remembered.expires_in], [1800, 86_400]);
  const code = async (token: string) => (await ask(`${url}/agents`, { token })).status;
  t.equal(await code(usual.refresh_token), 401, 'a refresh token gives no access');
  t.equal((await ask(`${url}/auth/logout`, { method: 'POST', token: revoked.access_token })).status, 200);
  t.same(await askJson(`${url}/agents`, { token: revoked.access_token }), {
    status: 401,
    value: { detail: 'Token has been revoked' },
  });
  clock.advance(1799);
  t.same([await code(usual.access_token), await code(remembered.access_token)], [200, 200]);
  clock.advance(1);
  t.same([await code(usual.access_token), await code(remembered.access_token)], [401, 200]);
  clock.advance(86_400 - 1800);
  t.equal(await code(remembered.access_token), 401);
});

t.test('counts requests per Authorization in a sliding hour, except health endpoints', async (t) => {
  const { url, clock } = await start(t, { requestsPerHour: 3 });
  const code = async (path: string, token?: string) =>
    (await ask(`${url}${path}`, token === undefined ? {} : { token })).status;
  const first = await ask(`${url}/tasks`, { token: 'a' });
  t.equal(first.headers['x-ratelimit-limit'], '3');
  t.equal(first.headers['x-ratelimit-remaining'], '2');
  t.equal(Number(first.headers['x-ratelimit-reset']), clock.nowSeconds() + 3600);
  clock.advance(1800);
  t.same([await code('/tasks', 'a'), await code('/tasks', 'a')], [401, 401]);
  const refused = await ask(`${url}/tasks`, { token: 'a' });
  t.equal(refused.status, 429);
  t.equal(refused.headers['retry-after'], '3600');
  t.equal(refused.headers['x-ratelimit-remaining'], '0');
  t.same(JSON.parse(refused.body), { error: 'Rate limit exceeded', retry_after: 3600, limit: 3, remaining: 0 });
  t.equal(await code('/tasks', 'b'), 401, 'another Authorization has its own budget');
  t.equal(await code('/health', 'a'), 200);
  t.equal(await code('/db/health', 'a'), 200);
  t.equal((await ask(`${url}/health`)).headers['x-ratelimit-limit'], undefined);
  clock.advance(1800);
  t.same(
    [await code('/tasks', 'a'), await code('/tasks', 'a')],
    [401, 429],
    'the first request has left the window, the others have not',
  );
});

t.test('with a manual clock the numbers are the same each time', async (t) => {
  const run = async () => {
    const { url, clock, login } = await start(t, { seed: 42 });
    const { access_token: token } = await login('admin');
    const seen: unknown[] = [];
    for (let minute = 0; minute < 3; minute += 1) {
      for (const path of [
        '/tasks',
        '/tasks?archived=true',
        '/analytics/task-completion',
        '/users/admin/stats',
        '/metrics',
        '/agents/metrics',
        '/business/metrics',
      ]) {
        seen.push((await askJson(`${url}${path}`, { token })).value);
      }
      clock.advance(60);
    }
    return seen;
  };
  const [first, second] = [await run(), await run()];
  t.same(first, second);
  t.notSame(first.slice(0, 7), first.slice(7, 14), 'a minute makes a difference');
  for (const index of [0, 4, 5, 6]) t.notSame(first[index], first[index + 7]);
});

t.test('each kind of answer has the headers of the real one: a crash and a 429 lack most of them', async (t) => {
  const { ask, tokenOf, setDatabase, clock } = quietBackend(4);
  const token = await tokenOf('pro');
  const json = { server: 'uvicorn', 'content-type': 'application/json' };
  const secure = {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-xss-protection': '1; mode=block',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'permissions-policy': 'geolocation=(), microphone=(), camera=()',
  };
  const rate = (remaining: number) => ({
    'x-ratelimit-limit': '4',
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(clock.nowSeconds() + 3600),
  });
  const rest = (headers: object) => {
    const {
      'content-security-policy': policy,
      'x-request-id': id,
      ...others
    } = { ...headers } as Record<string, string>;
    return [others, [/^default-src 'self'; /.test(policy ?? ''), /^[0-9a-f]{16}$/.test(id ?? '')]];
  };
  const headersOf = async (path: string, method = 'GET') => rest((await ask(method, path, '', token)).headers);
  const dressed = [true, true];
  t.same(await headersOf('/health'), [{ ...json, ...secure }, dressed], 'no rate limit');
  t.same(await headersOf('/health', 'HEAD'), [{ ...json, ...secure, allow: 'GET' }, dressed]);
  t.same(await headersOf('/nothing'), [{ ...json, ...secure, ...rate(3) }, dressed]);
  t.same(await headersOf('/agents'), [{ ...json, ...secure, ...rate(2) }, dressed]);
  setDatabase(false);
  const text = 'text/plain; charset=utf-8';
  t.same(await headersOf('/agents'), [{ server: 'uvicorn', 'content-type': text }, [false, false]], 'a crash');
  t.same(await headersOf('/nothing'), [{ ...json, ...secure, ...rate(0) }, dressed], 'but the crash has counted');
  t.same(await headersOf('/nothing'), [{ ...json, ...rate(0), 'retry-after': '3600' }, [false, false]]);
  t.same(rest((await ask('GET', '/agents')).headers)[1], [false, false], 'a client without a token has its own budget');
});

t.test('says what it is, which methods a path has, and where a path without a slash is', async (t) => {
  const { ask, tokenOf } = quietBackend();
  const said = async (method: string, path: string) => {
    const { status, headers, text } = await ask(method, path);
    return [status, text === '' ? '' : JSON.parse(text), headers['allow'] ?? headers['location']];
  };
  const about = { name: 'AI-CRM Web API', version: '1.0.0', description: 'Simulated task management API' };
  t.same(await said('GET', '/'), [200, about, undefined]);
  const missing = [404, { detail: 'Not Found' }, undefined];
  const notAllowed = { detail: 'Method Not Allowed' };
  t.same(await said('DELETE', '/tasks'), [405, notAllowed, 'GET']);
  t.same(await said('GET', '/auth/login'), [405, notAllowed, 'POST']);
  t.same(await said('GET', '/tasks/'), [307, '', 'http:///tasks']);
  t.same(await said('POST', '/tasks/'), missing);
  for (const path of ['/nothing/', '/task', '/asks', '//tasks', '/x/tasks'])
    t.same(await said('GET', path), missing, path);
  const { status, text } = await ask('POST', '/auth/refresh', '', await tokenOf('pro'));
  t.same([status, text], [500, 'Internal Server Error'], 'a token cannot be refreshed, as recorded');
});

t.test('the rate limit counts what it allowed in the last hour, for each client', async (t) => {
  const clock = new ManualClock(1_800_000_000.5);
  const limit = new SimulatedRateLimit(clock, 2);
  const take = (client: string) => {
    const { isAllowed, remaining } = limit.take(client);
    return [isAllowed, remaining];
  };
  t.same(limit.take('a'), {
    isAllowed: true,
    limit: 2,
    remaining: 1,
    resetSeconds: 1_800_003_600,
    retryAfterSeconds: 3600,
  });
  clock.advance(3599);
  t.same(take('a'), [true, 0]);
  t.same(take('a'), [false, 0]);
  t.same(take('b'), [true, 1]);
  clock.advance(1);
  t.same(take('a'), [true, 0], 'the first is an hour old');
  t.same(take('a'), [false, 0]);
  clock.advance(3599);
  t.same(take('a'), [true, 0], 'refused requests did not count');
});
