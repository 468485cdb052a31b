import type { Socket } from 'node:net';
import { messageOf, systemCodeOf } from '../../errors.js';
import { ProbeFailure } from '../failure.js';
import { addPhase, type Measurement } from '../measurement.js';

/** `SSLRequest`: its length, and the number that stands where the version of the protocol would. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Asks a PostgreSQL server on a fresh connection to go on with TLS; counts as part of the phase `tls`. Fails with `tls` when
 * it will not, or with the reason of `signal`, and the connection is closed then.
 */
export async function requestTls(socket: Socket, measurement: Measurement, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  try {
    const answer = await ask(socket, signal);
    // Anything after the one byte was put there by somebody in between, who hopes to have it taken for a part of the secured talk.
    if (answer.length === 1 && answer.toString() === 'S') return;
    throw new ProbeFailure(
      'tls',
      answer.toString() === 'N'
        ? 'the server does not offer TLS'
        : 'the server does not speak the protocol of PostgreSQL',
    );
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  } finally {
    addPhase(measurement, 'tls', startedAt);
  }
}

function ask(socket: Socket, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const finish = () => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('data', onData).removeListener('error', onError).removeListener('close', onClose);
    };
    const fail = (error: Error) => {
      finish();
      reject(error);
    };
    const onAbort = () => fail(signal.reason as Error);
    const onError = (error: Error) =>
      fail(new ProbeFailure('tls', `connection lost before TLS: ${systemCodeOf(error) ?? messageOf(error)}`));
    const onClose = () => fail(new ProbeFailure('tls', 'the server closed the connection when asked for TLS'));
    const onData = (bytes: Buffer) => {
      finish();
      resolve(bytes);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('data', onData).once('error', onError).once('close', onClose);
    if (signal.aborted) onAbort();
    else socket.write(sslRequest);
  });
}
