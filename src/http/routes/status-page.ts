import type { Middleware } from 'koa';
import type { Service } from '../service.js';

/** How often the page loads itself anew. */
const refreshSeconds = 30;

/** `GET /`: the status page for people. */
export function statusPageRoute(
  service: Service,
  about: { readonly version: string; readonly telemetryPath: string },
): Middleware {
  return async (ctx) => {
    const { pagePolicy, renderStatusPage } = await import('../page/status-page.js');
    ctx.set('Content-Security-Policy', pagePolicy());
    ctx.type = 'html';
    ctx.body = renderStatusPage({
      overview: service.overview(),
      config: service.config(),
      figures: service.figures(),
      ...about,
      refreshSeconds,
      links: true,
    });
  };
}
