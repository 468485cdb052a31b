import type { Socket } from 'node:net';
import type { Context, Middleware } from 'koa';
import type { Clock } from '../base/clock.js';
import { PasswordCheck } from './password-check.js';
import type { WebConfig, WebConfigSource, WebRateLimit } from './web-config.js';
import type { WebTls } from './web-tls.js';

/** Key in the state of a request. */
const key = 'webConfig';

/** The web configuration, and the TLS settings with which each client connected. */
export interface CurrentWebConfig {
  readonly source: WebConfigSource;
  readonly tlsSettings: WeakMap<Socket, WebTls | undefined>;
}

/**
 * Reads the web configuration once per request, so that all middleware uses the same one. If the client connected with
 * other TLS settings, its connection is closed after this answer.
 */
export function currentWebConfig({ source, tlsSettings }: CurrentWebConfig): Middleware {
  return async (ctx, next) => {
    const webConfig = await source.current();
    ctx.state[key] = webConfig;
    if (tlsSettings.get(ctx.socket) !== webConfig.tls) ctx.set('Connection', 'close');
    await next();
  };
}

/** The web configuration of a request; undefined without one. */
export function webConfigOf(ctx: Context): WebConfig | undefined {
  return ctx.state[key] as WebConfig | undefined;
}

/** Requires a user of `basic_auth_users`, if there are any. Paths with their own authentication are exempt. */
export function authentication(looksAfterItself: (path: string) => boolean): Middleware {
  const passwords = new PasswordCheck();
  return async (ctx, next) => {
    const users = webConfigOf(ctx)?.users;
    if (users === undefined || users.size === 0 || looksAfterItself(ctx.path)) return next();
    const credentials = credentialsOf(ctx.get('authorization'));
    const verdict =
      credentials === undefined ? 'wrong' : await passwords.check(users, { ...credentials, client: ctx.ip });
    if (verdict === 'right') return next();
    if (verdict === 'busy') {
      ctx.status = 503;
      ctx.set('Retry-After', '1');
      ctx.body = 'too many logins at once, try again later\n';
      return;
    }
    ctx.status = 401;
    ctx.set('WWW-Authenticate', 'Basic realm="ai-crm-exporter", charset="UTF-8"');
    ctx.body = 'user name and password required\n';
  };
}

function credentialsOf(header: string): { readonly name: string; readonly password: string } | undefined {
  const encoded = /^basic +([a-z0-9+/]+=*) *$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * Answers 429 to requests above `rate_limit`, which counts all clients together, before a password is checked. The
 * health check is exempt, because many requests must not also cause a restart of the exporter.
 */
export function rateLimit(clock: Clock): Middleware {
  let bucket: { readonly limit: WebRateLimit; tokens: number; filledAt: number } | undefined;
  return async (ctx, next) => {
    const limit = webConfigOf(ctx)?.rateLimit;
    if (limit === undefined || ctx.path === '/-/healthy') return next();
    const now = clock.monotonicSeconds();
    if (bucket?.limit !== limit) bucket = { limit, tokens: limit.burst, filledAt: now };
    bucket.tokens = Math.min(limit.burst, bucket.tokens + (now - bucket.filledAt) / limit.intervalSeconds);
    bucket.filledAt = now;
    if (bucket.tokens < 1) {
      ctx.status = 429;
      ctx.set('Retry-After', String(Math.max(1, Math.ceil((1 - bucket.tokens) * limit.intervalSeconds))));
      ctx.body = 'too many requests: more than rate_limit of the web configuration allows\n';
      return;
    }
    bucket.tokens -= 1;
    return next();
  };
}
