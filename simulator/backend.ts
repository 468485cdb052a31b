import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../src/base/clock.js';
import {
  accountRoutes,
  analysisRoutes,
  authenticate,
  type BackendContext,
  type BackendOptions,
  open,
  type Routes,
  taskRoutes,
} from './backend-routes.js';
import { documentedRoutes } from './documented-routes.js';
import { type DemoRequest, type Handler, jsonAnswer, type SimulatedAnswer } from './exchange.js';
import { Tokens } from './tokens.js';

const windowSeconds = 3600;

/** The rate limit of a client after one more request. */
interface RateVerdict {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Unix seconds; always a whole window from now, as in the real backend. */
  readonly resetSeconds: number;
  /** Value of Retry-After; constant as in the real backend. */
  readonly retryAfterSeconds: number;
}

/** At most `limit` requests in any hour for each key. Refused requests do not count. */
export class SimulatedRateLimit {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #times = new Map<string, number[]>();

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Counts a request of a client: its Authorization header or, without one, its address. */
  take(client: string): RateVerdict {
    // A hash, so that no credentials stay in memory after their request.
    const key = createHash('sha256').update(client).digest('base64');
    const nowSeconds = this.#clock.nowSeconds();
    const times = (this.#times.get(key) ?? []).filter((time) => time > nowSeconds - windowSeconds);
    const isAllowed = times.length < this.#limit;
    if (isAllowed) times.push(nowSeconds);
    this.#times.set(key, times);
    return {
      isAllowed,
      limit: this.#limit,
      remaining: this.#limit - times.length,
      resetSeconds: Math.floor(nowSeconds) + windowSeconds,
      retryAfterSeconds: windowSeconds,
    };
  }
}

/** Health endpoints have no rate limit, so that monitoring never locks out users. */
const exemptPaths: ReadonlySet<string> = new Set(['/health', '/pm/health', '/db/health']);

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-xss-protection': '1; mode=block',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'geolocation=(), microphone=(), camera=()',
  'content-security-policy': "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'",
} as const;

/** The simulated web backend: the endpoints of the real one and, as an option, those of the monitoring document. */
export function createBackend(options: BackendOptions): Handler {
  const context: BackendContext = { ...options, tokens: new Tokens(options.clock) };
  const limit = new SimulatedRateLimit(options.clock, options.requestsPerHour);
  const routes: Routes = {
    'GET /': open(() =>
      jsonAnswer(200, { name: 'AI-CRM Web API', version: '1.0.0', description: 'Simulated task management API' }),
    ),
    // Constant on purpose: the real one answers this even when its database is down.
    'GET /health': open(() => jsonAnswer(200, { status: 'healthy', config_loaded: true })),
    ...accountRoutes(context),
    ...taskRoutes(context),
    ...analysisRoutes(context),
    ...(options.hasDocumentedEndpoints ? documentedRoutes(context) : {}),
  };
  return (request) => {
    options.world.advanceTo(options.clock.nowSeconds());
    const dressed = (answer: SimulatedAnswer, more: Readonly<Record<string, string>> = {}): SimulatedAnswer => ({
      ...answer,
      headers: { server: 'uvicorn', ...answer.headers, ...more },
    });
    const requestId = { 'x-request-id': randomBytes(8).toString('hex') };
    if (exemptPaths.has(request.path))
      return dressed(dispatch(context, routes, request), { ...securityHeaders, ...requestId });
    const verdict = limit.take(request.headers.authorization ?? request.peer);
    const rateHeaders = {
      'x-ratelimit-limit': String(verdict.limit),
      'x-ratelimit-remaining': String(verdict.remaining),
      'x-ratelimit-reset': String(verdict.resetSeconds),
    };
    if (!verdict.isAllowed) {
      const { retryAfterSeconds, limit: allowed } = verdict;
      const body = { error: 'Rate limit exceeded', retry_after: retryAfterSeconds, limit: allowed, remaining: 0 };
      return dressed(jsonAnswer(429, body, { 'retry-after': String(retryAfterSeconds) }), rateHeaders);
    }
    const answer = dispatch(context, routes, request);
    // In the real backend an unhandled exception bypasses the middleware, so these headers are missing.
    const isCrash = answer.status === 500 && String(answer.headers['content-type']).startsWith('text/plain');
    return isCrash ? dressed(answer) : dressed(answer, { ...securityHeaders, ...requestId, ...rateHeaders });
  };
}

function dispatch(context: BackendContext, routes: Routes, request: DemoRequest): SimulatedAnswer {
  const route = routes[`${request.method} ${request.path}`];
  if (route === undefined) return otherwise(routes, request);
  if (route.access === 'open') return route.answer(request);
  const user = authenticate(context, request);
  return 'status' in user ? user : route.answer(request, user);
}

function otherwise(routes: Routes, { method, path, headers }: DemoRequest): SimulatedAnswer {
  const methodsOf = (wanted: string) =>
    Object.keys(routes).flatMap((key) => (key.endsWith(` ${wanted}`) ? [key.slice(0, key.indexOf(' '))] : []));
  const allowed = methodsOf(path);
  if (allowed.length > 0) return jsonAnswer(405, { detail: 'Method Not Allowed' }, { allow: allowed.join(', ') });
  const bare = path.replace(/\/$/, '');
  if (path !== bare && methodsOf(bare).includes(method)) {
    return { status: 307, headers: { location: `http://${headers.host ?? ''}${bare}` }, body: '' };
  }
  return jsonAnswer(404, { detail: 'Not Found' });
}
