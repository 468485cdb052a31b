import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Middleware } from 'koa';
import { messageOf, systemCodeOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { webConfigOf } from './authentication.js';

/**
 * Maximum size of a request body, except for notifications. Most routes read no body; a body of this size is skipped,
 * so that the connection can be reused.
 */
export const maxUnreadBytes = 16 * 1024;

/**
 * Limits request bodies. Only the routes in `readers` read them: `POST /path` → maximum bytes. A body with a larger
 * announced size is refused. After a body without an announced size the connection is closed, so that it cannot be sent
 * endlessly.
 */
export function boundedBody(readers: ReadonlyMap<string, number>): Middleware {
  return async (ctx, next) => {
    const maxBytes = readers.get(`${ctx.method} ${ctx.path}`) ?? maxUnreadBytes;
    const tooLarge = Number(ctx.get('content-length')) > maxBytes;
    if (tooLarge || ctx.get('transfer-encoding') !== '') ctx.set('Connection', 'close');
    if (!tooLarge) return next();
    ctx.status = 413;
    ctx.body = `request body too large: at most ${maxBytes} bytes\n`;
  };
}

/** The body of a request; undefined when it is too long. A too large announced length is refused earlier. */
export async function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A smaller answer fits into one packet, compressed or not. */
const minimumBytes = 1024;

/**
 * Compresses text for clients that accept gzip, on a thread of the pool. Level 1 takes half the CPU time of the default
 * level, for a tenth more bytes.
 */
export function compression(): Middleware {
  return async (ctx, next) => {
    await next();
    const { body } = ctx;
    if (typeof body !== 'string' && !Buffer.isBuffer(body)) return;
    ctx.vary('Accept-Encoding');
    if ((ctx.length ?? 0) <= minimumBytes || ctx.acceptsEncodings('gzip', 'identity') !== 'gzip') return;
    const type = ctx.response.get('Content-Type');
    ctx.body = await promisify(gzip)(body, { level: constants.Z_BEST_SPEED });
    ctx.set({ 'Content-Type': type, 'Content-Encoding': 'gzip' });
  };
}

/** Headers of every answer; a route may replace them. */
const ownHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Headers of every answer: no caching, no guessed types, no frames, no resources from elsewhere. The status page
 * replaces the policy with one that allows its own style sheet. Headers of the web configuration replace all of these.
 */
export function securityHeaders(): Middleware {
  return async (ctx, next) => {
    ctx.set(ownHeaders);
    await next();
    for (const [name, value] of webConfigOf(ctx)?.headers ?? []) ctx.set(name, value);
  };
}

const statusOf: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers invalid requests, which Node.js cannot read, with the usual headers, and closes the connection. */
export function answerUnreadable(log: Log, extraHeaders: () => ReadonlyMap<string, string> | undefined) {
  return (error: Error, socket: Duplex): void => {
    const code = systemCodeOf(error);
    // The client has left, or an answer has started: no error answer is possible.
    const isBegun = 'bytesWritten' in socket && Number(socket.bytesWritten) > 0;
    if (code === 'ECONNRESET' || !socket.writable || isBegun) {
      socket.destroy();
      return;
    }
    const status = statusOf[code ?? ''] ?? 400;
    const body = `${STATUS_CODES[status]?.toLowerCase()}: the request is not valid HTTP\n`;
    const headers = {
      ...ownHeaders,
      ...Object.fromEntries(extraHeaders() ?? []),
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': body.length,
      Date: new Date().toUTCString(),
      Connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    log.debug('request refused', { status, error: messageOf(error) });
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  };
}
