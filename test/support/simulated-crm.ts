import { createBackend } from '../../simulator/backend.js';
import type { DemoRequest, SimulatedAnswer } from '../../simulator/exchange.js';
import type { Fault } from '../../simulator/faults.js';
import { Freezer, upstreamCall, upstreamCalls, upstreamFailure } from '../../simulator/http-service.js';
import { demoLogins } from '../../simulator/population.js';
import { World } from '../../simulator/world.js';
import { PoliteDataAccess } from '../../src/access/polite-access.js';
import { aiCrmCollectors } from '../../src/ai-crm/ai-crm-collectors.js';
import { AiCrmMemory } from '../../src/ai-crm/operation.js';
import { ProbeFailure } from '../../src/base/reason.js';
import type { ComponentReading } from '../../src/collector.js';
import { Secret } from '../../src/config/secret.js';
import type { ComponentConfig } from '../../src/config/sections/endpoints-section.js';
import type { HttpOutcome, HttpTarget } from '../../src/net/http-client.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { componentCollector } from '../../src/probes/component-collector.js';
import { failed, judgeAnswer } from '../../src/probes/verdict.js';
import { Scheduler } from '../../src/schedule/scheduler.js';
import { config, httpComponent } from './config.js';
import { aiCrm } from './data.js';
import { ManualClock } from './manual-clock.js';
import { RecordedLog } from './recorded-log.js';

/** The behaviour of the service that AI-CRM calls for its data. */
export type Upstream = 'fine' | 'slow' | 'refused' | 'hang';
/**
 * How the exporter reaches AI-CRM: data and probes directly; data through nginx and probes directly; data directly and probes both ways.
 */
export type Way = 'direct' | 'through nginx' | 'both';

/** A problem that the exporter does not cause. */
export interface Outage {
  /** `frozen`: users' queries keep the backend busy. `gone`: nothing listens on the port. */
  readonly kind: 'frozen' | 'gone';
  readonly fromSeconds: number;
  readonly untilSeconds: number;
}

export interface HourOptions {
  readonly upstream: Upstream;
  readonly way: Way;
  readonly outage?: Outage;
  /** The exporter only probes and requests no data. */
  readonly isWatchingOnly?: boolean;
  readonly seconds?: number;
  /** How the configuration marks components of the backend. By default it does not. */
  readonly told?: {
    readonly components?: readonly string[];
    readonly dependsOn?: Readonly<Record<string, readonly string[]>>;
  };
  /** A health answer that does not identify the server. */
  readonly isPlainHealth?: boolean;
}

/** The result of the simulation. */
export interface Hour {
  /** For how long the exporter's own queries froze the backend. */
  readonly frozenSeconds: number;
  /** The same time as the exporter counts it. */
  readonly countedSeconds: number;
  /** The begin of each query that needs the upstream. */
  readonly queries: readonly number[];
  /** When each component was down long enough for a notification. */
  readonly pages: readonly { readonly component: string; readonly atSeconds: number }[];
  readonly log: RecordedLog;
  readonly probes: number;
}

type HttpComponent = ReturnType<typeof httpComponent> & ComponentConfig;

const backendOrigin = 'http://backend.example:8000';
const nginxOrigin = 'https://crm.example';
const { username, password } = demoLogins.enterprise;
/** The default `proxy_read_timeout` of nginx. */
const proxyTimeoutSeconds = 60;
/** A component that is down for longer than `for` and one scrape causes a page. */
const pageSeconds = 20;

const faults: Readonly<Record<Upstream, Fault | undefined>> = {
  fine: { kind: 'upstream-slow', seconds: 0.1 },
  slow: { kind: 'upstream-slow', seconds: 2 },
  refused: { kind: 'upstream-refuse' },
  hang: { kind: 'upstream-hang' },
};

/** The backend, as one process that handles one request at a time, with nginx before it; in memory, on a clock that the test advances. */
class SimulatedCrm {
  readonly queries: number[] = [];
  frozenSeconds = 0;
  readonly #freezer: Freezer;
  readonly #backend: ReturnType<typeof createBackend>;

