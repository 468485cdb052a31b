import type { ComponentConfig } from '../config/sections/endpoints-section.js';
import { type HttpOutcome, type HttpProber, prepareHttp } from '../net/http-client.js';
import { fieldOf, type HeaderFields } from '../net/http-headers.js';
import type { Measurement, ProbeOutcome } from '../net/measurement.js';
import { probeDns } from './dns.js';
import { otherThanPage, type PageLoad, withPage } from './page-verdict.js';
import { probeTcp } from './tcp.js';
import { type BodyMatch, failed, judgeAnswer, type Verdict } from './verdict.js';

/** Probes a component once. Never throws: a failure is an outcome with one of the closed reasons. */
export type Ask = (measurement: Measurement, signal: AbortSignal) => Promise<Outcome>;

/** What was measured. HTTP answers also have the fields of `HttpOutcome`. */
export type Outcome = ProbeOutcome &
  Partial<HttpOutcome> & {
    /**
     * The response time if it is not the whole measurement: that of a page without its files, or of a ping without
     * starting the program.
     */
    readonly responseSeconds?: number;
    /** The result for the files of a page. */
    readonly page?: PageLoad;
  };

/** What a probe may use. */
interface ProbeMeans {
  readonly prober: HttpProber;
  /** Refuses redirects to another origin, for `/probe`. */
  readonly stayOnOrigin: boolean;
  readonly matches: BodyMatch;
}

/** A kind of component: how to probe it, and how to judge its answer. */
interface ProbeKind<Component extends ComponentConfig> {
  /** Runs once per component, before time is measured: rarely used modules are loaded here. */
  prepare(component: Component, means: ProbeMeans): Ask | Promise<Ask>;
  /** Only for outcomes without a failure. */
  judge(outcome: Outcome, component: Component, matches: BodyMatch): Verdict;
}

type Kind = ComponentConfig['kind'];
type OfKind<K extends Kind> = Extract<ComponentConfig, { readonly kind: K }>;

const web: ProbeKind<OfKind<'http' | 'https'>> = {
  prepare: async (component, { prober, stayOnOrigin }) => {
    const { url, http } = component;
    if (http.httpVersion === 2) await import('../net/http2-exchange.js');
    const ask = prepareHttp({ url, http, stayOnOrigin }, prober);
    return component.page === undefined ? ask : askPage(component, ask, prober);
  },
  judge: (outcome, { http, mayBeMissing, page }, matches) => {
    const verdict = judgeAnswer({ headers: [], ...outcome }, http, matches, { mayBeMissing: mayBeMissing === true });
    if (outcome.page !== undefined) return withPage(verdict, outcome.page);
    const { headers = [], body, statusCode = 0 } = outcome;
    if (page === undefined || !verdict.up || body === undefined || statusCode > 299) return verdict;
    const found = otherThanPage(fieldOf(headers, 'content-type'), body);
    return found === undefined ? verdict : { ...verdict, ...failed('body', `${verdict.message}; ${found}`) };
  },
};

/** Requests a page, and its files if it is HTML. The response time of the page alone is kept. */
async function askPage(component: OfKind<'http' | 'https'>, ask: Ask, { userAgent }: HttpProber): Promise<Ask> {
  const { loadPage } = await import('./page-load.js');
  return async (measurement, signal) => {
    const outcome = await ask(measurement, signal);
    const { url, body, headers = [], receivedBytes = 0, statusCode = 0 } = outcome;
    const contentType = fieldOf(headers, 'content-type');
    if (url === undefined || body === undefined || statusCode > 299 || otherThanPage(contentType, body) !== undefined)
      return outcome;
    const { elapsedSeconds } = measurement;
    const responseSeconds = elapsedSeconds();
    const page = await loadPage(
      { url, body, contentType, receivedBytes, policy: policyOf(headers) },
      component,
      { userAgent, elapsedSeconds },
      signal,
    );
    measurement.note(
      () =>
        `${page.resources} files of the page, ${page.failed.length} of them failed, ${page.leftOut + page.aboveLimit} others not loaded`,
    );
    return { ...outcome, page, responseSeconds };
  };
}

/** All headers Content-Security-Policy as one. */
function policyOf(headers: HeaderFields): string {
  return headers.flatMap(([name, value]) => (name === 'content-security-policy' ? [value] : [])).join(',');
}

const port: ProbeKind<OfKind<'tcp' | 'tls'>> = {
  prepare: (component, { prober, matches }) => probeTcp(component, prober, matches),
  judge: (_outcome, { dialog, tls }) =>
    well(dialog !== undefined ? 'answered as expected' : tls === undefined ? 'port open' : 'port open, with TLS'),
};

const webSocket: ProbeKind<OfKind<'ws' | 'wss'>> = {
  prepare: async (component, { prober, matches }) =>
    (await import('./websocket.js')).probeWebSocket(component, prober, matches),
  judge: (_outcome, { dialog }) => well(dialog === undefined ? 'speaks WebSocket' : 'answered as expected'),
};

const grpc: ProbeKind<OfKind<'grpc' | 'grpcs'>> = {
  prepare: async (component, { prober }) => (await import('./grpc.js')).probeGrpc(component, prober),
  judge: () => well('says SERVING'),
};

/** All kinds. Clients of databases are loaded at the first probe. */
const kinds: { readonly [K in Kind]: ProbeKind<OfKind<K>> } = {
  http: web,
  https: web,
  tcp: port,
  tls: port,
  ws: webSocket,
  wss: webSocket,
  grpc,
  grpcs: grpc,
  icmp: {
    prepare: async (component, { prober }) => (await import('./icmp.js')).probeIcmp(component, prober),
    judge: () => well('answers a ping'),
  },
  dns: { prepare: (component, { prober }) => probeDns(component, prober), judge: () => well('answered') },
  postgres: {
    prepare: async ({ database }, { prober }) => (await import('./postgres.js')).probePostgres(database, prober),
    judge: () => well('logged in and answered'),
  },
  redis: {
    prepare: async ({ database }, { prober }) => (await import('./redis.js')).probeRedis(database, prober),
    judge: () => well('logged in and answered'),
  },
};

/** The kind of a component. */
export function kindOf<K extends Kind>(component: OfKind<K>): ProbeKind<OfKind<K>> {
  return kinds[component.kind as K];
}

function well(message: string): Verdict {
  return { level: 'healthy', up: true, reason: null, message };
}
