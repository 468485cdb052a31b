import t from 'tap';
import type { DemoRequest } from '../../simulator/exchange.js';
import { createMonitoringApp } from '../../simulator/monitoring-app.js';
import { recordWork } from '../../simulator/population.js';
import { World } from '../../simulator/world.js';
import { ManualClock } from '../support/manual-clock.js';

function start() {
  const clock = new ManualClock();
  const world = new World(1, clock.nowSeconds());
  const up = { database: true, redis: true };
  const app = createMonitoringApp({ world, clock, isDatabaseUp: () => up.database, isRedisUp: () => up.redis });
  const ask = async (path: string, method = 'GET') => {
    const request: DemoRequest = {
      method,
      path,
      query: new URLSearchParams(),
      headers: {},
      body: '',
      peer: '127.0.0.1',
      arrivedAtSeconds: 0,
    };
    const { status, headers, body } = await app.handle(request, new AbortController().signal);
    return { status, headers, text: String(body) };
  };
  const timestamp = () => new Date(clock.nowSeconds() * 1000).toISOString().replace('Z', '000');
  return { clock, world, up, app, ask, timestamp };
}

const server = 'Werkzeug/3.0.1 Python/3.11.9';

t.test('the health of the monitoring app is that of its parts: 503 and unhealthy without one of them', async (t) => {
  const { clock, up, ask, timestamp } = start();
  clock.advance(90);
  for (const [database, redis, status, word] of [
    [true, true, 200, 'healthy'],
    [false, true, 503, 'unhealthy'],
    [true, false, 503, 'unhealthy'],
  ] as const) {
    Object.assign(up, { database, redis });
    const health = await ask('/health');
    t.same(
      [health.status, JSON.parse(health.text)],
      [status, { status: word, timestamp: timestamp(), uptime_seconds: 90 }],
    );
    t.same(health.headers, { 'content-type': 'application/json', server, connection: 'close' });
    const detailed = await ask('/health/detailed');
    t.equal(detailed.status, status);
    t.match(JSON.parse(detailed.text), {
      overall_status: word,
      timestamp: timestamp(),
      uptime_seconds: 90,
      components: {
        database: { status: database ? 'healthy' : 'unhealthy' },
        redis: { status: redis ? 'healthy' : 'unhealthy' },
        agents: { status: 'healthy' },
        system: { status: 'healthy' },
      },
    });
  }
});

t.test('the details say when and how fast each part was checked, and how much the agents work', async (t) => {
  const { world, up, ask, timestamp } = start();
  for (const [index, agent] of world.agents.entries()) agent.working = index < 31 ? 1 : 0;
  const { components } = JSON.parse((await ask('/health/detailed')).text) as { readonly components: unknown };
  const last_check = timestamp();
  t.same(components, {
    agents: {
      details: { healthy_agents: 62, total_agents: 62, busy_agents: 31 },
      last_check,
      response_time_ms: 4.1,
      status: 'healthy',
    },
    database: {
      details: { connection_pool: { pool_max_size: 20, pool_size: 20 } },
      last_check,
      response_time_ms: 4.5,
      status: 'healthy',
    },
    redis: { details: { ping: 'success' }, last_check, response_time_ms: 0.4, status: 'healthy' },
    system: { details: { cpu_percent: 50, uptime: 0 }, last_check, response_time_ms: 0, status: 'healthy' },
  });
  for (const agent of world.agents) agent.working = 0;
  t.match(JSON.parse((await ask('/health/detailed')).text), {
    components: { database: { details: { connection_pool: { pool_size: 1 } } } },
  });
  Object.assign(up, { database: false, redis: false });
  const gone = { details: { error: 'connection refused' }, last_check, response_time_ms: 0.04, status: 'unhealthy' };
  t.match(JSON.parse((await ask('/health/detailed')).text), { components: { database: gone, redis: gone } });
});

t.test('its system can be ill while its parts are well', async (t) => {
  const { app, up } = start();
  t.match(app.illness('degraded', '/health'), { status: 'degraded' });
  t.match(app.illness('degraded', '/health/detailed'), {
    overall_status: 'degraded',
    components: { system: { status: 'degraded' }, database: { status: 'healthy' } },
  });
  up.database = false;
  t.match(app.illness('degraded', '/health'), { status: 'unhealthy' });
});

