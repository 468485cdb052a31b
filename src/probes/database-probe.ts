import type { Socket } from 'node:net';
import { ProbeFailure } from '../base/reason.js';
import type { DatabaseAddress } from '../config/sections/database-options.js';
import type { Network } from '../net/connect.js';
import { addPhase, attempt, type Measurement, type ProbeOutcome } from '../net/measurement.js';
import { endOfTls } from '../net/tls.js';

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
 * Rejects with the reason of `signal`, with a `ProbeFailure` of its own (`size`, `tls`, and `body` where the first byte is none of
 * `firstBytes`), or with whatever `talk` rejects with.
 */
export async function supervised<Result>(
  socket: Socket,
  { name, firstBytes }: { readonly name: string; readonly firstBytes: string },
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
  const stranger = () => new ProbeFailure('body', `the server does not speak the protocol of ${name}`);
  const onAbort = () => cut(signal.reason as Error);
  const emit: (event: string | symbol, ...values: unknown[]) => boolean = socket.emit.bind(socket);
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event !== 'data') return emit(event, ...values);
    const isFirst = firstByteAt === undefined;
    firstByteAt ??= measurement.elapsedSeconds();
    // A library that takes another protocol for a long message waits for the rest of it.
    if (isFirst && !firstBytes.includes(String.fromCharCode((values[0] as Buffer)[0] ?? 0))) {
      cut(stranger());
      return true;
    }
    receivedBytes += (values[0] as Buffer).length;
    if (receivedBytes > maximumReceivedBytes) {
      cut(new ProbeFailure('size', `the server sent more than ${maximumReceivedBytes / 1024 / 1024} MiB`));
      return true;
    }
    try {
      return emit(event, ...values);
    } catch {
      cut(stranger());
      return true;
    }
  };
  // The library hears of errors as well, and may not tell why; and there are those after it has stopped to listen.
  socket.on('error', (error) => (cause ??= endOfTls(error)));
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
