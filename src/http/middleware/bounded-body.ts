import type { Middleware } from 'koa';

/** Most routes read no body; one of this size is passed over so that the connection can go on being used. */
const maxUnreadBytes = 16 * 1024;

/**
 * Keeps request bodies from being read, but by the routes that `readers` names, `POST /path` → most bytes. One that is
 * announced larger than the bound is refused; one whose size is not announced costs the client its connection after the answer,
 * so that it cannot be sent for ever.
 */
export function boundedBody(readers: ReadonlyMap<string, number>): Middleware {
  return async (ctx, next) => {
    const maxBytes = readers.get(`${ctx.method} ${ctx.path}`) ?? maxUnreadBytes;
    const tooLarge = Number(ctx.get('content-length')) > maxBytes;
    if (tooLarge || ctx.get('transfer-encoding') !== '') ctx.set('Connection', 'close');
    if (!tooLarge) return next();
    ctx.status = 413;
    ctx.body = `request body refused: no more than ${maxBytes} bytes\n`;
  };
}
