import type { Clock } from '../src/base/clock.js';
import { type Handler, htmlAnswer, jsonAnswer, pythonTime, textAnswer } from './exchange.js';
import { type Agent, durationBoundsSeconds, percent } from './population.js';
import type { World } from './world.js';

interface MonitoringAppOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly isDatabaseUp: () => boolean;
  readonly isRedisUp: () => boolean;
}

type Word = 'healthy' | 'degraded' | 'unhealthy';

/** The Flask monitoring application: nested health checks, and its own Prometheus metrics. */
interface MonitoringApp {
  readonly handle: Handler;
  /** The answer of `/health` and `/health/detailed` when the system itself has this state, independent of its parts. */
  illness(word: 'degraded' | 'unhealthy', path: string): unknown;
}

const headers = { server: 'Werkzeug/3.0.1 Python/3.11.9', connection: 'close' } as const;

/** See `MonitoringApp`. */
export function createMonitoringApp(options: MonitoringAppOptions): MonitoringApp {
  const { world, clock } = options;
  return {
    illness: (word, path) => report(options, path, word),
    handle({ method, path }) {
      world.advanceTo(clock.nowSeconds());
      if (method !== 'GET' && method !== 'HEAD')
        return htmlAnswer(405, '<!doctype html><title>405 Method Not Allowed</title>\n', headers);
      switch (path) {
        case '/health':
        case '/health/detailed':
          return jsonAnswer(
            overall(options, 'healthy') === 'healthy' ? 200 : 503,
            report(options, path, 'healthy'),
            headers,
          );
        case '/metrics':
          return textAnswer(200, exposition(options), {
            ...headers,
            // Twice, as in reality: the client library names it, and Flask adds it.
            'content-type': 'text/plain; version=0.0.4; charset=utf-8; charset=utf-8',
          });
        default:
          return htmlAnswer(404, '<!doctype html><title>404 Not Found</title>\n', headers);
      }
    },
  };
}

function overall({ isDatabaseUp, isRedisUp }: MonitoringAppOptions, system: Word): Word {
  return isDatabaseUp() && isRedisUp() ? system : 'unhealthy';
}

function report(options: MonitoringAppOptions, path: string, system: Word): unknown {
  const { clock, world } = options;
  const nowSeconds = clock.nowSeconds();
  const common = { timestamp: pythonTime(nowSeconds), uptime_seconds: nowSeconds - world.startSeconds };
  const status = overall(options, system);
  return path === '/health'
    ? { status, ...common }
    : { components: components(options, system), overall_status: status, ...common };
}

function components({ world, clock, isDatabaseUp, isRedisUp }: MonitoringAppOptions, system: Word) {
  const checkedAt = pythonTime(clock.nowSeconds());
  const check = (status: Word, milliseconds: number, details: unknown) => ({
    details,
    last_check: checkedAt,
    response_time_ms: milliseconds,
    status,
  });
  const working = world.agents.filter((agent) => agent.working > 0).length;
  const load = percent(working, world.agents.length);
  return {
    agents: check('healthy', 1 + working / 10, {
      healthy_agents: world.agents.length,
      total_agents: world.agents.length,
      busy_agents: working,
    }),
    database: isDatabaseUp()
      ? check('healthy', 2 + load / 20, {
          connection_pool: { pool_max_size: 20, pool_size: Math.min(20, 1 + working) },
        })
      : check('unhealthy', 0.04, { error: 'connection refused' }),
    redis: isRedisUp()
      ? check('healthy', 0.4, { ping: 'success' })
      : check('unhealthy', 0.04, { error: 'connection refused' }),
    system: check(system, 0, { cpu_percent: load, uptime: clock.nowSeconds() - world.startSeconds }),
  };
}

function exposition({ world, isDatabaseUp }: MonitoringAppOptions): string {
  const { board, population } = world;
  const ended = world.agents.filter(({ completed, failed }) => completed + failed > 0);
  const families: readonly (readonly [name: string, type: string, help: string, lines: readonly string[]])[] = [
    // The real app never increments it, so it has no series.
    ['aipm_http_requests_total', 'counter', 'Total HTTP requests', []],
    [
      'aipm_db_connections_active',
      'gauge',
      'Active database connections',
      [` ${isDatabaseUp() ? population.online.size : 0}`],
    ],
    [
      'aipm_agent_tasks_total',
      'counter',
      'Total agent tasks',
      ended.flatMap(({ name, completed, failed }) => [
        `{agent_id="${name}",status="completed"} ${completed}`,
        `{agent_id="${name}",status="failed"} ${failed}`,
      ]),
    ],
    ['aipm_agent_task_duration_seconds', 'histogram', 'Agent task duration', ended.flatMap(durationLines)],
    [
      'aipm_projects_total',
      'gauge',
      'Total projects',
      [
        `{status="planning"} ${board.count('To Do')}`,
        `{status="in_progress"} ${board.count('In Progress')}`,
        `{status="completed"} ${board.count('Done')}`,
      ],
    ],
  ];
  return families
    .map(([name, type, help, lines]) => {
      const samples = lines.map((line) => `${name}${line}\n`).join('');
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples}`;
    })
    .join('');
}

function durationLines({ name, durations, workedSeconds, completed }: Agent): readonly string[] {
  let cumulated = 0;
  const buckets = durations.map((count, index) => {
    cumulated += count;
    return `_bucket{agent_id="${name}",le="${durationBoundsSeconds[index] ?? '+Inf'}"} ${cumulated}`;
  });
  return [...buckets, `_sum{agent_id="${name}"} ${workedSeconds}`, `_count{agent_id="${name}"} ${completed}`];
}
