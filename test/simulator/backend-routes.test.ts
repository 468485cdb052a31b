import t from 'tap';
import { type Account, demoLogins } from '../../simulator/population.js';
import { fill, quietBackend } from './quiet-backend.js';

t.test('AI-CRM takes its first 1,000 tasks, and only then separates the archived ones', async (t) => {
  const { world, tell } = quietBackend();
  fill(
    world,
    Array.from({ length: 9000 }, (_, index) => ({ isArchived: index % 10 === 0 })),
  );
  const rows = async (target: string) => ((await tell('free', 'GET', target)) as readonly unknown[]).length;
  t.same([await rows('/tasks'), await rows('/tasks?archived=true')], [900, 100]);
  t.equal(await rows('/tasks?archived=false'), 900);
});

t.test('a task has its column also when it is archived, and null without an owner', async (t) => {
  const { world, tell } = quietBackend();
  fill(world, [
    { column: 'In Progress', owner: 'rust-developer', title: 'a', description: 'b' },
    { column: 'Done', owner: 'rust-developer', title: 'c', description: 'd', isArchived: true },
    { column: 'Unknown', title: 'e', description: 'f' },
  ]);
  const [first, second, third] = [...world.board.tasks.keys()];
  t.same(await tell('free', 'GET', '/tasks'), [
    {
      id: first,
      title: 'a',
      description: 'b',
      column_name: 'In Progress',
      owner: 'rust-developer',
      archived: false,
    },
    { id: third, title: 'e', description: 'f', column_name: 'Unknown', owner: null, archived: false },
  ]);
  t.same(await tell('free', 'GET', '/tasks?archived=true'), [
    { id: second, title: 'c', description: 'd', column_name: 'Done', owner: 'rust-developer', archived: true },
  ]);
});

t.test('the rates count archived tasks, and leave out those of other boards', async (t) => {
  const { world, tell } = quietBackend();
  fill(world, [
    { column: 'Done', owner: 'rust-developer' },
    { column: 'Done', owner: 'rust-developer', isArchived: true },
    { column: 'In Progress', owner: 'rust-developer' },
    { column: 'To Do' },
    { column: 'Done', owner: 'test-writer' },
    { column: 'In Progress', owner: 'go-developer' },
    { column: 'Unknown' },
  ]);
  t.same(await tell('free', 'GET', '/analytics/task-completion'), {
    totalTasks: 6,
    completedTasks: 3,
    completionRate: 50,
  });
  t.same(await tell('free', 'GET', '/analytics/agent-performance'), {
    'rust-developer': { totalTasks: 3, completedTasks: 2, successRate: (2 / 3) * 100 },
    'test-writer': { totalTasks: 1, completedTasks: 1, successRate: 100 },
    'go-developer': { totalTasks: 1, completedTasks: 0, successRate: 0 },
  });
  const tops = [
    { agent: 'test-writer', successRate: 100 },
    { agent: 'rust-developer', successRate: (2 / 3) * 100 },
    { agent: 'go-developer', successRate: 0 },
  ];
  t.same(await tell('enterprise', 'GET', '/analytics/executive-dashboard'), {
    systemOverview: { totalAgents: 0, activeIntegrations: 2, systemHealth: 95 },
    performanceKPIs: { taskCompletionRate: 50, topPerformingAgents: tops, workflowEfficiency: 87.5 },
  });

  fill(
    world,
    world.agents.map(({ name: owner }) => ({ owner })),
  );
  t.match(await tell('enterprise', 'GET', '/analytics/executive-dashboard'), {
    performanceKPIs: { topPerformingAgents: { length: 5 } },
  });
  fill(world, []);
  t.same(await tell('free', 'GET', '/analytics/task-completion'), {
    totalTasks: 0,
    completedTasks: 0,
    completionRate: 0,
  });
});

t.test('the rates know at most 1,000 tasks of each column', async (t) => {
  const { world, tell } = quietBackend();
  fill(
    world,
    Array.from({ length: 1700 }, (_, index) => ({
      column: index < 1200 ? ('Done' as const) : ('To Do' as const),
      owner: 'rust-developer',
    })),
  );
  const rate = (1000 / 1500) * 100;
  t.same(await tell('free', 'GET', '/analytics/task-completion'), {
    totalTasks: 1500,
    completedTasks: 1000,
    completionRate: rate,
  });
  t.same(await tell('free', 'GET', '/analytics/agent-performance'), {
    'rust-developer': { totalTasks: 1500, completedTasks: 1000, successRate: rate },
  });
});