  constructor(
    private readonly clock: ManualClock,
    private readonly options: HourOptions,
  ) {
    this.#freezer = new Freezer(clock);
    this.#backend = createBackend({
      world: new World(1, clock.nowSeconds()),
      clock,
      isDatabaseUp: () => true,
      hasDocumentedEndpoints: false,
      requestsPerHour: 1000,
    });
    const { outage } = options;
    if (outage?.kind === 'frozen')
      clock.setTimer(() => void this.#freezer.pass(outage.untilSeconds - outage.fromSeconds), outage.fromSeconds);
  }

  /** Answers like `probeHttp`. */
  async respond({ url, http }: HttpTarget, signal: AbortSignal): Promise<HttpOutcome> {
    const { origin, pathname, searchParams } = new URL(url);
    const headers = {
      host: origin,
      ...(http.auth?.kind === 'bearer' ? { authorization: `Bearer ${http.auth.token.reveal()}` } : {}),
    };
    const request: DemoRequest = {
      method: http.method,
      path: pathname,
      query: searchParams,
      headers,
      body: http.body?.reveal() ?? '',
      peer: '10.0.0.1',
      arrivedAtSeconds: this.clock.monotonicSeconds(),
    };
    const late = new Promise<HttpOutcome>((resolve) =>
      signal.addEventListener('abort', () => resolve(failure('timeout')), { once: true }),
    );
    const answering = origin === nginxOrigin ? this.#throughNginx(request) : this.#direct(request);
    return Promise.race([
      late,
      answering.then((answer) => (answer === undefined ? failure('connect') : outcomeOf(answer))),
    ]);
  }

  async #throughNginx(request: DemoRequest): Promise<SimulatedAnswer | undefined> {
    if (!request.path.startsWith('/api/'))
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'healthy\n' };
    let cancel = () => {};
    const late = new Promise<SimulatedAnswer>(
      (resolve) =>
        (cancel = this.clock.setTimer(() => resolve({ status: 504, headers: {}, body: '' }), proxyTimeoutSeconds)),
    );
    const answer = await Promise.race([late, this.#direct({ ...request, path: request.path.slice('/api'.length) })]);
    cancel();
    return answer ?? { status: 502, headers: {}, body: '' };
  }

  async #direct(request: DemoRequest): Promise<SimulatedAnswer | undefined> {
    const { outage, upstream, isPlainHealth = false } = this.options;
    if (
      outage?.kind === 'gone' &&
      request.arrivedAtSeconds >= outage.fromSeconds &&
      request.arrivedAtSeconds < outage.untilSeconds
    )
      return undefined;
    const call = upstreamCall(faults[upstream], upstreamCalls(request));
    if (call !== undefined) this.queries.push(request.arrivedAtSeconds);
    this.frozenSeconds += call?.seconds ?? 0;
    await this.#freezer.pass(call?.seconds ?? 0);
    if (call?.isAnswered === false) return upstreamFailure();
    if (isPlainHealth && request.path === '/health')
      return { status: 200, headers: { 'content-type': 'application/json' }, body: '{"status":"ok"}' };
    return this.#backend(request, new AbortController().signal);
  }
}

