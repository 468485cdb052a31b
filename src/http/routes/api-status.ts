import type { Middleware } from 'koa';
import type { Service } from '../service.js';
import { statusDocument } from '../status-document.js';

/** `GET /api/status`: everything the status page shows, for programs. */
export function apiStatusRoute(service: Service, about: { readonly version: string }): Middleware {
  return async (ctx) => {
    ctx.body = `${JSON.stringify(statusDocument(service.overview(), about.version))}\n`;
    ctx.type = 'json';
  };
}
