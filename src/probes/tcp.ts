import { openConnection } from '../net/connect.js';
import { attempt, type Measurement, type ProbeOutcome } from '../net/measurement.js';
import type { Resolve } from '../net/resolve.js';

/** Probes a port by opening a connection and closing it again. */
export function probeTcp(target: { readonly host: string; readonly port: number }, resolve: Resolve) {
  return (measurement: Measurement, signal: AbortSignal): Promise<ProbeOutcome> =>
    attempt(measurement, signal, async () => {
      const socket = await openConnection(target.host, target.port, resolve, measurement, signal);
      socket.on('error', () => {});
      socket.destroy();
    });
}
