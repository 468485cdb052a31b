import type { Middleware } from 'koa';

/** Puts a sentence into the empty answers that the router gives to methods which a path does not have. */
export function methodNotAllowed(): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 405 && ctx.status !== 501) return;
    const allowed = ctx.response.get('Allow');
    ctx.body = `${ctx.method} is not allowed here${allowed === '' ? '' : `: use ${allowed}`}\n`;
  };
}
