import type { ComponentConfig } from '../config/sections/endpoints-section.js';
import { type HttpOutcome, type HttpProber, prepareHttp } from '../net/http-client.js';
import type { Measurement, ProbeOutcome } from '../net/measurement.js';
import { probeDns } from './dns.js';
import { probeTcp } from './tcp.js';
import { type BodyMatch, judgeAnswer, type Verdict } from './verdict.js';

/** Asks a component once. Never throws: a failure is an outcome with one of the closed reasons. */
export type Ask = (measurement: Measurement, signal: AbortSignal) => Promise<Outcome>;

/** What was measured; the fields of an HTTP answer where there was one. */
export type Outcome = ProbeOutcome &
  Partial<HttpOutcome> & {
    /** Where it is known better than how long asking took. */
    readonly roundTripSeconds?: number;
  };

/** What asking may use. */
export interface ProbeMeans {
  readonly prober: HttpProber;
  /** Refuses redirects elsewhere, for `/probe`. */
  readonly stayOnOrigin: boolean;
  readonly matches: BodyMatch;
}

/** A kind of component: how it is asked, and what it means that it was answered. */
interface ProbeKind<Component extends ComponentConfig> {
  /** Done once for each component, before anything is timed: what is rarely used is loaded here. */
  prepare(component: Component, means: ProbeMeans): Ask | Promise<Ask>;
  /** Of an outcome that is no failure. */
  judge(outcome: Outcome, component: Component, matches: BodyMatch): Verdict;
}

type Kind = ComponentConfig['kind'];
type OfKind<K extends Kind> = Extract<ComponentConfig, { readonly kind: K }>;

const web: ProbeKind<OfKind<'http' | 'https'>> = {
  prepare: ({ url, http }, { prober, stayOnOrigin }) => prepareHttp({ url, http, stayOnOrigin }, prober),
  judge: (outcome, { http, mayBeMissing }, matches) =>
    judgeAnswer({ headers: [], ...outcome }, http, matches, { mayBeMissing: mayBeMissing === true }),
};

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

/** Every kind of component. The clients of databases are loaded when the first one is probed. */
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
    prepare: async (component, { prober }) => (await import('./icmp.js')).probeIcmp(component, prober.resolve),
    judge: () => well('answers a ping'),
  },
  dns: { prepare: (component, { prober }) => probeDns(component, prober.resolve), judge: () => well('answered') },
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
