import type { DatabaseAddress } from '../../config/config.js';
import { failureOf, type Measurement, newMeasurement, type ProbeOutcome } from '../measurement.js';
import type { Network } from '../net/open.js';

/** Connects to a database over a fresh connection, logs in and asks it for something trivial. Never throws; see `probeHttp`. */
export type ProbeDatabase = (
  address: DatabaseAddress,
  network: Network,
  signal: AbortSignal,
  log?: string[],
) => Promise<ProbeOutcome>;

/** Makes a probe of something that connects, logs in and asks, and that rejects with `ProbeFailure`s. */
export function databaseProbe(
  ask: (address: DatabaseAddress, network: Network, measurement: Measurement, signal: AbortSignal) => Promise<void>,
): ProbeDatabase {
  return async (address, network, signal, log) => {
    const measurement = newMeasurement(log);
    try {
      await ask(address, network, measurement, signal);
      measurement.note(() => 'logged in and answered');
      return { failure: null, measurement };
    } catch (error) {
      const failure = failureOf(error, signal, measurement);
      measurement.note(() => `failed (${failure.reason}): ${failure.message}`);
      return { failure, measurement };
    }
  };
}
