import type { Socket } from 'node:net';
import { systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';
import { type HeaderFields, listElements, parseHeaders, quoted } from './http-headers.js';
import type { HttpRequest } from './http-request.js';
import { addPhase, type Measurement } from './measurement.js';
import { endOfTls } from './tls.js';

/** The answer as received, still encoded. */
export interface RawResponse {
  readonly statusCode: number;
  /** In the order of the answer. */
  readonly headers: HeaderFields;
  readonly body: Buffer;
}

/**
 * Bytes of all headers of one answer, informational responses included. Health checks need less, and Node's own servers
 * refuse such large ones.
 */
const maxHeaderBytes = 64 * 1024;
const maxChunkLineBytes = 1024;

/** In upper or lower case. A later version 1.x means the same to a reader of 1.1 (RFC 9110, 2.5). */
const statusLine = /^HTTP\/1\.[0-9][ \t]+([1-9][0-9]{2})(?:[ \t].*)?$/i;

type Stage = 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'until-close' | 'done';

/**
 * Reads one HTTP/1.1 answer from the bytes of a connection that carries nothing else.
 *
 * It replaces `node:http`, because a probe needs exact times of the first and the last byte, hard limits and one reason
 * for a failure. Also, a new connection per probe costs half as much this way (`npm run bench`). Each method may throw
 * a `ProbeFailure`: `size` above a limit, `body` for what is not HTTP, `closed` for an answer that ends too early.
 */
export class ResponseReader {
  #stage: Stage = 'head';
  #pending: Buffer = Buffer.alloc(0);
  #statusCode = 0;
  #headers: [string, string][] = [];
  /** Grows with the body. A list of pieces would take a hundred times their size if each piece is one byte. */
  #body: Buffer = Buffer.alloc(0);
  #receivedBytes = 0;
  /** Pending bytes without the end of the headers, and bytes of informational headers before these. */
  #searchedBytes = 0;
  #interimBytes = 0;
  /** Bytes that are missing of this body or chunk. */
  #remaining = 0;
  #trailerBytes = 0;

  constructor(
    private readonly method: string,
    private readonly maxBodyBytes: number,
  ) {}

  /** The status code; undefined before all headers have arrived. */
  get statusCode(): number | undefined {
    return this.#stage === 'head' ? undefined : this.#statusCode;
  }

  /** Body bytes so far, without the framing of chunks. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** The headers that have arrived so far. */
  get headers(): HeaderFields {
    return this.#headers;
  }

  /** Adds the next bytes; true when the answer is complete. */
  push(bytes: Buffer): boolean {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (this.#step());
    return this.#stage === 'done';
  }

  /** The connection has ended before `push` has returned true. Fails unless this is a valid end of the answer. */
  end(): void {
    // Only the final line end of the trailers may be missing, because the body is complete then.
    if (this.#stage === 'until-close' || (this.#stage === 'trailers' && this.#pending.length === 0)) return;
    if (this.#stage !== 'head')
      throw new ProbeFailure('closed', `the answer broke off after ${this.#receivedBytes} bytes of its body`);
    if (this.#pending.length > 0) throw new ProbeFailure('closed', 'the answer broke off in its header');
    throw new ProbeFailure('closed', 'the connection was closed without an answer');
  }

  /** The complete answer. Valid only after `push` has returned true or `end` has returned. */
  response(): RawResponse {
    return { statusCode: this.#statusCode, headers: this.#headers, body: this.#body.subarray(0, this.#receivedBytes) };
  }

  /** Processes the pending bytes; false when more are needed, or none. */
  #step(): boolean {
    switch (this.#stage) {
      case 'head':
        return this.#readHead();
      case 'length':
      case 'chunk-data':
        return this.#readCounted();
      case 'chunk-size':
        return this.#readChunkSize();
      case 'chunk-end':
        return this.#readChunkEnd();
      case 'trailers':
        return this.#readTrailer();
      case 'until-close':
        this.#take(this.#pending.length);
        return false;
      case 'done':
        return false;
    }
  }

  #readHead(): boolean {
    const end = headEnd(this.#pending, this.#searchedBytes);
    this.#searchedBytes = end === undefined ? this.#pending.length : 0;
    if (this.#interimBytes + (end?.start ?? this.#pending.length) > maxHeaderBytes)
      throw new ProbeFailure('size', `the header is larger than ${maxHeaderBytes} bytes`);
    if (end === undefined) {
      if (!couldBeHttp(this.#pending)) throw notHttp1(this.#pending);
      return false;
    }
    const [first = '', ...lines] = this.#pending.toString('latin1', 0, end.start).split(/\r?\n/);
    this.#pending = this.#pending.subarray(end.next);
    this.#interimBytes += end.next;
    const status = statusLine.exec(first);
    if (status === null) throw new ProbeFailure('body', 'the answer is not HTTP/1.1');
    this.#headers = parseHeaders(lines);
    this.#statusCode = Number(status[1]);
    if (this.#statusCode >= 200 || this.#statusCode === 101) this.#stage = this.#framing();
    return true;
  }

  #framing(): Stage {
    if (this.method === 'HEAD' || this.#statusCode === 101 || this.#statusCode === 204 || this.#statusCode === 304)
      return 'done';
    const encodings: string[] = [];
    const lengths: string[] = [];
    for (const [name, value] of this.#headers) {
      if (name === 'transfer-encoding')
        encodings.push(...listElements(value).filter((encoding) => encoding !== '' && encoding !== 'identity'));
      else if (name === 'content-length') lengths.push(...listElements(value));
    }
    if (encodings.length > 0) {
      if (encodings.join() !== 'chunked')
        throw new ProbeFailure(
          'body',
          `the answer has the unknown transfer encoding ${quoted(encodings.join(', '))} (Transfer-Encoding)`,
        );
      return 'chunk-size';
    }
    const [length] = lengths;
    if (length === undefined) return 'until-close';
    if (lengths.some((other) => other !== length))
      throw new ProbeFailure(
        'body',
        `the answer has a malformed content length: there are several (Content-Length: ${quoted(lengths.join(', '))})`,
      );
    if (!/^[0-9]{1,15}$/.test(length))
      throw new ProbeFailure('body', `the answer has a malformed content length (Content-Length: ${quoted(length)})`);
    this.#remaining = Number(length);
    if (this.#remaining > this.maxBodyBytes) throw this.#tooLarge();
    return this.#remaining === 0 ? 'done' : 'length';
  }

  #readCounted(): boolean {
    if (this.#pending.length === 0) return false;
    const count = Math.min(this.#remaining, this.#pending.length);
    this.#take(count);
    this.#remaining -= count;
    if (this.#remaining === 0) this.#stage = this.#stage === 'length' ? 'done' : 'chunk-end';
    return true;
  }

  #readChunkSize(): boolean {
    const line = this.#line(maxChunkLineBytes);
    if (line === undefined) return false;
    const size = /^[ \t]*0*([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?$/.exec(line);
    if (size === null) throw new ProbeFailure('body', 'the answer has a malformed chunk');
    this.#remaining = Number.parseInt(size[1] ?? '', 16);
    this.#stage = this.#remaining === 0 ? 'trailers' : 'chunk-data';
    return true;
  }

  #readChunkEnd(): boolean {
    const line = this.#line(2);
    if (line === undefined) return false;
    if (line !== '') throw new ProbeFailure('body', 'the answer has a malformed chunk');
    this.#stage = 'chunk-size';
    return true;
  }

  #readTrailer(): boolean {
    const line = this.#line(maxHeaderBytes);
    if (line === undefined) return false;
    this.#trailerBytes += line.length;
    if (this.#trailerBytes > maxHeaderBytes)
      throw new ProbeFailure('size', `the trailer is larger than ${maxHeaderBytes} bytes`);
    if (line === '') this.#stage = 'done';
    return true;
  }

  #line(maxBytes: number): string | undefined {
    const end = this.#pending.indexOf(0x0a);
    if (end === -1) {
      if (this.#pending.length > maxBytes) throw new ProbeFailure('body', 'the answer has a malformed chunk');
      return undefined;
    }
    const line = this.#pending.toString('latin1', 0, end).replace(/\r$/, '');
    this.#pending = this.#pending.subarray(end + 1);
    return line;
  }

  #take(count: number): void {
    const at = this.#receivedBytes;
    this.#receivedBytes += count;
    if (this.#receivedBytes > this.maxBodyBytes) throw this.#tooLarge();
    if (this.#receivedBytes > this.#body.length) {
      const larger = Buffer.allocUnsafe(
        Math.min(this.maxBodyBytes, Math.max(2 * this.#body.length, this.#receivedBytes)),
      );
      this.#body.copy(larger, 0, 0, at);
      this.#body = larger;
    }
    this.#pending.copy(this.#body, at, 0, count);
    this.#pending = this.#pending.subarray(count);
  }

  #tooLarge(): ProbeFailure {
    return new ProbeFailure('size', `the body is larger than ${this.maxBodyBytes} bytes`);
  }
}

/**
 * Where the headers end: at the first empty line, with or without carriage returns. Searches only bytes that are new,
 * so the cost only depends on the length, also for many pieces or many headers in one piece.
 */
function headEnd(bytes: Buffer, searchedBytes: number): { readonly start: number; readonly next: number } | undefined {
  const from = Math.max(0, searchedBytes - 3);
  const strict = bytes.indexOf('\n\r\n', from);
  const lenient = (strict === -1 ? bytes : bytes.subarray(0, strict + 1)).indexOf('\n\n', from);
  if (lenient !== -1) return { start: lenient, next: lenient + 2 };
  return strict === -1 ? undefined : { start: bytes[strict - 1] === 0x0d ? strict - 1 : strict, next: strict + 3 };
}

/** The first frame of a server that knows only HTTP/2 is SETTINGS of the connection (RFC 9113, 3.4). */
function notHttp1(bytes: Buffer): ProbeFailure {
  const isHttp2 = bytes.length >= 9 && bytes.readUInt32BE(3) === 0x0400_0000 && bytes.readUInt16BE(7) === 0;
  const remedy = '; http_version: 2 of http:// is for servers that know only HTTP/2';
  return new ProbeFailure('body', `the answer is not HTTP/1.1${isHttp2 ? ` but HTTP/2${remedy}` : ''}`);
}

/** Detects another protocol at its first bytes, so the probe does not wait until the deadline. */
function couldBeHttp(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, 7).toUpperCase();
  return 'HTTP/1.'.startsWith(start);
}

/**
 * Sends one request over an open connection and reads the answer. Measures the phases `first_byte` and `transfer`. The
 * connection is closed afterwards. `reader` keeps what has arrived, even of an incomplete answer. Fails with `tls` or
 * `closed` when the connection breaks, with `body` or `size` (see `ResponseReader`), or with the reason of `signal`.
 */
export function exchange(
  socket: Socket,
  request: HttpRequest,
  reader: ResponseReader,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    let sentAt: number | undefined;
    let firstByteAt: number | undefined;
    const finish = () => {
      if (sentAt !== undefined) addPhase(measurement, 'first_byte', sentAt, firstByteAt);
      if (firstByteAt !== undefined) addPhase(measurement, 'transfer', firstByteAt);
      signal.removeEventListener('abort', onAbort);
      socket
        .removeListener('data', onData)
        .removeListener('end', onEnd)
        .removeListener('error', onError)
        .removeListener('close', onClose);
      socket.on('error', () => {});
      socket.destroy();
    };
    const fail = (error: unknown) => {
      finish();
      reject(error as Error);
    };
    const succeed = () => {
      finish();
      resolve(reader.response());
    };
    const onAbort = () => fail(signal.reason);
    const onData = (bytes: Buffer) => {
      firstByteAt ??= measurement.elapsedSeconds();
      try {
        if (reader.push(bytes)) succeed();
      } catch (error) {
        fail(error);
      }
    };
    const onEnd = () => {
      try {
        reader.end();
        succeed();
      } catch (error) {
        fail(error);
      }
    };
    const onError = (error: Error) => {
      const refusal = endOfTls(error);
      if (refusal !== undefined) return fail(refusal);
      const code = systemCodeOf(error);
      const what =
        code === 'ECONNRESET' || code === 'EPIPE' ? 'connection reset' : `connection lost (${code ?? 'unknown error'})`;
      const when =
        reader.statusCode === undefined ? 'before an answer' : `after ${reader.receivedBytes} bytes of the body`;
      fail(new ProbeFailure('closed', `${what} ${when}`, { cause: error }));
    };
    const onClose = () => fail(new ProbeFailure('closed', 'connection lost'));
    socket.on('data', onData).once('end', onEnd).once('error', onError).once('close', onClose);
    if (signal.aborted) onAbort();
    else {
      signal.addEventListener('abort', onAbort, { once: true });
      sentAt = measurement.elapsedSeconds();
      socket.write(request.bytes);
    }
  });
}
