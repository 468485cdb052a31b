import type { Middleware } from 'koa';
import type { Service } from '../service.js';

/** `GET /-/ready`: 200 once every collector has run, so that `/metrics` is complete, and 503 before that. */
export function readyRoute(service: Service): Middleware {
  return async (ctx) => {
    const ready = service.isReady();
    ctx.status = ready ? 200 : 503;
    ctx.body = ready ? 'ai-crm-exporter is ready\n' : 'ai-crm-exporter is not ready: not every collector has run yet\n';
  };
}