/** Runs the exporter's own scheduler, collectors and polite access against it for an hour. */
export async function simulateHour(options: HourOptions): Promise<Hour> {
  const { way, told = {}, isWatchingOnly = false, seconds = 3600 } = options;
  const clock = new ManualClock(undefined, 4);
  const crm = new SimulatedCrm(clock, options);
  const log = new RecordedLog();
  const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
  const urls = {
    backend: `${backendOrigin}/health`,
    ...(way === 'direct' ? {} : { gateway: `${nginxOrigin}/health` }),
    ...(way === 'both' ? { api: `${nginxOrigin}/api/health` } : {}),
  };
  const components = Object.entries(urls).map(([name, url]) => ({
    ...httpComponent(name, url),
    intervalSeconds: 30,
    timeoutSeconds: 10,
    dependsOn: told.dependsOn?.[name] ?? [],
  }));
  const section = aiCrm({
    url: way === 'through nginx' ? `${nginxOrigin}/api` : backendOrigin,
    collect: ['tasks', 'agents', 'pm_gateway', 'database'],
    login: { kind: 'password', username, password: new Secret(password) },
    ...(told.components === undefined ? {} : { components: told.components }),
  });
  const { aiCrm: _none, ...watching } = config({ components });
  const settings = isWatchingOnly ? watching : config({ components, aiCrm: section });
  const data = new PoliteDataAccess({
    prober,
    clock,
    log,
    probe: (target, _prober, signal) => crm.respond(target, signal),
  });
  data.configure(settings);
  const probe = async (component: ComponentConfig, signal: AbortSignal): Promise<ComponentReading> => {
    const startedAt = clock.monotonicSeconds();
    const target = component as HttpComponent;
    const outcome = await crm.respond(target, signal);
    const verdict =
      outcome.failure === null
        ? judgeAnswer(outcome, target.http, () => true)
        : failed(outcome.failure.reason, outcome.failure.message);
    const { level, up, reason, message, identity } = verdict;
    const { statusCode } = outcome;
    return {
      subject: 'component',
      name: component.name,
      target: '',
      kind: 'http',
      level,
      up,
      reason,
      message,
      responseSeconds: clock.monotonicSeconds() - startedAt,
      phases: {},
      checks: [],
      failuresInARow: 0,
      headers: [],
      log: [],
      ...(statusCode === undefined ? {} : { statusCode }),
      ...(identity === undefined ? {} : { identity }),
    };
  };
  const collectors = components.map((component) =>
    componentCollector(component, {
      probe,
      memory: { failuresInARow: 0, uptimeSeconds: undefined },
      retryIntervalSeconds: 5,
      retries: 2,
      clock,
      ...(isWatchingOnly ? {} : { shared: { gate: data.gateFor(component.name), warningSeconds: 2 } }),
    }),
  );
  const asking = isWatchingOnly
    ? []
    : aiCrmCollectors({ config: settings, aiCrm: section, data, clock, log, memory: new AiCrmMemory() });
  const downSince = new Map<string, number>();
  const pages: { component: string; atSeconds: number }[] = [];
  const paged = new Set<string>();
  let probes = 0;
  const note = (now: number) => {
    for (const [component, since] of downSince) {
      if (now < since + pageSeconds || paged.has(component)) continue;
      paged.add(component);
      pages.push({ component, atSeconds: since + pageSeconds });
    }
  };
  const scheduler = new Scheduler({
    clock,
    concurrency: 100,
    random: () => 0.4,
    onResult: (result) => {
      if (!result.success) throw new Error(`${result.collector}: ${result.error}`);
      note(clock.monotonicSeconds());
      if (result.collected.isPostponed === true) return;
      for (const reading of result.collected.readings ?? []) {
        if (reading.subject !== 'component') continue;
        probes += 1;
        if (reading.up) {
          downSince.delete(reading.name);
          paged.delete(reading.name);
        } else if (!downSince.has(reading.name)) downSince.set(reading.name, clock.monotonicSeconds());
      }
    },
  });
  scheduler.start([...collectors, ...asking]);
  await clock.pass(seconds);
  note(clock.monotonicSeconds());
  const stopped = scheduler.stop();
  await clock.pass(3);
  await stopped;
  return {
    frozenSeconds: crm.frozenSeconds,
    countedSeconds: data.freeze().frozenSeconds,
    queries: crm.queries,
    pages,
    log,
    probes,
  };
}

function failure(reason: 'timeout' | 'connect'): HttpOutcome {
  const phases = reason === 'timeout' ? { connect: 0.001, first_byte: 1 } : { connect: 0.001 };
  return {
    failure: new ProbeFailure(reason, `the request failed with ${reason}`),
    measurement: { phases, elapsedSeconds: () => 0, note: () => {} },
    headers: [],
  };
}

function outcomeOf({ status, headers, body }: SimulatedAnswer): HttpOutcome {
  const bytes = Buffer.from(body);
  return {
    failure: null,
    measurement: { phases: { first_byte: 0.001 }, elapsedSeconds: () => 0, note: () => {} },
    statusCode: status,
    headers: Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => [name, each] as const)),
    body: bytes,
    receivedBytes: bytes.length,
  };
}
