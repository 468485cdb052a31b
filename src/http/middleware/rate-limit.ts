import type { Middleware } from 'koa';
import type { Clock } from '../../clock.js';
import type { RateLimit } from '../web-config.js';
import { webConfigOf } from './web-config.js';

/**
 * Answers 429 to requests beyond `rate_limit`, all clients together, before a password is looked at. Not to the health
 * check: whoever asks that much must not get the exporter restarted as well.
 */
export function rateLimit(clock: Clock): Middleware {
  let bucket: { readonly limit: RateLimit; tokens: number; filledAt: number } | undefined;
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
      ctx.body = 'too many requests: rate_limit of the web configuration\n';
      return;
    }
    bucket.tokens -= 1;
    return next();
  };
}
