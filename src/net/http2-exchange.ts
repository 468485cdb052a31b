import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';
import type { HeaderFields } from './http-headers.js';
import { addPhase, type Measurement } from './measurement.js';
import { endOfTls } from './tls.js';

/** One HTTP/2 request, ready to send. */
export interface Http2Request {
  /** With `:method`, `:path` and `:authority`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly maxBodyBytes: number;
}

/** The answer with its trailers. */
export interface Http2Answer {
  readonly statusCode: number;
  readonly headers: HeaderFields;
  readonly trailers: HeaderFields;
  readonly body: Buffer;
}

/** Maximum size of the headers of an answer, in bytes. */
const maxHeaderListSize = 64 * 1024;

/**
 * Sends one HTTP/2 request over an open connection and reads the answer. Measures the phases `first_byte` and
 * `transfer`. The connection is always closed afterwards. Fails with `closed`, `body`, `size` or `tls`, or with the
 * reason of `signal`.
 */
export function exchangeHttp2(
  socket: Socket,
  request: Http2Request,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<Http2Answer> {
  const startedAt = measurement.elapsedSeconds();
  let firstByteAt: number | undefined;
  // The headers name the server. This URL only sets `:scheme`.
  const session = connect(`${'encrypted' in socket ? 'https' : 'http'}://localhost`, {
    createConnection: () => socket,
    settings: { enablePush: false, maxHeaderListSize },
  });
  let onAbort = () => {};
  return new Promise<Http2Answer>((resolve, reject) => {
    const fail = (error: unknown) => reject(error as Error);
    onAbort = () => fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const lost = (error?: unknown) => fail(explained(error));
    session.on('error', lost).on('close', lost);
    // A server that goes away without an error still answers the requests that it has accepted. This is its first request.
    session.on('goaway', (code, lastStream = 0) => (code === 0 && lastStream > 0 ? undefined : lost()));
    if (signal.aborted) return onAbort();
    const stream = session.request(request.headers, { endStream: request.body === undefined });
    let headers: IncomingHttpHeaders & { readonly ':status'?: number | undefined } = {};
    let trailers: IncomingHttpHeaders = {};
    const pieces: Buffer[] = [];
    let bytes = 0;
    stream
      .on('response', (fields) => {
        firstByteAt ??= measurement.elapsedSeconds();
        headers = fields;
      })
      .on('trailers', (fields: IncomingHttpHeaders) => (trailers = fields))
      .on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > request.maxBodyBytes)
          fail(new ProbeFailure('size', `the body is larger than ${request.maxBodyBytes} bytes`));
        else pieces.push(piece);
      })
      .on('error', lost)
      // `end` is not enough: an answer that the server cancels ends like a complete one.
      .on('close', () => {
        const statusCode = Number(headers[':status']);
        if (stream.rstCode !== constants.NGHTTP2_NO_ERROR && !socket.destroyed) return fail(cancelled());
        if (!(statusCode >= 100) || !stream.readableEnded) return lost();
        resolve({ statusCode, headers: fieldsOf(headers), trailers: fieldsOf(trailers), body: Buffer.concat(pieces) });
      });
    if (request.body !== undefined) stream.end(request.body);
  }).finally(() => {
    signal.removeEventListener('abort', onAbort);
    addPhase(measurement, 'first_byte', startedAt, firstByteAt);
    if (firstByteAt !== undefined) addPhase(measurement, 'transfer', firstByteAt);
    close(session, socket);
  });
}

/** Later errors of a closed session are ignored. */
function close(session: ClientHttp2Session, socket: Socket): void {
  session.removeAllListeners().on('error', () => {});
  session.destroy();
  socket.on('error', () => {});
  socket.destroy();
}

function fieldsOf(headers: IncomingHttpHeaders): HeaderFields {
  return Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(':') || value === undefined ? [] : [value].flat().map((each) => [name, each] as const),
  );
}

function cancelled(cause?: unknown): ProbeFailure {
  return new ProbeFailure('closed', 'the server cancelled the request', { cause });
}

function explained(error: unknown): ProbeFailure {
  const code = systemCodeOf(error);
  const refusal = endOfTls(error);
  if (refusal !== undefined) return refusal;
  if (code === 'ERR_HTTP2_ERROR') return new ProbeFailure('body', 'the server does not speak HTTP/2', { cause: error });
  if (code === 'ERR_HTTP2_STREAM_ERROR') return cancelled(error);
  // Node.js itself cancels the request when the connection ends.
  const what =
    code === undefined || code === 'ERR_HTTP2_STREAM_CANCEL'
      ? 'the connection was closed'
      : `connection lost (${code})`;
  return new ProbeFailure('closed', `${what} before an answer`, { cause: error });
}
