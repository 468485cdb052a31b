import { isIP } from 'node:net';
import type { Context, Middleware } from 'koa';
import { ExporterError } from '../base/errors.js';
import { readUrl } from '../base/host-name.js';
import { oneLine } from '../base/text.js';
import { webConfigOf } from './authentication.js';

/** Endings that no public name server serves. So no other site can make such a name point to this machine. */
const privateEndings = [
  'localhost',
  'local',
  'internal',
  'home.arpa',
  'test',
  'svc',
  'localdomain',
  'lan',
  'home',
  'corp',
  'intranet',
  'private',
];

/** The name in a `Host` header or an origin, in lower case and without port; undefined for an invalid one. */
function hostnameOf(host: string): string | undefined {
  const shape = /^(\[[0-9a-f:.]+\]|[^\s:/?#@\\[\]%]+)(?::\d{1,5})?$/i.exec(host);
  return shape?.[1]?.toLowerCase().replace(/\.$/, '');
}

/**
 * The names at which the exporter answers browsers.
 *
 * A page of any site can make its own name point to this machine, and then read answers at that name (DNS rebinding).
 * For this the name must be in the public DNS. These names are not: addresses, names without a dot, names with a
 * private ending, and the machine's own name. Others must be allowed.
 */
export class AllowedHosts {
  readonly #allowed: readonly string[];
  readonly #own: ReadonlySet<string>;

  /** `allowed`: names, `*.name` for all below it, and `*` for every name; `own`: names of this machine. */
  constructor(allowed: readonly string[], own: readonly string[]) {
    this.#allowed = allowed.map((name) => name.toLowerCase());
    this.#own = new Set(own.map((name) => name.toLowerCase()));
  }

  /** Whether a page at this name may be one of the exporter. */
  isOurs(hostname: string): boolean {
    if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || !hostname.includes('.') || this.#own.has(hostname)) return true;
    return (
      privateEndings.some((ending) => hostname.endsWith(`.${ending}`)) ||
      this.#allowed.includes('*') ||
      this.isNamed(hostname)
    );
  }

  /** Whether the name is allowed explicitly, such as that of a proxy. */
  isNamed(hostname: string): boolean {
    return this.#allowed.some(
      (name) => name === hostname || (name.startsWith('*.') && hostname.endsWith(name.slice(1))),
    );
  }
}

/** Key in the state of a request. */
const key = 'malformed';

/**
 * Parses the request line before all other middleware. A complete URL, as proxies send it, is split into path and host;
 * this host replaces the header. An invalid request line is recorded and answered like other errors, not by the
 * framework. Its path becomes `*`, also in logs.
 */
export function requestTarget(): Middleware {
  return (ctx, next) => {
    const { req } = ctx;
    const target = req.url ?? '';
    if (!target.startsWith('/') && target !== '*') {
      const url = readUrl(target);
      const isOurs = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
      if (isOurs) req.headers.host = url.host;
      else ctx.state[key] = 'the request line contains neither a path nor a URL';
      req.url = isOurs ? `${url.pathname}${url.search}` : '*';
    }
    return next();
  };
}

/** What is wrong with the request line; undefined when it is valid. */
function malformationOf(ctx: Context): string | undefined {
  return ctx.state[key] as string | undefined;
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that pages of other sites make browsers send: 403 for changes from another origin, and for reading
 * at a name that is not the exporter's, see `AllowedHosts`. 400 for requests without a valid host.
 *
 * Programs send no `Origin`, so Alertmanager and `curl` may make changes at every name. `forPrograms` are the paths
 * that Prometheus and health checks may read at any name. With TLS the certificate proves the name. With users, pages
 * of other sites have no password. So in both cases every name is allowed.
 */
export function strangers(hosts: AllowedHosts, forPrograms: ReadonlySet<string>): Middleware {
  return async (ctx, next) => {
    const hostname = addressed(ctx);
    const isProven = ctx.secure || (webConfigOf(ctx)?.users.size ?? 0) > 0;
    const isOurs = hostname === undefined || isProven || hosts.isOurs(hostname);
    if (safeMethods.has(ctx.method)) {
      const isForPrograms = forPrograms.has(ctx.path) && ctx.query['debug'] === undefined;
      if (!isOurs && !isForPrograms)
        throw refusal(
          `${oneLine(hostname, 253)} is not a known name of this exporter; to allow it, start the exporter with --web.allowed-host`,
        );
    } else if (!isOwnOrigin(ctx, hosts, isOurs)) {
      throw refusal(
        'refused: the request comes from a page of another origin; if that is a proxy of this exporter, start the exporter with --web.allowed-host and its name',
      );
    }
    return next();
  };
}

/** The host of a request; undefined only for HTTP/1.0 without one, which no browser sends. */
function addressed(ctx: Context): string | undefined {
  const malformed = malformationOf(ctx);
  if (malformed !== undefined) throw badRequest(malformed);
  const { host } = ctx.req.headers;
  if (ctx.req.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length > 1)
    throw badRequest('there is more than one Host header');
  if (host === undefined) {
    if (ctx.req.httpVersion === '1.0') return undefined;
    throw badRequest('the Host header is missing');
  }
  const hostname = hostnameOf(host);
  if (hostname === undefined) throw badRequest('the Host header is not a valid host name');
  return hostname;
}

/** Whether the request comes from no page, from a page of the exporter, or from one at the name of a proxy. */
function isOwnOrigin(ctx: Context, hosts: AllowedHosts, isOurs: boolean): boolean {
  const origin = ctx.get('origin');
  const site = ctx.get('sec-fetch-site');
  if (origin === '') return site === '' || site === 'same-origin' || site === 'none';
  const from = readUrl(origin);
  if (from === undefined) return false;
  const { protocol, host, hostname } = from;
  if (hosts.isNamed(hostname)) return true;
  const own = `${protocol}//${ctx.get('host')}`;
  return isOurs && readUrl(own)?.host === host;
}

function badRequest(message: string): ExporterError {
  return new ExporterError('bad_request', message, { expose: true });
}

function refusal(message: string): ExporterError {
  return new ExporterError('refused_client', message, { expose: true });
}
