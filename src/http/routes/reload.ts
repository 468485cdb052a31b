import type { Middleware } from 'koa';
import type { Service } from '../service.js';

/** `POST /-/reload`: 200 when the new configuration is in force; 500 with every problem of it when the old one still is. */
export function reloadRoute(service: Service): Middleware {
  return async (ctx) => {
    await service.reload();
    ctx.body = 'configuration reloaded\n';
  };
}