t.test(
  'the metrics are those of the real app: the requests are never counted, the charset is there twice',
  async (t) => {
    const { world, up, ask } = start();
    for (const agent of world.agents) Object.assign(agent, { completed: 0, failed: 0 });
    const [agent, failing] = world.agents;
    if (agent === undefined || failing === undefined) throw new Error('no agents');
    Object.assign(agent, { durations: [0, 0, 0, 0, 0], workedSeconds: 0 });
    Object.assign(failing, { durations: [0, 0, 0, 0, 0], workedSeconds: 0 });
    for (const seconds of [30, 31, 300, 301]) recordWork(agent, 'completed', seconds);
    recordWork(failing, 'failed', 20);
    world.population.online.clear();
    world.population.online.add(1);
    const { status, headers, text } = await ask('/metrics');
    t.equal(status, 200);
    t.same(headers, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8; charset=utf-8',
      server,
      connection: 'close',
    });
    const { board } = world;
    const labels = (name: string) => `agent_id="${name}"`;
    t.equal(
      text,
      `# HELP aipm_http_requests_total Total HTTP requests
# TYPE aipm_http_requests_total counter
# HELP aipm_db_connections_active Active database connections
# TYPE aipm_db_connections_active gauge
aipm_db_connections_active 1
# HELP aipm_agent_tasks_total Total agent tasks
# TYPE aipm_agent_tasks_total counter
aipm_agent_tasks_total{${labels(agent.name)},status="completed"} 4
aipm_agent_tasks_total{${labels(agent.name)},status="failed"} 0
aipm_agent_tasks_total{${labels(failing.name)},status="completed"} 0
aipm_agent_tasks_total{${labels(failing.name)},status="failed"} 1
# HELP aipm_agent_task_duration_seconds Agent task duration
# TYPE aipm_agent_task_duration_seconds histogram
aipm_agent_task_duration_seconds_bucket{${labels(agent.name)},le="30"} 1
aipm_agent_task_duration_seconds_bucket{${labels(agent.name)},le="60"} 2
aipm_agent_task_duration_seconds_bucket{${labels(agent.name)},le="120"} 2
aipm_agent_task_duration_seconds_bucket{${labels(agent.name)},le="300"} 3
aipm_agent_task_duration_seconds_bucket{${labels(agent.name)},le="+Inf"} 4
aipm_agent_task_duration_seconds_sum{${labels(agent.name)}} 662
aipm_agent_task_duration_seconds_count{${labels(agent.name)}} 4
aipm_agent_task_duration_seconds_bucket{${labels(failing.name)},le="30"} 0
aipm_agent_task_duration_seconds_bucket{${labels(failing.name)},le="60"} 0
aipm_agent_task_duration_seconds_bucket{${labels(failing.name)},le="120"} 0
aipm_agent_task_duration_seconds_bucket{${labels(failing.name)},le="300"} 0
aipm_agent_task_duration_seconds_bucket{${labels(failing.name)},le="+Inf"} 0
aipm_agent_task_duration_seconds_sum{${labels(failing.name)}} 0
aipm_agent_task_duration_seconds_count{${labels(failing.name)}} 0
# HELP aipm_projects_total Total projects
# TYPE aipm_projects_total gauge
aipm_projects_total{status="planning"} ${board.count('To Do')}
aipm_projects_total{status="in_progress"} ${board.count('In Progress')}
aipm_projects_total{status="completed"} ${board.count('Done')}
`,
    );
    up.database = false;
    t.match((await ask('/metrics')).text, '\naipm_db_connections_active 0\n');
  },
);

t.test('other paths are 404, other methods 405, both in HTML', async (t) => {
  const { ask } = start();
  for (const [path, method, status, title] of [
    ['/nothing', 'GET', 404, '404 Not Found'],
    ['/health', 'POST', 405, '405 Method Not Allowed'],
  ] as const) {
    const { headers, text, ...answer } = await ask(path, method);
    t.equal(answer.status, status);
    t.equal(headers['content-type'], 'text/html');
    t.equal(headers.server, server);
    t.equal(text, `<!doctype html><title>${title}</title>\n`);
  }
  t.equal((await ask('/health', 'HEAD')).status, 200);
});
