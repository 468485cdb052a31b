import type { Middleware } from 'koa';
import type { Service } from '../service.js';
import { statusDocument } from '../status-document.js';

/** `GET /api/status`: everything the status page shows, for programs. */
export function apiStatusRoute(service: Service, about: { readonly version: string }): Middleware {
  return async (ctx) => {
    const parts = { overview: service.overview(), config: service.config(), figures: service.figures(), ...about };
    ctx.body = `${JSON.stringify(statusDocument(parts))}\n`;
    ctx.type = 'json';
  };
}
