import { type Clock, systemClock } from '../base/clock.js';
import { levelAgainst, worstLevel } from '../base/level.js';
import { shownHeaderValue } from '../base/sensitive.js';
import { decodeHeader, oneLine, shortened } from '../base/text.js';
import type { ComponentReading } from '../collector.js';
import type { ComponentConfig, DatabaseComponent, Threshold } from '../config/config.js';
import { type HttpOutcome, type HttpProbe, type HttpProber, prepareHttp } from '../net/http-client.js';
import { remarkOnCoding } from '../net/http-decode.js';
import type { CertificateFacts } from '../net/tls.js';
import type { ProbeDatabase } from './database-probe.js';
import { probeTcp } from './tcp.js';
import { type BodyMatch, createBodyMatch, failed, judgeAnswer, type Verdict } from './verdict.js';

const longestValue = 200;
/** No more of a value is looked at: the search for URLs in it takes longer the longer it is. */
const longestLookedAt = 4096;

/** Answer headers fit to be shown: without what may be a secret, each on one line and not too long. */
export function shownHeaders(
  headers: readonly (readonly [name: string, value: string])[],
): readonly (readonly [name: string, value: string])[] {
  return headers.map(([name, value]) => [
    name,
    shortened(oneLine(shownHeaderValue(name, decodeHeader(value.slice(0, longestLookedAt)))), longestValue),
  ]);
}

/** Probes a component once and says how it is; never throws. `failuresInARow` is left at 0 or 1 for the caller to continue. */
export type ProbeComponent = (
  component: ComponentConfig,
  signal: AbortSignal,
  log?: string[],
) => Promise<ComponentReading>;

/** How components are probed. */
interface ProbeOptions {
  /** Refuses redirects elsewhere, for `/probe`. */
  readonly stayOnOrigin?: boolean;
  /** Times the whole probe; the machine's own unless a test turns the hands. */
  readonly clock?: Clock;
}

/** Makes the function that probes components of every kind. */
export function createProbe(
  prober: HttpProber,
  responseThreshold: Threshold,
  { stayOnOrigin = false, clock = systemClock }: ProbeOptions = {},
): ProbeComponent {
  const matches = createBodyMatch();
  const prepared = new WeakMap<ComponentConfig, HttpProbe>();
  const prepare = async (component: ComponentConfig): Promise<HttpProbe> => {
    switch (component.kind) {
      case 'http':
      case 'https':
        return prepareHttp({ url: component.url, http: component.http, stayOnOrigin }, prober);
      case 'tcp':
        return async (signal, log) => ({ ...(await probeTcp(component, prober.resolve, signal, log)), headers: [] });
      case 'postgres':
      case 'redis': {
        const probe = await databaseProbe(component.kind);
        return async (signal, log) => ({ ...(await probe(component.database, prober, signal, log)), headers: [] });
      }
    }
  };
  return async (component, signal, log) => {
    const ask = prepared.get(component) ?? (await prepare(component));
    prepared.set(component, ask);
    const startedAt = clock.monotonicSeconds();
    const outcome = await ask(signal, log);
    const responseSeconds = clock.monotonicSeconds() - startedAt;
    const { certificate, ipProtocol, phases } = outcome.measurement;
    const judged = withCertificate(
      withCoding(judge(outcome, component, matches), outcome),
      certificate,
      clock.nowSeconds(),
    );
    const verdict = withSpeed(judged, responseSeconds, component.thresholds.responseTimeSeconds ?? responseThreshold);
    const { headers, statusCode, receivedBytes } = outcome;
    return {
      subject: 'component',
      name: component.name,
      target: component.target,
      kind: component.kind,
      level: verdict.level,
      up: verdict.up,
      reason: verdict.reason,
      message: verdict.message,
      responseSeconds,
      phases,
      ...(statusCode === undefined ? {} : { statusCode }),
      ...(receivedBytes === undefined ? {} : { responseBytes: receivedBytes }),
      ...(ipProtocol === undefined ? {} : { ipProtocol }),
      ...(certificate === undefined ? {} : { certificate }),
      ...(verdict.health?.uptimeSeconds === undefined ? {} : { uptimeSeconds: verdict.health.uptimeSeconds }),
      ...(verdict.identity === undefined ? {} : { identity: verdict.identity }),
      checks: verdict.health?.checks ?? [],
      failuresInARow: verdict.up ? 0 : 1,
      headers: log === undefined ? [] : shownHeaders(headers),
      log: log ?? [],
    };
  };
}

/** Their clients are loaded when the first database is probed, and before its time is taken. */
async function databaseProbe(kind: DatabaseComponent['kind']): Promise<ProbeDatabase> {
  return kind === 'postgres' ? (await import('./postgres.js')).probePostgres : (await import('./redis.js')).probeRedis;
}

function judge(outcome: HttpOutcome, component: ComponentConfig, matches: BodyMatch): Verdict {
  if (outcome.failure !== null) return failed(outcome.failure.reason, outcome.failure.message);
  switch (component.kind) {
    case 'http':
    case 'https':
      return judgeAnswer(outcome, component.http, matches, { mayBeMissing: component.mayBeMissing === true });
    case 'tcp':
      return { level: 'healthy', up: true, reason: null, message: 'port open' };
    case 'postgres':
    case 'redis':
      return { level: 'healthy', up: true, reason: null, message: 'logged in and answered' };
  }
}

/** A body that nobody could decode was judged as it came: then that is what to look at first. */
function withCoding(verdict: Verdict, { headers, failure }: HttpOutcome): Verdict {
  if (failure !== null || (verdict.reason !== 'json' && verdict.reason !== 'body')) return verdict;
  return { ...verdict, message: verdict.message + remarkOnCoding(headers) };
}

/** As long before as the alert about it fires, which cannot tell whose certificate it is. */
const certificateNoticeSeconds = 14 * 86_400;

function withCertificate(verdict: Verdict, certificate: CertificateFacts | undefined, nowSeconds: number): Verdict {
  const leftSeconds = (certificate?.expiryTimestampSeconds ?? Number.POSITIVE_INFINITY) - nowSeconds;
  if (certificate === undefined || verdict.reason === 'tls' || leftSeconds >= certificateNoticeSeconds) return verdict;
  const days = Math.floor(leftSeconds / 86_400);
  const when =
    leftSeconds < 0
      ? 'has expired'
      : days === 0
        ? 'expires within a day'
        : `expires in ${days} ${days === 1 ? 'day' : 'days'}`;
  return { ...verdict, message: `${verdict.message}; a certificate ${when} (${certificate.whose})` };
}

/** A component that answers well but too slowly is not well; one that is down already has nothing worse to say. */
function withSpeed(verdict: Verdict, responseSeconds: number, threshold: Threshold): Verdict {
  if (!verdict.up) return verdict;
  const speed = levelAgainst(responseSeconds, threshold);
  if (speed === 'healthy') return verdict;
  const limitSeconds = speed === 'critical' ? threshold.critical : threshold.warning;
  return {
    ...verdict,
    level: worstLevel([verdict.level, speed]),
    message: `${verdict.message}, slow: ${responseSeconds.toFixed(2)} s, above ${limitSeconds} s`,
  };
}
