import type { Middleware } from 'koa';
import { webConfigOf } from './web-config.js';

/** What every answer carries unless it replaces it. */
export const ownHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Headers that every answer carries: nothing is cached, guessed at, framed or loaded from elsewhere. The status page
 * replaces the policy with one that allows its own style sheet; headers of the web configuration replace all of these.
 */
export function securityHeaders(): Middleware {
  return async (ctx, next) => {
    ctx.set(ownHeaders);
    await next();
    for (const [name, value] of webConfigOf(ctx)?.headers ?? []) ctx.set(name, value);
  };
}