t.test('agents are suggested by the words of their names, at most five, the best first', async (t) => {
  const { tell } = quietBackend();
  const suggest = (title: string, description: string) =>
    tell('free', 'POST', '/agents/suggest', { title, description });
  t.same(await suggest('Query', 'Let the optimizer and a TESTER look'), [
    {
      agent: 'query-optimizer',
      confidence: 100,
      matched_keywords: ['query', 'optimizer'],
      reasoning: 'Keywords: query, optimizer',
    },
    { agent: 'integration-tester', confidence: 50, matched_keywords: ['tester'], reasoning: 'Keywords: tester' },
  ]);
  t.match(await suggest('A developer', ''), { length: 5 });
  t.same(await suggest('nothing', 'fits'), []);
});

t.test('the PM gateway estimates by the heavy words, and says who does what', async (t) => {
  const { world, tell } = quietBackend();
  const analyse = (title: string, description: string) => tell('pro', 'POST', '/pm/analyze', { title, description });
  const steps = ['requirements', 'design', 'implementation', 'testing', 'deployment'];
  const before = world.analysesTotal;
  t.same(await analyse('Query', 'optimizer, tester'), {
    type: 'direct_assignment',
    task: { title: 'Query', description: 'optimizer, tester' },
    analysis: {
      complexity: 1,
      estimated_hours: 2,
      required_agents: ['query-optimizer', 'integration-tester'],
      dependencies: [],
      risk_factors: [],
      success_criteria: ['Accepted by the customer', 'Tests pass'],
    },
    workflow: {
      task_id: '',
      primary_agent: 'query-optimizer',
      supporting_agents: ['integration-tester'],
      workflow_steps: steps.map((step) => ({ step, agent: 'query-optimizer', duration_hours: 0.4 })),
      estimated_completion: '1 days',
      dependencies: [],
    },
    priority: 'MEDIUM',
    assigned_agent: 'query-optimizer',
    recommendation: 'Give it to query-optimizer, about 2 hours',
  });
  t.equal(world.analysesTotal, before + 1);
  t.match(await analyse('One platform', ''), {
    type: 'direct_assignment',
    priority: 'HIGH',
    analysis: { complexity: 2, estimated_hours: 4, required_agents: [world.agents[0]?.name] },
  });
  const big = await analyse('Query', 'an end-to-end migration with Security');
  t.match(big, {
    type: 'complex_task',
    original_task: { title: 'Query', description: 'an end-to-end migration with Security' },
    analysis: { complexity: 4, estimated_hours: 64, risk_factors: ['Security review needed'] },
    workflow: { estimated_completion: '8 days' },
    priority: 'HIGH',
  });
  t.same(
    (big as { readonly subtasks: unknown }).subtasks,
    steps.map((step, index) => ({
      title: `Query: ${step}`,
      description: `Part ${index + 1} of 5: an end-to-end migration with Security`,
      agent: 'query-optimizer',
      estimated_hours: 12.8,
      depends_on: index === 0 ? null : `Query: ${steps[index - 1]}`,
    })),
  );
});

t.test('people log in with their name or their address, and a refused login is counted', async (t) => {
  const { clock, world, login, tell } = quietBackend();
  const { username, password } = demoLogins.pro;
  const user = {
    id: 2,
    username,
    email: 'petra.pro@crm.example',
    full_name: 'Petra Pro',
    role: 'manager',
    subscription_tier: 'pro',
    is_verified: true,
  };
  t.match(JSON.parse((await login(username, password)).text), { token_type: 'bearer', expires_in: 1800, user });
  t.equal((await login(user.email, password)).status, 200);
  const created = world.board.create(clock.nowSeconds(), 2);
  t.match(await tell('pro', 'GET', '/auth/me'), {
    ...user,
    account_status: 'active',
    last_login: new Date(clock.nowSeconds() * 1000).toISOString().replace('Z', '000'),
    created_at: new Date((clock.nowSeconds() - 200 * 86_400) * 1000).toISOString().replace('Z', '000'),
    monthly_tasks_created: [...world.board.tasks.values()].filter(({ creatorId }) => creatorId === created.creatorId)
      .length,
  });
  const before = world.population.failedLoginsTotal;
  for (const [name, secret] of [
    [username, 'wrong'],
    ['nobody', password],
    ['user5', ''],
  ] as const)
    t.same((await login(name, secret)).status, 401, name);
  t.equal(world.population.failedLoginsTotal, before + 3);
});

