import type { Context, Middleware } from 'koa';

/** Under this key of a request's state. */
const key = 'malformed';

/**
 * Takes the request line apart before anything else looks at it. A whole URL, as proxies send it, becomes its path and its host, which counts
 * more than the header. One that makes no sense is noted and answered like any other fault, instead of by the framework;
 * its path is `*` from here on, as in logs.
 */
export function requestTarget(): Middleware {
  return (ctx, next) => {
    const { req } = ctx;
    const target = req.url ?? '';
    if (!target.startsWith('/') && target !== '*') {
      const url = URL.canParse(target) ? new URL(target) : undefined;
      const isOurs = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
      if (isOurs) req.headers.host = url.host;
      else ctx.state[key] = 'the request line has neither a path nor a URL in it';
      req.url = isOurs ? `${url.pathname}${url.search}` : '*';
    }
    return next();
  };
}

/** What is wrong with the request line. */
export function malformationOf(ctx: Context): string | undefined {
  return ctx.state[key] as string | undefined;
}
