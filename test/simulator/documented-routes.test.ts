import t from 'tap';
import { fill, quietBackend } from './quiet-backend.js';

/** The parts of an answer that matter here. */
async function read({ ask }: ReturnType<typeof quietBackend>, path: string) {
  const { status, text } = await ask('GET', path);
  return { status, value: JSON.parse(text) as Record<string, unknown> };
}

t.test('the parts of AI-CRM say how they are, without a login', async (t) => {
  const backend = quietBackend();
  const { world, clock, setDatabase } = backend;
  const timestamp = new Date(clock.nowSeconds() * 1000).toISOString().replace('Z', '000');
  const pm = { status: 'healthy', analyses_total: 0, average_analysis_time_ms: 0, timestamp };
  t.same(await read(backend, '/pm/health'), { status: 200, value: pm });
  world.recordAnalysis(0.5, true);
  world.recordAnalysis(0.25, false);
  t.same((await read(backend, '/pm/health')).value, { ...pm, analyses_total: 2, average_analysis_time_ms: 375 });
  world.population.online.clear();
  world.population.online.add(1).add(2);
  const database = 'postgresql';
  t.same(await read(backend, '/db/health'), {
    status: 200,
    value: { status: 'healthy', database, active_connections: 2, timestamp },
  });
  setDatabase(false);
  t.same(await read(backend, '/db/health'), {
    status: 503,
    value: { status: 'unhealthy', database, error: 'connection refused', timestamp },
  });
});

t.test('/metrics has what the requests of the users were like', async (t) => {
  const backend = quietBackend();
  const { world, clock } = backend;
  const { population } = world;
  t.match((await read(backend, '/metrics')).value, {
    uptime_seconds: 0,
    requests_total: 0,
    error_rate_percent: 0,
    requests_per_minute: 0,
  });
  clock.advance(1);
  await read(backend, '/metrics');
  Object.assign(population, { requestsTotal: 200, requestErrorsTotal: 3, failedLoginsTotal: 7 });
  population.online.clear();
  t.match((await read(backend, '/metrics')).value, {
    uptime_seconds: 1,
    requests_total: 200,
    request_errors_total: 3,
    error_rate_percent: 1.5,
    requests_per_minute: 12_000,
    concurrent_users: 0,
    failed_logins_total: 7,
  });
});

t.test('/agents/metrics has the work of each agent, and its share of all open tasks', async (t) => {
  const backend = quietBackend();
  const { world } = backend;
  const [first, second] = world.agents;
  if (first === undefined || second === undefined) throw new Error('no agents');
  fill(world, [
    { column: 'To Do', owner: first.name },
    { column: 'In Progress', owner: first.name },
    { column: 'In Progress', owner: second.name },
    { column: 'To Do' },
    { column: 'Done', owner: second.name },
    { column: 'Unknown' },
  ]);
  for (const agent of world.agents) agent.working = 0;
  Object.assign(first, { working: 1, completed: 3, failed: 1, workedSeconds: 6 });
  Object.assign(second, { working: 0, completed: 0, failed: 0, workedSeconds: 0 });
  const { value } = await read(backend, '/agents/metrics');
  t.match(value, { total_agents: 62, active_agents: 1 });
  const agents = value.agents as Readonly<Record<string, unknown>>;
  t.equal(Object.keys(agents).length, 62);
  t.same(agents[first.name], {
    status: 'busy',
    open_tasks: 2,
    tasks_completed: 3,
    tasks_failed: 1,
    success_rate_percent: 75,
    utilization_percent: 50,
    response_time_ms: 1200 / first.paceRatio,
    average_task_time_ms: 2000,
  });
  t.same(agents[second.name], {
    status: 'idle',
    open_tasks: 1,
    tasks_completed: 0,
    tasks_failed: 0,
    success_rate_percent: 0,
    utilization_percent: 25,
    response_time_ms: 600 / second.paceRatio,
    average_task_time_ms: 0,
  });
});

t.test('/business/metrics has the board, the gateway, the accounts and what they use', async (t) => {
  const backend = quietBackend();
  const { world } = backend;
  fill(world, [
    { column: 'To Do' },
    { column: 'In Progress' },
    { column: 'In Progress' },
    { column: 'Done' },
    { column: 'Done', isArchived: true },
    { column: 'Unknown' },
  ]);
  Object.assign(world.board, { createdTotal: 8, completedTotal: 4 });
  for (const agent of world.agents) agent.workedSeconds = 0.5;
  world.recordAnalysis(0.5, true);
  world.recordAnalysis(0.5, false);
  world.population.online.clear();
  world.population.online.add(3);
  world.population.accounts.length = 4;
  world.population.featureUsage.set('reports', 9);
  const { value } = await read(backend, '/business/metrics');
  t.match(value.timestamp, /^2026-.*000$/);
  t.same(
    { ...value, timestamp: undefined },
    {
      timestamp: undefined,
      tasks: {
        todo: 1,
        in_progress: 2,
        done: 1,
        created_total: 8,
        completed_total: 4,
        completion_rate_percent: 50,
        average_processing_time_ms: 7750,
      },
      pm_gateway: { analyses_total: 2, analyses_failed_total: 1, average_analysis_time_ms: 500 },
      users: { total: 4, active: 1, verified: 4, by_tier: { free: 1, pro: 1, enterprise: 2 } },
      feature_usage: { task_board: 0, agent_suggestion: 0, pm_analysis: 0, reports: 9, exports: 0 },
    },
  );
  world.board.completedTotal = 0;
  t.match((await read(backend, '/business/metrics')).value, { tasks: { average_processing_time_ms: 0 } });
});
