import type { Socket } from 'node:net';
import { ProbeFailure } from '../base/reason.js';
import type { DatabaseAddress } from '../config/sections/database-options.js';
import type { Network } from '../net/connect.js';
import { addPhase, attempt, type Measurement, type ProbeOutcome } from '../net/measurement.js';

/** Makes a probe of something that connects, logs in and asks, and that rejects with `ProbeFailure`s. */
export function databaseProbe(
  ask: (address: DatabaseAddress, network: Network, measurement: Measurement, signal: AbortSignal) => Promise<void>,
) {
  return (address: DatabaseAddress, network: Network) =>
    (measurement: Measurement, signal: AbortSignal): Promise<ProbeOutcome> =>
      attempt(measurement, signal, async () => {
        await ask(address, network, measurement, signal);
        measurement.note(() => 'logged in and answered');
      });
}

/** More than this is no answer to anything that is asked, in bytes of one connection. */
const maximumReceivedBytes = 16 * 1024 * 1024;

/**
 * Lets a client library talk over a connection that was opened for it, and closes the connection in every case: politely when
 * it is still good, at once when `signal` is aborted, when far too much arrives, or when the library throws at what
 * arrives, which would otherwise end the process. Notes the phases `first_byte` and `transfer`.
 *
 * Rejects with the reason of `signal`, with a `ProbeFailure` of its own (`size`, `body`), or with whatever `talk` rejects with.
 */
export async function supervised<Result>(
  socket: Socket,
  protocol: string,
  measurement: Measurement,
  signal: AbortSignal,
  talk: () => Promise<Result>,
): Promise<Result> {
  const startedAt = measurement.elapsedSeconds();
  let firstByteAt: number | undefined;
  let receivedBytes = 0;
  let cause: Error | undefined;
  const cut = (why: Error) => {
    cause ??= why;
    socket.destroy(why);
  };
  const onAbort = () => cut(signal.reason as Error);
  const emit: (event: string | symbol, ...values: unknown[]) => boolean = socket.emit.bind(socket);
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event !== 'data') return emit(event, ...values);
    firstByteAt ??= measurement.elapsedSeconds();
    receivedBytes += (values[0] as Buffer).length;
    if (receivedBytes > maximumReceivedBytes) {
      cut(new ProbeFailure('size', `the server sent more than ${maximumReceivedBytes / 1024 / 1024} MiB`));
      return true;
    }
    try {
      return emit(event, ...values);
    } catch {
      cut(new ProbeFailure('body', `the server does not speak the protocol of ${protocol}`));
      return true;
    }
  };
  // The library hears of errors as well; this is for those after it has stopped to listen.
  socket.on('error', () => {});
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await talk();
  } catch (error) {
    throw cause ?? error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroySoon();
    addPhase(measurement, 'first_byte', startedAt, firstByteAt);
    if (firstByteAt !== undefined) addPhase(measurement, 'transfer', firstByteAt);
  }
}
