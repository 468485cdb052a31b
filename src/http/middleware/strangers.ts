import type { Context, Middleware } from 'koa';
import { ExporterError } from '../../errors.js';
import { oneLine } from '../../text.js';
import { type AllowedHosts, hostnameOf } from '../allowed-hosts.js';
import { malformationOf } from './request-target.js';
import { webConfigOf } from './web-config.js';

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
  if (!URL.canParse(origin)) return false;
  const { protocol, host, hostname } = new URL(origin);
  if (hosts.isNamed(hostname)) return true;
  const own = `${protocol}//${ctx.get('host')}`;
  return isOurs && URL.canParse(own) && new URL(own).host === host;
}

function badRequest(message: string): ExporterError {
  return new ExporterError('bad_request', message, { expose: true });
}

function refusal(message: string): ExporterError {
  return new ExporterError('refused_client', message, { expose: true });
}
