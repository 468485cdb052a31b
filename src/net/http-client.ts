import type { Socket } from 'node:net';
import { bracketed, readUrl } from '../base/host-name.js';
import { ProbeFailure } from '../base/reason.js';
import { shownHeaderValue } from '../base/sensitive.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import { handshake, handshakeHttp2, type Network, openConnection } from './connect.js';
import { decodeBody } from './http-decode.js';
import { Cookies, fieldOf, type HeaderFields, isRedirect } from './http-headers.js';
import { carriesCredentials, type HttpRequest, writeRequest } from './http-request.js';
import { exchange, type RawResponse, ResponseReader } from './http-response.js';
import { attempt, type Measurement, newMeasurement, type ProbeOutcome } from './measurement.js';
import { portOf } from './origin-name.js';
import { connectProxy, refusalOf } from './proxy.js';

/** The target of an HTTP probe. */
export interface HttpTarget {
  readonly url: string;
  readonly http: HttpSettings;
  /** Refuse every redirect to another origin, even without credentials: for targets that a client of `/probe` names. */
  readonly stayOnOrigin?: boolean;
  /** Cookies that are sent and updated by answers. Absent: each probe starts without cookies. */
  readonly cookies?: Cookies | undefined;
}

const maxHops = 5;

/**
 * The next request after a redirect; undefined when this answer is the last one. A redirect whose status code is in
 * `expect.status` is not followed.
 *
 * Fails with `redirect` for a loop, for an invalid location, and for another origin when the settings carry
 * credentials: these are for one server, and a probe without them would test something else. Fails with
 * `refused_target` when the target must stay on its origin.
 */
