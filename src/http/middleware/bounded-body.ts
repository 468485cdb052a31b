import type { Middleware } from 'koa';

/** No route reads a body; one of this size is passed over so that the connection can go on being used. */
const maxBytes = 16 * 1024;

/**
 * Keeps request bodies from being read. One that is announced larger than the bound is refused; one whose size is not
 * announced costs the client its connection after the answer, so that it cannot be sent for ever.
 */
export function boundedBody(): Middleware {
  return async (ctx, next) => {
    const tooLarge = Number(ctx.get('content-length')) > maxBytes;
    if (tooLarge || ctx.get('transfer-encoding') !== '') ctx.set('Connection', 'close');
    if (!tooLarge) return next();
    ctx.status = 413;
    ctx.body = `request body refused: no more than ${maxBytes} bytes\n`;
  };
}
