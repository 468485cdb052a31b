import type { Middleware } from 'koa';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';

/** Logs each request at debug once it is answered. The query stays out: a `/probe` target in it may carry credentials. */
export function accessLog(log: Log, clock: Clock): Middleware {
  return async (ctx, next) => {
    const startedAt = clock.monotonicSeconds();
    await next();
    log.debug('request answered', {
      method: ctx.method,
      path: ctx.path,
      status: ctx.status,
      duration_seconds: clock.monotonicSeconds() - startedAt,
      bytes: ctx.length ?? null,
      client: ctx.ip,
    });
  };
}
