import type { Middleware } from 'koa';
import { negotiate } from '../../metrics/exposition.js';
import type { Service } from '../service.js';

/** `GET /metrics`: the exposition, in the format that the scraper prefers. Never waits for a probe. */
export function metricsRoute(service: Service): Middleware {
  return async (ctx) => {
    const { body, contentType } = await service.metrics(negotiate(ctx.get('accept')));
    ctx.vary('Accept');
    ctx.set('Content-Type', contentType);
    ctx.body = body;
  };
}
