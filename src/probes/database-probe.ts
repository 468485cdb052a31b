import type { Socket } from 'node:net';
import { ProbeFailure } from '../base/reason.js';
import type { DatabaseAddress } from '../config/sections/database-options.js';
import type { Network } from '../net/connect.js';
import { addPhase, attempt, type Measurement, type ProbeOutcome } from '../net/measurement.js';
import { endOfTls } from '../net/tls.js';

/** Creates a probe that connects, logs in and sends one query. `ask` rejects with `ProbeFailure`s. */
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

/** Maximum number of bytes received on one connection. No valid answer is larger. */
const maximumReceivedBytes = 16 * 1024 * 1024;

/**
 * Runs a client library on an open connection and always closes the connection: after sending the rest if it is still
 * good, at once when `signal` is aborted, when too much data arrives, or when the library throws while reading data,
 * which would otherwise end the process. Measures the phases `first_byte` and `transfer`.
 *
 * Rejects with the reason of `signal`, with its own `ProbeFailure` (`size`, `tls`, or `body` when the first byte is not
 * in `firstBytes`), or with the error of `talk`.
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
    // A library may take another protocol for a long message, and then wait for the rest of it.
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
  // The library also gets errors, but may not report them. And errors may follow after it has removed its listener.
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
