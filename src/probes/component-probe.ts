import { ClientTokens } from '../access/client-tokens.js';
import { type Clock, systemClock } from '../base/clock.js';
import { levelAgainst, worstLevel } from '../base/level.js';
import { shownHeaderValue } from '../base/sensitive.js';
import { decodeHeader, oneLine, shortened } from '../base/text.js';
import type { ComponentReading } from '../collector.js';
import type { Secret } from '../config/secret.js';
import type { ComponentConfig } from '../config/sections/endpoints-section.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import type { Threshold, Thresholds } from '../config/sections/thresholds-section.js';
import type { HttpProber } from '../net/http-client.js';
import { remarkOnCoding } from '../net/http-decode.js';
import { attempt, newMeasurement } from '../net/measurement.js';
import type { CertificateFacts } from '../net/tls.js';
import { type Ask, kindOf, type Outcome } from './kinds.js';
import { createBodyMatch, failed, type Verdict } from './verdict.js';

const longestValue = 200;
/** Only this many characters of a value are searched for URLs, because the search takes longer for longer values. */
const longestLookedAt = 4096;

/** Headers of an answer, ready to be shown: without secrets, one line each, shortened. */
export function shownHeaders(
  headers: readonly (readonly [name: string, value: string])[],
): readonly (readonly [name: string, value: string])[] {
  return headers.map(([name, value]) => [
    name,
    shortened(oneLine(shownHeaderValue(name, decodeHeader(value.slice(0, longestLookedAt)))), longestValue),
  ]);
}

/** Probes a component once; never throws. `failuresInARow` is 0 or 1; the caller adds earlier failures. */
export type ProbeComponent = (
  component: ComponentConfig,
  signal: AbortSignal,
  log?: string[],
) => Promise<ComponentReading>;

interface ProbeOptions {
  /** Refuses redirects to another origin, for `/probe`. */
  readonly stayOnOrigin?: boolean;
  /** Measures the whole probe. Default: the system clock. */
  readonly clock?: Clock;
  /** Tokens of OAuth 2.0 clients, when others use them too. */
  readonly tokens?: ClientTokens;
}

/** The default thresholds, for components without their own. */
type ProbeThresholds = Pick<Thresholds, 'responseTimeSeconds' | 'certificateExpirySeconds'>;

/** Creates the function that probes components of every kind. */
export function createProbe(
  prober: HttpProber,
  thresholds: ProbeThresholds,
  { stayOnOrigin = false, clock = systemClock, tokens = new ClientTokens({ prober, clock }) }: ProbeOptions = {},
): ProbeComponent {
  const matches = createBodyMatch();
  const prepared = new WeakMap<ComponentConfig, Ask>();
  const askOnce = async (component: ComponentConfig, signal: AbortSignal, log: string[] | undefined) => {
    let ask = prepared.get(component);
    if (ask === undefined) {
      const { ipVersion } = component;
      const means = { prober: ipVersion === undefined ? prober : { ...prober, ipVersion }, stayOnOrigin, matches };
      ask = await kindOf(component).prepare(component, means);
      prepared.set(component, ask);
    }
    return ask(newMeasurement(log, clock), signal);
  };
  /** Each component with its token. The object stays the same while the token does, because prepared probes are kept by object. */
  const withTokens = new WeakMap<ComponentConfig, { readonly token: Secret; readonly filled: ComponentConfig }>();
  const withToken = (component: Extract<ComponentConfig, { readonly http: HttpSettings }>, token: Secret) => {
    const known = withTokens.get(component);
    if (known?.token === token) return known.filled;
    const filled: ComponentConfig = { ...component, http: { ...component.http, auth: { kind: 'bearer', token } } };
    withTokens.set(component, { token, filled });
    return filled;
  };
  /** Getting a token does not count as response time of the component. */
  const askFor = async (
    component: ComponentConfig,
    signal: AbortSignal,
    log: string[] | undefined,
  ): Promise<Outcome> => {
    if (!('http' in component) || component.http.oauth2 === undefined) return askOnce(component, signal, log);
    const { oauth2 } = component.http;
    const isRefused = ({ statusCode, failure }: Outcome) =>
      'url' in component ? statusCode === 401 : failure?.reason === 'auth';
    const measurement = newMeasurement(log, clock);
    measurement.waitsFor = `the token endpoint ${oauth2.tokenUrl}`;
    const { answer, ...outcome } = await attempt(measurement, signal, () =>
      tokens.asking(oauth2, (token) => askOnce(withToken(component, token), signal, log), isRefused, signal),
    );
    return answer ?? outcome;
  };
  return async (component, signal, log) => {
    const kind = kindOf(component);
    const outcome = await askFor(component, signal, log);
    const { certificate, ipProtocol, phases, elapsedSeconds } = outcome.measurement;
    const responseSeconds = outcome.responseSeconds ?? elapsedSeconds();
    const { failure, headers = [], statusCode, receivedBytes } = outcome;
    const verdictOfKind =
      failure === null
        ? kind.judge(outcome, component, matches)
        : failed(failure.reason, failure.message, failure.level);
    const {
      responseTimeSeconds: slow = thresholds.responseTimeSeconds,
      certificateExpirySeconds: expiring = thresholds.certificateExpirySeconds,
    } = component.thresholds;
    const judged = withCertificate(withCoding(verdictOfKind, outcome), certificate, expiring, clock.nowSeconds());
    const verdict = withSpeed(judged, responseSeconds, slow);
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
      ...(outcome.page === undefined ? {} : { page: outcome.page }),
      ...(verdict.health?.uptimeSeconds === undefined ? {} : { uptimeSeconds: verdict.health.uptimeSeconds }),
      ...(verdict.identity === undefined ? {} : { identity: verdict.identity }),
      checks: verdict.health?.checks ?? [],
      failuresInARow: verdict.up ? 0 : 1,
      headers: log === undefined ? [] : shownHeaders(headers),
      log: log ?? [],
    };
  };
}

/** A body with an unknown coding is judged undecoded, so the message names the coding. */
function withCoding(verdict: Verdict, { headers = [], failure }: Outcome): Verdict {
  if (failure !== null || (verdict.reason !== 'json' && verdict.reason !== 'body')) return verdict;
  return { ...verdict, message: verdict.message + remarkOnCoding(headers) };
}

/** Below the warning threshold the alert about the certificate fires. The alert cannot name the certificate, so this message does. */
function withCertificate(
  verdict: Verdict,
  certificate: CertificateFacts | undefined,
  { warning }: Threshold,
  nowSeconds: number,
): Verdict {
  const leftSeconds = (certificate?.expiryTimestampSeconds ?? Number.POSITIVE_INFINITY) - nowSeconds;
  if (certificate === undefined || verdict.reason === 'tls' || leftSeconds >= warning) return verdict;
  const days = Math.floor(leftSeconds / 86_400);
  const when =
    leftSeconds < 0
      ? 'has expired'
      : days === 0
        ? 'expires within a day'
        : `expires in ${days} ${days === 1 ? 'day' : 'days'}`;
  return { ...verdict, message: `${verdict.message}; a certificate ${when} (${certificate.whose})` };
}

/** A slow answer makes the level of a component that is up worse. A component that is down keeps its message. */
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
