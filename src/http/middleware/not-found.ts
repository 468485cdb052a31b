import type { Middleware } from 'koa';

/** Answers what no route took, with the way to the page that links everything. */
export function notFound(): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 404 || ctx.body != null) return;
    ctx.status = 404;
    ctx.body = 'not found: see / for everything there is\n';
  };
}
