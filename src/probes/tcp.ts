import { openConnection } from '../net/connect.js';
import { failureOf, newMeasurement, type ProbeOutcome } from '../net/measurement.js';
import type { Resolve } from '../net/resolve.js';

/** Probes a port by opening a connection and closing it again. Never throws; see `probeHttp`. */
export async function probeTcp(
  target: { readonly host: string; readonly port: number },
  resolve: Resolve,
  signal: AbortSignal,
  log?: string[],
): Promise<ProbeOutcome> {
  const measurement = newMeasurement(log);
  try {
    const socket = await openConnection(target.host, target.port, resolve, measurement, signal);
    socket.on('error', () => {});
    socket.destroy();
    return { failure: null, measurement };
  } catch (error) {
    const failure = failureOf(error, signal, measurement);
    measurement.note(() => `failed (${failure.reason}): ${failure.message}`);
    return { failure, measurement };
  }
}