export function nextHop(
  request: HttpRequest,
  answer: RawResponse,
  target: HttpTarget,
  hops: number,
): { readonly url: URL; readonly method: string } | undefined {
  const { followRedirects, expect } = target.http;
  if (!followRedirects || !isRedirect(answer.statusCode) || expect.statusCodes?.includes(answer.statusCode) === true)
    return undefined;
  // Bytes above 0x7f are sent unchanged, in any encoding. In a host name the URL parser reads them as UTF-8.
  const location = fieldOf(answer.headers, 'location').replace(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (location === '') return undefined;
  if (hops >= maxHops) throw new ProbeFailure('redirect', `more than ${maxHops} redirects`);
  const url = readUrl(location, request.url.href);
  if (url === undefined) throw new ProbeFailure('redirect', 'redirected to something that is not a URL');
  url.username = '';
  url.password = '';
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ProbeFailure('redirect', `redirected to the scheme ${url.protocol.slice(0, 20)}`);
  if (url.origin !== new URL(target.url).origin) {
    if (target.stayOnOrigin === true)
      throw new ProbeFailure('refused_target', `redirected to another origin, ${url.origin}`);
    if (carriesCredentials(target.http))
      throw new ProbeFailure(
        'redirect',
        `redirected to another origin, ${url.origin}, which must not get the credentials`,
      );
  }
  const keepsMethod = answer.statusCode === 307 || answer.statusCode === 308 || request.method === 'HEAD';
  return { url, method: keepsMethod ? request.method : 'GET' };
}

/** What all HTTP probes share. */
export interface HttpProber extends Network {
  /** `User-Agent` of every probe. */
  readonly userAgent: string;
}

/** The result of an HTTP probe. Parts of the answer that did not arrive are absent. */
export interface HttpOutcome extends ProbeOutcome {
  readonly statusCode?: number;
  readonly headers: HeaderFields;
  /** Body bytes as received, before decoding. */
  readonly receivedBytes?: number;
  /** The URL of the last answer, after redirects. */
  readonly url?: URL;
  /** The decoded body; absent when it is not complete. */
  readonly body?: Buffer;
}

/** A prepared probe of one target; see `probeHttp`. */
export type HttpProbe = (measurement: Measurement, signal: AbortSignal) => Promise<HttpOutcome>;

/** Prepares the probe of a target. Its first request is written only once. */
export function prepareHttp(target: HttpTarget, prober: HttpProber): HttpProbe {
  let first: HttpRequest | undefined;
  const firstRequest = () =>
    (first ??= writeRequest(new URL(target.url), target.http.method, target.http, prober.userAgent));
  return (measurement, signal) => probe(target, prober, firstRequest, measurement, signal);
}

/**
 * Probes one HTTP or HTTPS target over new connections, redirects included, until an answer, a failure or the abort of
 * `signal`. Never throws: a failure is an outcome with one of the closed reasons and with everything that was measured
 * before it.
 */
export function probeHttp(
  target: HttpTarget,
  prober: HttpProber,
  signal: AbortSignal,
  log?: string[],
): Promise<HttpOutcome> {
  const { url, http, cookies } = target;
  const firstRequest = () => writeRequest(new URL(url), http.method, http, prober.userAgent, cookies);
  return probe(target, prober, firstRequest, newMeasurement(log), signal);
}

async function probe(
  target: HttpTarget,
  prober: HttpProber,
  firstRequest: () => HttpRequest,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<HttpOutcome> {
  const cookies = target.cookies ?? new Cookies();
  /** What has arrived for the current request. */
  const last: { reader?: Received; url?: URL } = {};
  const { failure, answer: body } = await attempt(measurement, signal, async () => {
    let request = firstRequest();
    for (let hops = 0; ; hops++) {
      const reader = new ResponseReader(request.method, target.http.maxBodyBytes);
      last.reader = reader;
      last.url = request.url;
      const answer = await oneHop(request, target.http, prober, measurement, reader, signal);
      if (request.http2 !== undefined) last.reader = { ...answer, receivedBytes: answer.body.length };
      const next = nextHop(request, answer, target, hops);
      if (next !== undefined || target.cookies !== undefined) await cookies.keep(request.url, answer.headers);
      if (next === undefined) return decodeBody(answer.body, answer.headers, target.http.maxBodyBytes);
      measurement.note(() => `redirected to ${shown(next.url)}`);
      request = writeRequest(next.url, next.method, target.http, prober.userAgent, cookies);
    }
  });
  const { statusCode, receivedBytes = 0, headers = [] } = last.reader ?? {};
  return {
    failure,
    measurement,
    headers,
    ...(statusCode !== undefined && { statusCode, receivedBytes }),
    ...(last.url !== undefined && { url: last.url }),
    ...(body !== undefined && { body }),
  };
}

/** The part of an answer that has arrived. */
type Received = Pick<ResponseReader, 'statusCode' | 'receivedBytes' | 'headers'>;

async function oneHop(
  request: HttpRequest,
  settings: HttpSettings,
  prober: HttpProber,
  measurement: Measurement,
  reader: ResponseReader,
  signal: AbortSignal,
): Promise<RawResponse> {
  const { url, proxy, http2 } = request;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(portOf(url));
  const isTls = url.protocol === 'https:';
  const place = `${bracketed(host)}:${port}`;
  measurement.note(
    () => `${request.method} ${shown(url)}${proxy === undefined ? '' : ` over the proxy ${proxy.shown}`}`,
  );
  let socket: Socket =
    proxy === undefined
      ? await openConnection(host, port, prober, measurement, signal)
      : await connectProxy(proxy, isTls || http2 ? place : undefined, prober, measurement, signal);
  const contexts = prober.tlsContexts;
  if (isTls && http2 !== undefined)
    socket = await handshakeHttp2(socket, host, settings.tls, contexts, measurement, signal);
  else if (isTls)
    socket = await handshake(socket, host, settings.tls, { contexts, protocols: ['http/1.1'] }, measurement, signal);
  const answer =
    http2 === undefined
      ? await exchange(socket, request, reader, measurement, signal)
      : await (await import('./http2-exchange.js')).exchangeHttp2(
          socket,
          { ...http2, maxBodyBytes: settings.maxBodyBytes },
          measurement,
          signal,
        );
  measurement.note(() => `answered ${answer.statusCode}, ${answer.body.length} bytes`);
  // Only a proxy answers 407.
  if (proxy !== undefined && answer.statusCode === 407) throw refusalOf(proxy, 407, place);
  return answer;
}

/** Without the query, and without a session id in the path. */
function shown({ origin, pathname }: URL): string {
  return shownHeaderValue('location', `${origin}${pathname}`);
}
