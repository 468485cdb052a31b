import { isIP } from 'node:net';
import type { Context, Middleware } from 'koa';
import { ExporterError } from '../base/errors.js';
import { readUrl } from '../base/host-name.js';
import { oneLine } from '../base/text.js';
import { webConfigOf } from './authentication.js';

/** Endings that no public name server knows, so that no stranger can make such a name lead to this machine. */
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

/** The name in a `Host` header or of an origin, lower case and without port; undefined for what is none. */
function hostnameOf(host: string): string | undefined {
  const shape = /^(\[[0-9a-f:.]+\]|[^\s:/?#@\\[\]%]+)(?::\d{1,5})?$/i.exec(host);
  return shape?.[1]?.toLowerCase().replace(/\.$/, '');
}

/**
 * Under which names the exporter answers browsers.
 *
 * A page from anywhere can have its own name lead to this machine and then read what is answered under that name (DNS
 * rebinding). It needs a name in the public DNS for that. Addresses, names without a dot, names with an ending that is not
 * public and the machine's own name are none; others have to be allowed.
 */
export class AllowedHosts {
  readonly #allowed: readonly string[];
  readonly #own: ReadonlySet<string>;

  /** `allowed` are names, `*.name` for all below one, and `*` for every name; `own` are the machine's. */
  constructor(allowed: readonly string[], own: readonly string[]) {
    this.#allowed = allowed.map((name) => name.toLowerCase());
    this.#own = new Set(own.map((name) => name.toLowerCase()));
  }

  /** Whether a page under this name may be ours. */
  isOurs(hostname: string): boolean {
    if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || !hostname.includes('.') || this.#own.has(hostname)) return true;
    return (
      privateEndings.some((ending) => hostname.endsWith(`.${ending}`)) ||
      this.#allowed.includes('*') ||
      this.isNamed(hostname)
    );
  }

  /** Whether it was allowed by name, as that of a proxy is. */
  isNamed(hostname: string): boolean {
    return this.#allowed.some(
      (name) => name === hostname || (name.startsWith('*.') && hostname.endsWith(name.slice(1))),
    );
  }
}

/** Under this key of a request's state. */
const key = 'malformed';

/**
 * Takes the request line apart before anything else looks at it. A whole URL, as proxies send it, becomes its path and its host, which counts
 * more than the header. One that makes no sense is noted and answered like any other fault, instead of by the framework;
 * its path is `*` from here on, as in logs.
 */
export function requestTarget(): Middleware {
  return (ctx, next) => {
    const { req } = ctx;
    const target = req.url ?? '';
    if (!target.startsWith('/') && target !== '*') {
      const url = readUrl(target);
      const isOurs = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
      if (isOurs) req.headers.host = url.host;
      else ctx.state[key] = 'the request line has neither a path nor a URL in it';
      req.url = isOurs ? `${url.pathname}${url.search}` : '*';
    }
    return next();
  };
}

/** What is wrong with the request line. */
function malformationOf(ctx: Context): string | undefined {
  return ctx.state[key] as string | undefined;
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what a page of somebody else makes a browser ask: 403 for changes from another origin, and for reading under a name
 * that is not ours, see `AllowedHosts`. 400 for requests that do not say whom they are for.
 *
 * Programs send no `Origin`, so that Alertmanager and `curl` may change things under every name. `forPrograms` are the paths
 * that Prometheus and health checks read under whatever name they know. Over TLS the certificate says who we are, and where
 * there are users a page of somebody else has no password: under a wrong name it gets nothing there anyway.
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
          `this exporter is not called ${oneLine(hostname, 253)}: if it is, start it with --web.allowed-host`,
        );
    } else if (!isOwnOrigin(ctx, hosts, isOurs)) {
      throw refusal(
        'refused: asked for by a page of another origin; a page under the name of a proxy may if the exporter is started with --web.allowed-host',
      );
    }
    return next();
  };
}

/** Whom a request is for; undefined where HTTP/1.0 leaves it open, as no browser does. */
function addressed(ctx: Context): string | undefined {
  const malformed = malformationOf(ctx);
  if (malformed !== undefined) throw badRequest(malformed);
  const { host } = ctx.req.headers;
  if (ctx.req.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length > 1)
    throw badRequest('the Host header is there more than once');
  if (host === undefined) {
    if (ctx.req.httpVersion === '1.0') return undefined;
    throw badRequest('the Host header is missing');
  }
  const hostname = hostnameOf(host);
  if (hostname === undefined) throw badRequest('the Host header is no host');
  return hostname;
}

/** Whether it was no page that asked, or one of ours, or one under the name of a proxy. */
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
