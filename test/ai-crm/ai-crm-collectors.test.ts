import { readFile, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { type AiCrmOptions, startAiCrm } from '../../simulator/ai-crm.js';
import { demoLogins } from '../../simulator/population.js';
import { DataFailure, NotAsked, Paced } from '../../src/access/data-access.js';
import { NotLoggedIn } from '../../src/access/session.js';
import { AiCrmMemory } from '../../src/ai-crm/operation.js';
import type { Config } from '../../src/config/config.js';
import { type Changes, collectorsOf } from '../support/ai-crm-collectors.js';
import { config, httpSettings } from '../support/config.js';
import { type Credentials, type LoggedInAccess, loggedInAccess } from '../support/logged-in-access.js';
import { ManualClock } from '../support/manual-clock.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';

const golden = 'test/fixtures/golden/real-ai-crm.txt';

/** The simulated real AI-CRM, and its collectors with this account. */
async function realAiCrm(
  t: Test,
  who: Credentials | undefined = demoLogins.admin,
  changes: Changes = {},
  options: AiCrmOptions = {},
) {
  const clock = new ManualClock();
  const aiCrm = await startAiCrm({ hasDocumentedEndpoints: false, clock, ...options });
  t.teardown(() => aiCrm.stop());
  const url = aiCrm.urls.backend;
  const data = loggedInAccess(url, who);
  return { aiCrm, clock, url, data, ...collectorsOf(url, data, clock, changes) };
}

/** A server with these answers by `METHOD /path`. */
async function answering(t: Test, answers: Readonly<Record<string, string | Buffer>>) {
  const login = httpAnswer('{"access_token":"abc","user":{"role":"admin","subscription_tier":"enterprise"}}');
  const all: typeof answers = { 'POST /auth/login': login, ...answers };
  const server = await rawServer((socket, request) =>
    socket.end(all[request.split(' HTTP/')[0] ?? ''] ?? httpAnswer('{"detail":"Not Found"}', { code: 404 })),
  );
  t.teardown(() => server.stop());
  return `http://127.0.0.1:${server.port}`;
}

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

t.test('a scrape of the real AI-CRM matches the golden file', async (t) => {
  const { run, text, sources, measures, clock } = await realAiCrm(t);
  await run();
  clock.advance(600);
  await run();
  const measured =
    /^(aicrm_(?:operation_duration|agent_last_response|agent_response|pm_gateway_last_analysis|pm_gateway_analysis|database_response|source_duration)_seconds(?:_sum|_bucket\{le="\d[^"]*"\}|\{(?:source|operation)="\w+"\})?) \S+$/gm;
  const scrape = text().replace(measured, '$1 <measured>');
  if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(golden, scrape);
  t.equal(
    scrape,
    await readFile(golden, 'utf8'),
    `run with UPDATE_GOLDEN=1 to renew ${golden}, and read the difference`,
  );
  for (const [name, { up, notices, isOff }] of sources) t.same([up, notices, isOff], [true, [], undefined], name);
  t.same(
    [...measures].map(([name, { level }]) => [name, level]),
    [
      ['task board', 'healthy'],
      ['agent list', 'healthy'],
      ['agent response', 'healthy'],
      ['PM analysis', 'healthy'],
      ['database', 'healthy'],
    ],
  );
  t.match(measures.get('PM analysis')?.message, /^analysed in [\d.]+ s; warning above 5 s, critical above 12.5 s$/);
});

t.test('tasks: counters match the events on the board', async (t) => {
  const { aiCrm, run, samples, clock } = await realAiCrm(t);
  const { board } = aiCrm.world;
  await run('tasks');
  t.equal(samples().get('aicrm_tasks_created_total'), 0, 'the first answer counts nothing');
  const before = { created: board.createdTotal, completed: board.completedTotal };
  for (let polls = 0; polls < 10; polls++) {
    clock.advance(120);
    await run('tasks');
  }
  const now = samples();
  t.equal(now.get('aicrm_tasks_created_total'), board.createdTotal - before.created);
  // A task that is sent back and done again counts once.
  t.ok((now.get('aicrm_tasks_completed_total') ?? 0) > 10);
  t.ok((now.get('aicrm_tasks_completed_total') ?? 0) <= board.completedTotal - before.completed);
  for (const column of ['To Do', 'In Progress', 'Done', 'Archived'] as const)
    t.equal(now.get(`aicrm_tasks{column="${column}"}`), board.count(column), column);
  const own = [...board.tasks.values()].filter(({ column }) => column !== 'Unknown');
  t.equal(
    now.get('aicrm_task_completion_ratio'),
    own.filter(({ column }) => column === 'Done').length / own.length,
    'including archived ones',
  );
});

t.test('agents: every agent has its series, and their sums match the board', async (t) => {
  const { aiCrm, run, samples } = await realAiCrm(t);
  await run('agents');
  const now = samples();
  const of = (family: string) => [...now].filter(([series]) => series.startsWith(family));
  t.equal(now.get('aicrm_agents'), 62);
  t.equal(of('aicrm_agent_tasks').length, 2 * 62, 'idle agents have a 0');
  const tasks = [...aiCrm.world.board.tasks.values()].filter(({ owner }) => owner !== null);
  const states = (state: string) =>
    sum(
      of('aicrm_agent_tasks')
        .filter(([series]) => series.includes(`state="${state}"`))
        .map(([, value]) => value),
    );
  t.equal(states('done'), tasks.filter(({ column }) => column === 'Done').length);
  t.equal(
    states('open'),
    tasks.filter(({ column, isArchived }) => !isArchived && (column === 'To Do' || column === 'In Progress')).length,
  );
  t.equal(of('aicrm_agent_utilization_ratio').length, 62);
  t.ok(
    Math.abs(sum(of('aicrm_agent_utilization_ratio').map(([, value]) => value)) - 1) < 1e-9,
    'the ratios add up to 1',
  );
  const busy = new Set(tasks.map(({ owner }) => owner?.name));
  t.equal(of('aicrm_agent_success_ratio').length, busy.size, 'no ratio for an agent without tasks');
});

t.test('both collectors that need the tasks share one request per interval', async (t) => {
  const { run, data, clock } = await realAiCrm(t, demoLogins.free);
  const asked = () => data.asked.splice(0).filter((question) => question.startsWith('GET /tasks'));
  await run('tasks', 'agents');
  t.same(asked(), ['GET /tasks', 'GET /tasks?archived=true']);
  clock.advance(60);
  await run('agents');
  t.same(asked(), [], 'half an interval later');
  clock.advance(60);
  await run('tasks');
  t.same(asked(), ['GET /tasks', 'GET /tasks?archived=true'], 'a collector does not use its own answer again');
  const alone = await realAiCrm(t, demoLogins.free, { aiCrm: { collect: ['agents'] } });
  await alone.run();
  t.same(alone.data.asked, ['GET /agents', 'GET /tasks', 'GET /tasks?archived=true', 'POST /agents/suggest']);
  const both = await realAiCrm(t, demoLogins.free);
  await Promise.all([both.run('tasks'), both.run('agents')]);
  t.equal(both.data.asked.filter((question) => question === 'GET /tasks').length, 1, 'at the same time');
});

t.test('counters survive a reload and a failure', async (t) => {
  const memory = new AiCrmMemory();
  const first = await realAiCrm(t, demoLogins.free, { memory });
  await first.run('tasks');
  first.clock.advance(600);
  await first.run('tasks');
  const created = first.samples().get('aicrm_tasks_created_total') ?? 0;
  t.ok(created > 0);
  const second = collectorsOf(first.url, first.data, first.clock, { memory });
  await first.aiCrm.faults.set('backend', { kind: '500' });
  await second.run('tasks');
  t.equal(second.samples().get('aicrm_tasks_created_total'), created);
  t.notOk(
    [...second.samples().keys()].some((series) => series.startsWith('aicrm_tasks{')),
    'columns are not known now',
  );
  t.equal(second.samples().get('aicrm_source_up{source="ai_crm_tasks"}'), 0);
  t.equal(memory.of('http://elsewhere').tasks.totals(), undefined, 'another AI-CRM has its own memory');
});

t.test('ratios match those of AI-CRM, with archived tasks and with other boards', async (t) => {
  const { aiCrm, run, samples, clock, url, data } = await realAiCrm(t);
  const { board } = aiCrm.world;
  const [first, second] = aiCrm.world.agents;
  if (first === undefined || second === undefined) throw new Error('no agents');
  board.tasks.clear();
  for (const [owner, column, isArchived] of [
    [first, 'Done', true],
    [first, 'Done', false],
    [first, 'To Do', false],
    [second, 'In Progress', true],
    [second, 'Done', true],
    [null, 'Done', true],
  ] as const) {
    Object.assign(board.create(clock.nowSeconds(), 1), { owner, column, isArchived });
  }
  for (let made = 0; made < 300; made++) board.addForeign(clock.nowSeconds());
  await run('tasks', 'agents');
  const now = samples();
  const own = async (path: string) =>
    JSON.parse(
      (
        await data.client.ask(
          { source: 'test', url: `${url}${path}`, http: httpSettings({}), timeoutSeconds: 5, usesLogin: true },
          new AbortController().signal,
        )
      ).body.toString(),
    ) as Record<string, never>;
  const { completionRate } = await own('/analytics/task-completion');
  t.equal(now.get('aicrm_task_completion_ratio')?.toFixed(9), (Number(completionRate) / 100).toFixed(9));
  for (const [name, { successRate }] of Object.entries<{ successRate: number }>(
    await own('/analytics/agent-performance'),
  )) {
    t.equal(now.get(`aicrm_agent_success_ratio{agent="${name}"}`)?.toFixed(9), (successRate / 100).toFixed(9), name);
  }
  t.equal(now.get(`aicrm_agent_success_ratio{agent="${first.name}"}`), 2 / 3);
  t.equal(now.get(`aicrm_agent_tasks{agent="${second.name}",state="open"}`), 0, 'archived tasks are not in work');
  t.same(
    ['To Do', 'In Progress', 'Done', 'Archived'].map((column) => now.get(`aicrm_tasks{column="${column}"}`)),
    [1, 0, 1, 4],
  );
  t.equal(now.get('aicrm_tasks_of_other_boards'), 300);
  t.notOk([...now.keys()].some((series) => series.includes('Unknown')));
  // Archiving does not change ratios.
  for (const task of board.tasks.values()) if (task.column === 'Done') task.isArchived = true;
  clock.advance(1);
  const later = collectorsOf(url, data, clock);
  await later.run('tasks', 'agents');
  for (const ratio of ['aicrm_task_completion_ratio', `aicrm_agent_success_ratio{agent="${first.name}"}`])
    t.equal(later.samples().get(ratio), now.get(ratio));
});

t.test('a list that is cut off is reported, and possibly old tasks are not counted', async (t) => {
  const { aiCrm, run, samples, sources, clock } = await realAiCrm(t);
  const { board } = aiCrm.world;
  const archive = (count: number) =>
    [...board.tasks.values()]
      .slice(0, count)
      .forEach((task) => Object.assign(task, { column: 'Done', isArchived: true }));
  const counters = () =>
    ['aicrm_tasks_created_total', 'aicrm_tasks_completed_total'].map((name) => samples().get(name));
  await run('tasks');
  t.same(counters(), [0, 0]);
  for (let made = board.tasks.size; made < 9000; made++) board.create(clock.nowSeconds(), 1);
  archive(100);
  clock.advance(120);
  await run('tasks', 'agents');
  const notice =
    'AI-CRM sends at most 1000 tasks and has that number or more, so created and completed tasks cannot be counted; other numbers include only the tasks that it sends';
  for (const name of ['tasks', 'agents']) {
    t.equal(
      samples().get(`aicrm_source_truncated{source="ai_crm_${name}"}`),
      1,
      'neither of the lists has a thousand rows',
    );
    t.same(sources.get(name)?.notices, [notice]);
  }
  t.match(sources.get('tasks')?.withheld, /^AI-CRM sends at most 1000 tasks/);
  t.same(counters(), [undefined, undefined], 'absent, because it is unknown');
  // A hundred tasks are deleted, so that a hundred old ones appear in the list.
  const oldest = [...board.tasks.keys()].slice(0, 100);
  for (const id of oldest) board.tasks.delete(id);
  clock.advance(120);
  await run('tasks');
  t.same(counters(), [undefined, undefined]);
  // Most tasks are deleted, so that all others appear in the list.
  for (const id of [...board.tasks.keys()].slice(0, 8200)) board.tasks.delete(id);
  clock.advance(120);
  await run('tasks');
  t.equal(samples().get('aicrm_source_truncated{source="ai_crm_tasks"}'), 0);
  t.same(counters(), [0, 0], 'tasks that appeared in the list are older');
  const before = board.createdTotal;
  clock.advance(120);
  await run('tasks');
  t.equal(counters()[0], board.createdTotal - before, 'and counting continues');
});

t.test('each operation of users has a level, a time and its own failures', async (t) => {
  const { thresholds } = config();
  const changes: Changes = {
    memory: new AiCrmMemory(),
    config: { thresholds: { ...thresholds, responseTimeSeconds: { warning: 1e-6, critical: 60 } } },
  };
  const { aiCrm, run, samples, measures, clock, url, data } = await realAiCrm(t, demoLogins.admin, changes);
  const operations = ['task_board', 'agent_list', 'agent_suggestion', 'pm_analysis'];
  await run();
  for (const operation of operations) {
    t.equal(samples().get(`aicrm_operation_up{operation="${operation}"}`), 1);
    t.ok((samples().get(`aicrm_operation_duration_seconds{operation="${operation}"}`) ?? 0) > 0);
  }
  t.match(measures.get('task board'), {
    level: 'warning',
    message: /^loaded in [\d.]+ s; warning above 0.000001 s, critical above 60 s$/,
  });
  t.match(measures.get('agent list'), { level: 'warning', message: /^62 agents listed in / });
  await aiCrm.faults.set('backend', { kind: '500' });
  clock.advance(300);
  await run();
  for (const operation of operations) {
    t.equal(samples().get(`aicrm_operation_up{operation="${operation}"}`), 0);
    t.equal(samples().get(`aicrm_operation_status_code{operation="${operation}"}`), 500);
    t.notOk(samples().has(`aicrm_operation_duration_seconds{operation="${operation}"}`));
  }
  const failing = {
    'task board': 'The task board cannot be loaded',
    'agent list': 'The list of agents cannot be loaded',
    'agent response': 'No agent can be suggested for a task',
    'PM analysis': 'The PM gateway cannot analyse a task',
  };
  for (const [name, words] of Object.entries(failing))
    t.match(measures.get(name), { level: 'critical', message: new RegExp(`^${words}: HTTP 500: `) });
  // It is not asked again for a while, also after a reload, and counts as failing.
  const resting: LoggedInAccess = {
    ...data,
    client: { ask: () => Promise.reject(new NotAsked('status', 'asked again at 11:42 UTC', { statusCode: 500 })) },
  };
  const reloaded = collectorsOf(url, resting, clock, changes);
  await reloaded.run('tasks');
  t.equal(reloaded.samples().get('aicrm_operation_up{operation="task_board"}'), 0);
  t.equal(reloaded.measures.get('task board')?.level, 'critical');
  await aiCrm.faults.lift('backend');
  clock.advance(300);
  await run();
  t.equal(samples().get('aicrm_operation_up{operation="task_board"}'), 1);
  t.notOk(samples().has('aicrm_operation_status_code{operation="task_board"}'));
  t.equal(measures.get('task board')?.level, 'warning');
  for (const kind of ['html', 'refuse'] as const) {
    await aiCrm.faults.set('backend', { kind });
    clock.advance(300);
    await run('tasks');
    t.notOk(samples().has('aicrm_operation_up{operation="task_board"}'), `${kind}: not known`);
    t.equal(measures.get('task board')?.level, 'unknown');
  }
});

t.test(
  'while tasks are not asked for because that takes long, the last ones stay valid, also for the agents',
  async (t) => {
    const { url, data, clock } = await realAiCrm(t);
    let isPaced = false;
    const ask: LoggedInAccess['client']['ask'] = (request, signal) =>
      isPaced && new URL(request.url).pathname === '/tasks'
        ? Promise.reject(new Paced('not asked, since it takes long', 1e9))
        : data.client.ask(request, signal);
    const { run, samples, sources } = collectorsOf(url, { ...data, client: { ask } }, clock);
    await run('tasks', 'agents');
    const ofTasks = () =>
      [...samples()].filter(([series]) => /^aicrm_(?:agent_(?:tasks|success|utilization)|tasks?_)/.test(series));
    const before = ofTasks();
    t.ok(before.length > 100);
    isPaced = true;
    for (const source of ['tasks', 'agents']) {
      clock.advance(120);
      await run('tasks', 'agents');
      t.same(ofTasks(), before);
      t.match(sources.get(source), { up: true, notices: ['not asked, since it takes long'] });
    }
    const late = collectorsOf(url, { ...data, client: { ask } }, clock);
    await late.run('tasks');
    t.match(late.sources.get('tasks'), { up: false, reason: 'timeout', message: 'not asked, since it takes long' });
  },
);

t.test(
  'a task board that hangs counts as not loaded until it is asked again; an agent list that only waited for it is UNKNOWN',
  async (t) => {
    const memory = new AiCrmMemory();
    const { aiCrm, url, data, clock } = await realAiCrm(t);
    await data.account(new AbortController().signal);
    await aiCrm.faults.set('backend', { kind: 'hang' });
    const hasty = collectorsOf(url, data, clock, {
      memory,
      config: { thresholds: { ...config().thresholds, responseTimeSeconds: { warning: 0.01, critical: 0.1 } } },
      aiCrm: { timeoutSeconds: 0.2 },
    });
    await hasty.run('tasks', 'agents');
    for (const operation of ['task_board', 'agent_list'])
      t.equal(hasty.samples().get(`aicrm_operation_up{operation="${operation}"}`), 0);
    t.match(hasty.measures.get('task board'), {
      level: 'critical',
      message: /^The task board cannot be loaded: no answer/,
    });
    const resting: LoggedInAccess = {
      ...data,
      client: { ask: () => Promise.reject(new NotAsked('timeout', 'asked again at 11:42 UTC')) },
    };
    clock.advance(120);
    const later = collectorsOf(url, resting, clock, { memory });
    await later.run('tasks', 'agents');
    t.equal(later.samples().get('aicrm_operation_up{operation="task_board"}'), 0);
    t.notOk(later.samples().has('aicrm_operation_up{operation="agent_list"}'));
    t.equal(later.measures.get('agent list')?.level, 'unknown');
  },
);

t.test('accounts are counted by state, tier and role', async (t) => {
  const { aiCrm, run, samples } = await realAiCrm(t);
  const { accounts } = aiCrm.world.population;
  await run('users');
  const now = samples();
  t.equal(now.get('aicrm_users{state="total"}'), accounts.length);
  t.equal(now.get('aicrm_users{state="active"}'), accounts.filter(({ isEnabled }) => isEnabled).length);
  t.equal(now.get('aicrm_users{state="verified"}'), accounts.filter(({ isVerified }) => isVerified).length);
  t.ok(now.has('aicrm_users{state="recent"}'));
  t.equal(now.get('aicrm_users_by_tier{tier="pro"}'), accounts.filter(({ tier }) => tier === 'pro').length);
  t.equal(now.get('aicrm_users_by_role{role="admin"}'), accounts.filter(({ role }) => role === 'admin').length);
});

t.test(
  'by default everything that the account may read is collected, and the rest is listed with the reason',
  async (t) => {
    const free = await realAiCrm(t, demoLogins.free);
    await free.run();
    t.match(free.sources.get('users'), {
      up: true,
      isOff: true,
      message: 'not collected: needs role admin, the account has role user',
    });
    t.match(free.sources.get('pm_gateway'), {
      up: true,
      isOff: true,
      message: 'not collected: needs tier pro, the account has tier free',
    });
    t.notOk(free.measures.has('PM analysis'));
    t.notOk(
      [...free.samples().keys()].some((series) => /ai_crm_users|ai_crm_pm_gateway|aicrm_users|aicrm_pm/.test(series)),
      'absent, not 0',
    );
    t.notOk(
      free.data.asked.some((question) => /users|analyze/.test(question)),
      'and not asked for',
    );
    const pro = await realAiCrm(t, demoLogins.pro);
    await pro.run('users', 'pm_gateway');
    t.match(pro.sources.get('users'), {
      isOff: true,
      message: 'not collected: needs role admin, the account has role manager',
    });
    t.equal(pro.samples().get('aicrm_pm_gateway_analyses_total{result="success"}'), 1);
  },
);

t.test('a source that is named in the configuration but may not be read is a failure', async (t) => {
  const { run, samples, sources, data } = await realAiCrm(t, demoLogins.free, { aiCrm: { collect: ['users'] } });
  await run();
  t.equal(samples().get('aicrm_source_up{source="ai_crm_users"}'), 0);
  t.equal(samples().get('aicrm_source_failures_total{source="ai_crm_users",reason="auth"}'), 1);
  t.equal(sources.get('users')?.isShared, undefined, 'it has its own failure');
  t.equal(
    sources.get('users')?.message,
    'needs role admin, the account has role user; remove users from ai_crm.collect, or use another account',
  );
  t.same(data.asked, []);
});

t.test('a 403 is reported as missing permission, and the next attempt comes an hour later', async (t) => {
  const url = await answering(t, {
    'GET /users/admin/stats': httpAnswer('{"detail":"Insufficient permissions"}', { code: 403 }),
  });
  const data = loggedInAccess(url, demoLogins.admin);
  const clock = new ManualClock();
  const { run, samples, sources } = collectorsOf(url, data, clock);
  const failures = 'aicrm_source_failures_total{source="ai_crm_users",reason="auth"}';
  for (let runs = 0; runs < 12; runs++) {
    await run('users');
    t.match(sources.get('users'), {
      up: false,
      reason: 'auth',
      message: '403: refused; next attempt in an hour',
    });
    t.equal(samples().get('aicrm_source_up{source="ai_crm_users"}'), 0);
    clock.advance(299);
  }
  t.equal(data.asked.length, 1);
  t.equal(samples().get(failures), 1, 'no request was sent meanwhile');
  clock.advance(300);
  await run('users');
  t.equal(data.asked.length, 2);
  t.equal(samples().get(failures), 2);
});

t.test(
  'the database: a crash means that AI-CRM cannot reach it, for any other failure the state is unknown',
  async (t) => {
    const { aiCrm, run, samples, measures } = await realAiCrm(t);
    await run('database');
    t.equal(samples().get('aicrm_database_up'), 1);
    t.ok(samples().has('aicrm_database_response_seconds'));
    await aiCrm.faults.setScenario('database-down');
    await run('database');
    t.notOk(samples().has('aicrm_database_up'), 'one error may be an accident');
    t.match(measures.get('database'), {
      level: 'warning',
      message: 'AI-CRM may have lost its database; the next query will show it (500: AI-CRM crashed on GET /auth/me)',
    });
    await run('database');
    t.equal(samples().get('aicrm_database_up'), 0);
    t.notOk(samples().has('aicrm_database_response_seconds'));
    t.match(measures.get('database'), {
      level: 'critical',
      message: 'AI-CRM cannot reach its database (500: AI-CRM crashed on GET /auth/me)',
    });
    await aiCrm.faults.liftScenario('database-down');
    const blind = { wrong: 'html', gone: 'refuse' } as const;
    for (const [name, kind] of Object.entries(blind)) {
      await aiCrm.faults.set('backend', { kind });
      await run('database');
      t.notOk(samples().has('aicrm_database_up'), name);
      t.equal(measures.get('database')?.level, 'unknown', name);
      await aiCrm.faults.lift('backend');
    }
    const anonymous = await realAiCrm(t, { username: 'nobody', password: 'wrong' });
    await anonymous.run('database');
    t.match(anonymous.sources.get('database'), { up: false, reason: 'auth' });
    t.equal(anonymous.measures.get('database')?.level, 'unknown');
  },
);

t.test(
  'the database: it takes two answers with errors; the second request comes soon, and a repeated old failure does not count',
  async (t) => {
    const silent = loggedInAccess('http://x');
    let next: DataFailure | undefined;
    const ask = async () => {
      if (next !== undefined) throw next;
      return { statusCode: 200, headers: [], body: Buffer.from('{"username":"a"}'), durationSeconds: 0.01 };
    };
    const access: LoggedInAccess = {
      ...silent,
      client: { ask },
      account: async () => ({ role: 'admin', tier: 'pro' }),
    };
    const crash = new DataFailure('status', '500', { statusCode: 500 });
    const rest = new NotAsked('status', '500; next query at 11:42 UTC', { statusCode: 500, notBeforeSeconds: 60 });
    const login = (notBeforeSeconds: number) =>
      new NotLoggedIn('status', 'not logged in', { statusCode: 500, notBeforeSeconds });
    const gone = new DataFailure('connect', 'refused');
    const proxy = (statusCode: number) => new DataFailure('status', 'a proxy cannot reach AI-CRM', { statusCode });
    const sequences: readonly [
      what: string,
      failures: readonly (DataFailure | undefined)[],
      levels: string,
      up: string,
      again: string,
    ][] = [
      ['two answers', [crash, crash, undefined, crash], 'warning critical healthy warning', '- 0 1 -', '5 - - 5'],
      [
        'a slow one, after which its source rests',
        [crash, rest, rest, crash, rest],
        'warning warning warning critical critical',
        '- - - 0 0',
        '5 - - - -',
      ],
      [
        'a login, told again until it is tried again',
        [login(60), login(60), login(180), login(180)],
        'warning warning critical critical',
        '- - 0 0',
        '5 - - -',
      ],
      ['a dead connection between them', [crash, gone, crash], 'warning unknown critical', '- - 0', '5 - -'],
      [
        'a proxy that does not reach AI-CRM, which says nothing of the database',
        [proxy(502), proxy(503), proxy(504)],
        'unknown unknown unknown',
        '- - -',
        '- - -',
      ],
      ['nothing but rests', [rest, rest], 'unknown unknown', '- -', '- -'],
    ];
    for (const [what, failures, levels, up, again] of sequences) {
      const { collectors } = collectorsOf('http://x', access, new ManualClock(), {});
      const database = collectors.find(({ name }) => name === 'ai_crm:database');
      const found: [level: string, up: string, again: string][] = [];
      for (const failure of failures) {
        next = failure;
        const {
          readings = [],
          samples,
          againInSeconds,
        } = (await database?.collect(new AbortController().signal)) ?? { samples: [] };
        const measured = readings.find(({ subject }) => subject === 'measure');
        found.push([
          measured?.subject === 'measure' ? measured.level : '',
          `${samples.find(({ series }) => series.definition.name === 'aicrm_database_up')?.value ?? '-'}`,
          `${againInSeconds ?? '-'}`,
        ]);
      }
      t.same(
        [0, 1, 2].map((column) => found.map((row) => row[column]).join(' ')),
        [levels, up, again],
        what,
      );
    }
  },
);

t.test(
  'slow answers have the level of their thresholds; after a timeout the deadline counts as the shortest possible time',
  async (t) => {
    const { thresholds } = config();
    const strict = {
      config: {
        thresholds: {
          ...thresholds,
          agentResponseTimeSeconds: { warning: 1e-6, critical: 60 },
          taskProcessingTimeSeconds: { warning: 1e-7, critical: 1e-6 },
        },
      },
    };
    const { aiCrm, run, samples, measures, url, data, clock } = await realAiCrm(t, demoLogins.admin, strict);
    await run('agent_response', 'pm_gateway');
    t.equal(measures.get('agent response')?.level, 'warning');
    t.equal(measures.get('PM analysis')?.level, 'critical');
    t.equal(samples().get('aicrm_pm_gateway_analyses_total{result="success"}'), 1);
    await aiCrm.faults.set('backend', { kind: 'hang' });
    const hasty = collectorsOf(url, data, clock, { ...strict, aiCrm: { timeoutSeconds: 0.2 } });
    await hasty.run('agent_response', 'pm_gateway');
    t.equal(hasty.measures.get('agent response')?.level, 'warning', 'slower than 0.2 s, by an unknown time');
    t.equal(hasty.measures.get('PM analysis')?.level, 'critical');
    t.equal(hasty.sources.get('pm_gateway')?.reason, 'timeout');
    t.equal(hasty.samples().get('aicrm_pm_gateway_analyses_total{result="failure"}'), 1);
    t.notOk(hasty.samples().has('aicrm_pm_gateway_analysis_seconds_count'), 'only known times are observed');
    t.notOk(hasty.samples().has('aicrm_pm_gateway_last_analysis_seconds'));
    const patient = collectorsOf(url, data, clock, { aiCrm: { timeoutSeconds: 0.2 } });
    await patient.run('agent_response');
    t.equal(patient.measures.get('agent response')?.level, 'unknown', '0.2 s are well below the threshold');
  },
);

t.test('a check that was not sent is UNKNOWN and does not count as an attempt', async (t) => {
  const silent = loggedInAccess('http://x');
  const failing = (failure: NotAsked): LoggedInAccess => ({
    ...silent,
    client: { ask: () => Promise.reject(failure) },
    account: async () => ({ role: 'admin', tier: 'pro' }),
  });
  for (const failure of [
    new NotAsked('timeout', 'its turn did not come'),
    new NotAsked('auth', 'not logged in', { statusCode: 403 }),
    new NotAsked('status', 'not logged in', { statusCode: 500 }),
  ]) {
    const clock = new ManualClock();
    const { run, samples, measures } = collectorsOf('http://x', failing(failure), clock, {});
    await run();
    t.same(
      [measures.get('agent response')?.level, measures.get('PM analysis')?.level],
      ['unknown', 'unknown'],
      failure.message,
    );
    t.equal(samples().get('aicrm_pm_gateway_analyses_total{result="failure"}'), 0);
    t.equal(measures.get('database')?.level, 'unknown');
    clock.advance(300);
    await run('users');
    t.equal(
      samples().get(`aicrm_source_failures_total{source="ai_crm_users",reason="${failure.reason}"}`),
      2,
      'and is tried again at the next interval',
    );
  }
});

t.test('the first collector finds out the interface of AI-CRM, and no other asks again', async (t) => {
  const memory = new AiCrmMemory();
  const { run, data, samples, log, url, clock, collectors } = await realAiCrm(t, demoLogins.admin, {
    memory,
    aiCrm: { api: 'auto' },
  });
  await Promise.all(collectors.map((collector) => collector.collect(new AbortController().signal)));
  await run();
  t.equal(data.asked.filter((question) => question === 'GET /agents/metrics').length, 1);
  t.equal(samples().get('aicrm_agents'), 62);
  t.same(
    log.lines.map(({ message, fields }) => [message, fields['api']]),
    [['detected the interface of AI-CRM', 'real']],
  );
  data.asked.length = 0;
  await collectorsOf(url, data, clock, { memory, aiCrm: { api: 'auto' } }).run();
  t.notOk(data.asked.includes('GET /agents/metrics'), 'a reload does not ask again');
});

t.test('the real interface is believed for ten minutes, the documented one for ever', async (t) => {
  let isThere = false;
  const server = await rawServer((socket) =>
    socket.end(isThere ? httpAnswer('{"total_agents": 3}') : httpAnswer('not here', { code: 404 })),
  );
  t.teardown(() => server.stop());
  const url = `http://127.0.0.1:${server.port}`;
  const clock = new ManualClock();
  const { run, log, sources } = collectorsOf(url, loggedInAccess(url), clock, {
    aiCrm: { api: 'auto' },
    isAnonymous: true,
  });
  await run();
  isThere = true;
  clock.advance(599);
  await run();
  t.notOk(sources.has('agents_metrics'), 'not asked again so soon');
  clock.advance(2);
  await run();
  t.ok(sources.has('agents_metrics'), 'the earlier answer came from a proxy that did not know AI-CRM');
  isThere = false;
  clock.advance(3600);
  await run();
  t.same(
    log.lines.map(({ fields }) => fields['api']),
    ['real', 'documented'],
  );
});

t.test('an answer that does not tell the interface leaves it as it was, and the log has one line', async (t) => {
  let code = 404;
  const server = await rawServer((socket) => socket.end(httpAnswer('not here', { code })));
  t.teardown(() => server.stop());
  const url = `http://127.0.0.1:${server.port}`;
  const clock = new ManualClock();
  const data = loggedInAccess(url);
  const { run, log, sources } = collectorsOf(url, data, clock, { aiCrm: { api: 'auto' }, isAnonymous: true });
  for (const next of [404, 500, 404]) {
    code = next;
    await run('tasks');
    t.match(sources.get('tasks'), { isOff: true, message: /^not collected: needs a login/ }, `after a ${next}`);
    clock.advance(601);
  }
  t.equal(data.asked.length, 3);
  t.equal(log.lines.length, 1);
});

t.test('only the interface that AI-CRM has is reported', async (t) => {
  const changes: Changes = { aiCrm: { api: 'auto' } };
  const documented = await realAiCrm(t, demoLogins.admin, changes, { hasDocumentedEndpoints: true });
  await documented.run();
  t.same([...documented.sources.keys()], ['metrics', 'agents_metrics', 'business_metrics']);
  t.same([...new Set(documented.data.asked)], ['GET /agents/metrics', 'GET /metrics', 'GET /business/metrics']);
  t.equal(documented.samples().get('aicrm_agents'), 62);
  const real = await realAiCrm(t, demoLogins.admin, changes);
  await real.run();
  t.notOk(real.sources.has('business_metrics'));
  t.ok(real.sources.has('tasks'));
  const namesWith = (more: Changes) =>
    collectorsOf('http://x', real.data, real.clock, more).collectors.map(({ name }) => name);
  t.same(namesWith({ aiCrm: { api: 'documented' } }), [
    'ai_crm:metrics',
    'ai_crm:agents_metrics',
    'ai_crm:business_metrics',
  ]);
  t.notOk(namesWith({ aiCrm: { api: 'real' } }).includes('ai_crm:business_metrics'));
});

t.test('document fields that are not collected, or that a flag switches off, are not read', async (t) => {
  const off = {
    performance_metrics: { track_throughput: false },
    business_metrics: { track_task_completion: false },
    security_monitoring: { enabled: false },
  };
  const { run, samples, collectors } = await realAiCrm(
    t,
    demoLogins.admin,
    { aiCrm: { api: 'documented', collect: ['tasks', 'users'] }, config: { tracking: off } },
    { hasDocumentedEndpoints: true },
  );
  await run();
  t.same(
    collectors.map(({ name }) => name),
    ['ai_crm:metrics', 'ai_crm:business_metrics'],
  );
  const names = [...samples().keys()];
  for (const absent of [
    'aicrm_http_requests_total',
    'aicrm_http_request_errors_total',
    'aicrm_failed_logins_total',
    'aicrm_tasks_created_total',
    'aicrm_agents',
  ])
    t.notOk(names.includes(absent), absent);
  t.ok(names.includes('aicrm_concurrent_users'));
});

t.test('after an unclear answer the question for the interface is repeated a minute later', async (t) => {
  const { aiCrm, run, data, sources, measures, clock, samples } = await realAiCrm(t, demoLogins.admin, {
    aiCrm: { api: 'auto' },
  });
  await aiCrm.faults.set('backend', { kind: 'html' });
  await run();
  t.same(data.asked, ['GET /agents/metrics'], 'the interface is known for ever');
  t.match(sources.get('tasks'), {
    up: false,
    reason: 'json',
    isShared: true,
    message:
      'the interface of AI-CRM is not detected yet: GET /agents/metrics: expected JSON, the answer is HTML; check ai_crm.url',
  });
  await aiCrm.faults.set('backend', { kind: '500' });
  clock.advance(61);
  await run();
  t.match(sources.get('database'), {
    up: false,
    reason: 'status',
    message: /^the interface of AI-CRM is not detected yet: .*; to skip this detection, set ai_crm\.api$/,
  });
  t.equal(measures.get('database')?.level, 'unknown', 'the database was not asked for');
  await aiCrm.faults.lift('backend');
  clock.advance(61);
  await run();
  t.equal(samples().get('aicrm_source_up{source="ai_crm_tasks"}'), 1);
});

t.test('when a collector is aborted while it asks for the interface, the next one asks', async (t) => {
  const { aiCrm, data, collectors, clock } = await realAiCrm(t, demoLogins.admin, {
    aiCrm: { api: 'auto', collect: ['tasks', 'agents'] },
  });
  await aiCrm.faults.set('backend', { kind: 'slow', seconds: 5 });
  const [tasks, agents] = collectors;
  const stopped = new AbortController();
  const first = tasks?.collect(stopped.signal);
  const second = agents?.collect(new AbortController().signal);
  await clock.timerSet();
  stopped.abort(new Error('the exporter is stopping'));
  await t.rejects(Promise.resolve(first), { message: 'the exporter is stopping' });
  await aiCrm.faults.lift('backend');
  t.match(await second, { readings: [{ up: true }] });
  t.equal(data.asked.filter((question) => question === 'GET /agents/metrics').length, 2);
});

t.test('without a login the real AI-CRM gives no numbers, and this is reported', async (t) => {
  const clock = new ManualClock();
  const url = await answering(t, {});
  const data = loggedInAccess(url);
  const { run, sources } = collectorsOf(url, data, clock, { aiCrm: { api: 'auto' }, isAnonymous: true });
  await run('tasks');
  t.match(sources.get('tasks'), {
    isOff: true,
    message: 'not collected: needs a login, but ai_crm.login is not configured',
  });
  t.same(data.asked, ['GET /agents/metrics']);
});

t.test('flags of the document switch collectors off, but only with the value false', async (t) => {
  const data = loggedInAccess('http://x');
  const names = (tracking: Partial<Config['tracking']>) => {
    const changes = {
      config: { tracking: { performance_metrics: {}, business_metrics: {}, security_monitoring: {}, ...tracking } },
    };
    return collectorsOf('http://x', data, new ManualClock(), changes).collectors.map(({ name }) =>
      name.replace('ai_crm:', ''),
    );
  };
  const all = ['tasks', 'agents', 'agent_response', 'users', 'pm_gateway', 'database'];
  t.same(names({ business_metrics: { track_task_completion: true, enabled: true } }), all);
  t.same(
    names({ business_metrics: { track_agent_utilization: false } }),
    all.filter((name) => name !== 'agents'),
  );
  t.same(names({ performance_metrics: { track_response_times: false }, business_metrics: { enabled: false } }), [
    'database',
  ]);
});
