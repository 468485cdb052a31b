import { type BackendContext, open, type Routes } from './backend-routes.js';
import { jsonAnswer, pythonTime } from './exchange.js';
import { type Agent, countBy, percent } from './population.js';

/** Endpoints of the monitoring document that the real backend does not have: the health of two parts, and metrics in JSON. */
export function documentedRoutes(context: BackendContext): Routes {
  const { world, clock, isDatabaseUp } = context;
  const now = () => ({ timestamp: pythonTime(clock.nowSeconds()) });
  return {
    'GET /pm/health': open(() => {
      const { analysesTotal } = world;
      return jsonAnswer(200, {
        status: 'healthy',
        analyses_total: analysesTotal,
        average_analysis_time_ms: averageAnalysisMs(context),
        ...now(),
      });
    }),
    'GET /db/health': open(() =>
      isDatabaseUp()
        ? jsonAnswer(200, {
            status: 'healthy',
            database: 'postgresql',
            active_connections: world.population.online.size,
            ...now(),
          })
        : jsonAnswer(503, { status: 'unhealthy', database: 'postgresql', error: 'connection refused', ...now() }),
    ),
    'GET /metrics': open(() => jsonAnswer(200, { ...now(), ...technical(context) })),
    'GET /agents/metrics': open(() => jsonAnswer(200, { ...now(), ...agentMetrics(context) })),
    'GET /business/metrics': open(() => jsonAnswer(200, { ...now(), ...business(context) })),
  };
}

function technical({ world, clock }: BackendContext) {
  const { requestsTotal, requestErrorsTotal, online, failedLoginsTotal } = world.population;
  const uptimeSeconds = clock.nowSeconds() - world.startSeconds;
  return {
    uptime_seconds: uptimeSeconds,
    requests_total: requestsTotal,
    request_errors_total: requestErrorsTotal,
    error_rate_percent: percent(requestErrorsTotal, requestsTotal),
    requests_per_minute: uptimeSeconds < 1 ? 0 : requestsTotal / (uptimeSeconds / 60),
    concurrent_users: online.size,
    failed_logins_total: failedLoginsTotal,
  };
}

function agentMetrics({ world }: BackendContext) {
  const openByAgent = countBy(
    [...world.board.tasks.values()].filter(({ column }) => column === 'To Do' || column === 'In Progress'),
    ({ owner }) => owner?.name ?? '',
  );
  const openTotal = Object.values(openByAgent).reduce((sum, count) => sum + count, 0);
  return {
    total_agents: world.agents.length,
    active_agents: world.agents.filter(({ working }) => working > 0).length,
    agents: Object.fromEntries(
      world.agents.map((agent) => [
        agent.name,
        {
          status: agent.working > 0 ? 'busy' : 'idle',
          open_tasks: openByAgent[agent.name] ?? 0,
          tasks_completed: agent.completed,
          tasks_failed: agent.failed,
          success_rate_percent: percent(agent.completed, agent.completed + agent.failed),
          utilization_percent: percent(openByAgent[agent.name] ?? 0, openTotal),
          response_time_ms: responseMs(agent),
          average_task_time_ms: agent.completed === 0 ? 0 : (agent.workedSeconds / agent.completed) * 1000,
        },
      ]),
    ),
  };
}

function business(context: BackendContext) {
  const { world } = context;
  const { board, population } = world;
  const workedSeconds = world.agents.reduce((sum, agent) => sum + agent.workedSeconds, 0);
  return {
    tasks: {
      ...columns(context),
      created_total: board.createdTotal,
      completed_total: board.completedTotal,
      completion_rate_percent: percent(board.completedTotal, board.createdTotal),
      average_processing_time_ms: board.completedTotal === 0 ? 0 : (workedSeconds / board.completedTotal) * 1000,
    },
    pm_gateway: {
      analyses_total: world.analysesTotal,
      analyses_failed_total: world.analysisFailuresTotal,
      average_analysis_time_ms: averageAnalysisMs(context),
    },
    users: {
      total: population.accounts.length,
      active: population.online.size,
      verified: population.accounts.filter(({ isVerified }) => isVerified).length,
      by_tier: countBy(population.accounts, ({ tier }) => tier),
    },
    feature_usage: Object.fromEntries(population.featureUsage),
  };
}

function columns({ world: { board } }: BackendContext) {
  return { todo: board.count('To Do'), in_progress: board.count('In Progress'), done: board.count('Done') };
}

function averageAnalysisMs({ world }: BackendContext): number {
  return world.analysesTotal === 0 ? 0 : (world.analysisSeconds / world.analysesTotal) * 1000;
}

/** A fast agent answers in a third of a second. Each current task makes it slower. */
function responseMs({ paceRatio, working }: Agent): number {
  return (600 * (1 + working)) / paceRatio;
}
