import type { Socket } from 'node:net';
import type { HttpSettings } from '../../config/config.js';
import { shownHeaderValue } from '../../sensitive.js';
import { addPhase, failureOf, type Measurement, newMeasurement, type ProbeOutcome } from '../measurement.js';
import { handshake } from '../net/handshake.js';
import { openConnection } from '../net/open.js';
import type { Resolve } from '../net/resolve.js';
import type { TlsContexts } from '../net/tls.js';
import { Cookies } from './cookies.js';
import { decodeBody } from './decode.js';
import { type ExchangeProgress, exchange } from './exchange.js';
import type { HeaderFields } from './headers.js';
import { nextHop } from './redirect.js';
import { type HttpRequest, writeRequest } from './request.js';
import { ResponseReader } from './response.js';
import type { HttpTarget } from './target.js';

/** What an HTTP probe needs of the house: shared between all of them. */
export interface HttpProber {
  readonly resolve: Resolve;
  readonly tlsContexts: TlsContexts;
  /** `User-Agent` of every probe. */
  readonly userAgent: string;
}

/** What an HTTP probe got; fields of the answer are absent as far as none arrived. */
export interface HttpOutcome extends ProbeOutcome {
  readonly statusCode?: number;
  readonly headers: HeaderFields;
  /** Body bytes as they were received. */
  readonly receivedBytes?: number;
  /** The decoded body; absent when it did not arrive whole. */
  readonly body?: Buffer;
}

/** A target that is probed again and again; see `probeHttp`. */
export type HttpProbe = (signal: AbortSignal, log?: string[]) => Promise<HttpOutcome>;

/** Makes the probe of a target whose first request is written once. */
export function prepareHttp(target: HttpTarget, prober: HttpProber): HttpProbe {
  let first: HttpRequest | undefined;
  const firstRequest = () =>
    (first ??= writeRequest(new URL(target.url), target.http.method, target.http, prober.userAgent));
  return (signal, log) => probe(target, prober, firstRequest, signal, log);
}

/**
 * Probes one HTTP or HTTPS target over fresh connections, redirects included, until it is answered, fails, or `signal` is
 * aborted. Never throws: every way to fail is an outcome with one of the closed reasons, what was measured until then
 * included.
 */
export function probeHttp(
  target: HttpTarget,
  prober: HttpProber,
  signal: AbortSignal,
  log?: string[],
): Promise<HttpOutcome> {
  return prepareHttp(target, prober)(signal, log);
}

async function probe(
  target: HttpTarget,
  prober: HttpProber,
  firstRequest: () => HttpRequest,
  signal: AbortSignal,
  log: string[] | undefined,
): Promise<HttpOutcome> {
  const measurement = newMeasurement(log);
  let progress: ExchangeProgress | undefined;
  const arrived = () => {
    if (progress === undefined) return { headers: [] };
    const { statusCode, headers, receivedBytes } = progress.reader;
    return statusCode === undefined ? { headers } : { headers, statusCode, receivedBytes };
  };
  try {
    const cookies = target.cookies ?? new Cookies();
    let request =
      target.cookies === undefined
        ? firstRequest()
        : writeRequest(new URL(target.url), target.http.method, target.http, prober.userAgent, cookies);
    for (let hops = 0; ; hops++) {
      progress = { reader: new ResponseReader(request.method, target.http.maxBodyBytes) };
      const answer = await oneHop(request, target.http, prober, measurement, progress, signal);
      const next = nextHop(request, answer, target, hops);
      if (next !== undefined || target.cookies !== undefined) await cookies.keep(request.url, answer.headers);
      if (next === undefined) {
        const body = await decodeBody(answer.body, answer.headers, target.http.maxBodyBytes);
        return { failure: null, measurement, ...arrived(), body };
      }
      measurement.note(() => `redirected to ${shown(next.url)}`);
      request = writeRequest(next.url, next.method, target.http, prober.userAgent, cookies);
    }
  } catch (error) {
    const failure = failureOf(error, signal, measurement);
    measurement.note(() => `failed (${failure.reason}): ${failure.message}`);
    return { failure, measurement, ...arrived() };
  }
}

async function oneHop(
  request: HttpRequest,
  settings: HttpSettings,
  prober: HttpProber,
  measurement: Measurement,
  progress: ExchangeProgress,
  signal: AbortSignal,
) {
  const { url } = request;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isTls = url.protocol === 'https:';
  measurement.note(() => `${request.method} ${shown(url)}`);
  let socket: Socket = await openConnection(
    host,
    Number(url.port || (isTls ? 443 : 80)),
    prober.resolve,
    measurement,
    signal,
  );
  if (isTls)
    socket = await handshake(
      socket,
      host,
      settings.tls,
      { contexts: prober.tlsContexts, protocols: ['http/1.1'] },
      measurement,
      signal,
    );
  try {
    const answer = await exchange(socket, request, progress, signal);
    measurement.note(() => `answered ${answer.statusCode}, ${answer.body.length} bytes`);
    return answer;
  } finally {
    const { sentAtMilliseconds: sentAt, firstByteAtMilliseconds: firstByteAt } = progress;
    if (sentAt !== undefined) addPhase(measurement, 'first_byte', sentAt, firstByteAt);
    if (firstByteAt !== undefined) addPhase(measurement, 'transfer', firstByteAt);
  }
}

/** Without its query, and without a session that stands in its path. */
function shown({ origin, pathname }: URL): string {
  return shownHeaderValue('location', `${origin}${pathname}`);
}