t.test('only remember_me: true makes a token last for a day', async (t) => {
  const { ask } = quietBackend();
  const { username, password } = demoLogins.pro;
  for (const [remember, seconds] of [
    [true, 86_400],
    [false, 1800],
    [undefined, 1800],
  ] as const) {
    const body = { username_or_email: username, password, remember_me: remember };
    t.match(JSON.parse((await ask('POST', '/auth/login', body)).text), { expires_in: seconds });
  }
});

t.test(
  'the statistics of accounts count enabled ones as active, and those of the last 30 days as recent',
  async (t) => {
    const { clock, world, tell } = quietBackend();
    const made = (id: number, age: number, more: Partial<Account>): Account => ({
      id,
      username: `user${id}`,
      email: '',
      fullName: '',
      role: 'user',
      tier: 'free',
      isEnabled: true,
      isVerified: true,
      lastLoginSeconds: null,
      createdAtSeconds: clock.nowSeconds() - age,
      ...more,
    });
    const { accounts } = world.population;
    accounts.splice(
      4,
      accounts.length,
      made(5, 30 * 86_400, { isEnabled: false }),
      made(6, 30 * 86_400 + 1, { isVerified: false, tier: 'pro', role: 'manager' }),
      made(7, 0, {}),
    );
    t.same(await tell('admin', 'GET', '/users/admin/stats'), {
      total_users: 7,
      active_users: 6,
      verified_users: 6,
      subscription_breakdown: { free: 3, pro: 2, enterprise: 2 },
      role_breakdown: { user: 4, manager: 2, admin: 1 },
      recent_registrations: 2,
    });
  },
);

t.test('a body that is no JSON object, or lacks a text, is refused with the place of the problem', async (t) => {
  const { ask, tokenOf } = quietBackend();
  const input = { title: 'a' };
  const missing = { type: 'missing', loc: ['body', 'description'], msg: 'Field required', input };
  const dictionary = { type: 'model_attributes_type', loc: ['body'], msg: 'Input should be a valid dictionary' };
  const cases: readonly (readonly [body: unknown, detail: unknown])[] = [
    [input, missing],
    [[], { ...dictionary, input: [] }],
    ['null', { ...dictionary, input: null }],
    ['', { type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {} }],
  ];
  const token = await tokenOf('pro');
  for (const path of ['/agents/suggest', '/pm/analyze'])
    for (const [body, detail] of cases) {
      const { status, text } = await ask('POST', path, body, token);
      t.same([status, JSON.parse(text)], [422, { detail: [detail] }], `${path} ${JSON.stringify(body)}`);
    }
});

t.test('each refusal says what is missing, and asks for a token only if a new one would help', async (t) => {
  const { ask, login, tokenOf, setDatabase } = quietBackend();
  const free = await tokenOf('free');
  const pro = await tokenOf('pro');
  const revoked = await tokenOf('pro');
  t.same(JSON.parse((await ask('POST', '/auth/logout', '', revoked)).text), { message: 'Successfully logged out' });
  const refused = async (method: string, target: string, token?: string) => {
    const { status, headers, text } = await ask(method, target, '', token);
    return [status, (JSON.parse(text) as { readonly detail: unknown }).detail, headers['www-authenticate']];
  };
  const unknown = [401, 'Could not validate credentials', 'Bearer'];
  t.same(await refused('GET', '/tasks'), unknown);
  t.same(await refused('GET', '/tasks', 'Bearer x.y.z'), unknown);
  t.same(await refused('GET', '/tasks', revoked), [401, 'Token has been revoked', undefined]);
  t.same(await refused('POST', '/pm/analyze', free), [403, 'Requires pro subscription or higher', undefined]);
  t.same(await refused('GET', '/analytics/executive-dashboard', pro), [
    403,
    'Requires enterprise subscription or higher',
    undefined,
  ]);
  t.same(await refused('GET', '/users/admin/stats', pro), [403, 'Insufficient permissions', undefined]);
  const bad = await login('nobody', 'x');
  t.same(
    [bad.status, JSON.parse(bad.text), bad.headers['www-authenticate']],
    [401, { detail: 'Incorrect username/email or password' }, undefined],
  );

  setDatabase(false);
  for (const [path, token] of [
    ['/tasks', undefined],
    ['/tasks', revoked],
    ['/agents', pro],
  ] as const) {
    const { status, headers, text } = await ask('GET', path, '', token);
    t.same([status, text, headers['content-type']], [500, 'Internal Server Error', 'text/plain; charset=utf-8'], path);
  }
});
