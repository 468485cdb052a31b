import type { Socket } from 'node:net';
import { systemCodeOf } from '../../errors.js';
import { ProbeFailure } from '../failure.js';
import type { HttpRequest } from './request.js';
import type { RawResponse, ResponseReader } from './response.js';

/** What is known of an answer while it arrives and when it has: kept up to date even if it never ends. */
export interface ExchangeProgress {
  sentAtMilliseconds?: number;
  firstByteAtMilliseconds?: number;
  reader: ResponseReader;
}

/**
 * Sends one request over an open connection and reads the answer; the connection is of no use afterwards and is closed.
 * Fails with `tls` or `closed` when that breaks, `body` or `size` (see `ResponseReader`), or with the reason of `signal` when that is aborted.
 */
export function exchange(
  socket: Socket,
  request: HttpRequest,
  progress: ExchangeProgress,
  signal: AbortSignal,
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const { reader } = progress;
    const finish = () => {
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
      progress.firstByteAtMilliseconds ??= performance.now();
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
      const code = systemCodeOf(error);
      // As late as this in TLS 1.3: a server that wants a certificate of the client, or another one, says so after the handshake.
      if (code?.startsWith('ERR_SSL_') === true)
        return fail(new ProbeFailure('tls', `the server ended the TLS connection: ${code}`, { cause: error }));
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
      progress.sentAtMilliseconds = performance.now();
      socket.write(request.bytes);
    }
  });
}
