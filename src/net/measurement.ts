import { type Clock, systemClock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { type Phase, ProbeFailure } from '../base/reason.js';
import type { CertificateFacts } from './tls.js';

/** What is measured while a probe runs. A failure does not remove it. */
export interface Measurement {
  /** Seconds since the start. One clock measures all phases, notes and the total, so they add up. */
  readonly elapsedSeconds: () => number;
  /** Seconds; with redirects, the sums of all requests. */
  readonly phases: Partial<Record<Phase, number>>;
  /** Absent before a connection, and with a proxy, which chooses the version itself. */
  ipProtocol?: 4 | 6;
  /** Something in between that the probe waits for, such as a proxy. While it is set, nothing is known about the target. */
  waitsFor?: string;
  /** After several connections, the one that expires first. */
  certificate?: CertificateFacts;
  /** Adds a line to the log of this probe. `line` is not called when no log is kept. */
  readonly note: (line: () => string) => void;
}

/** How a probe ended; `failure` is null after success. */
export interface ProbeOutcome {
  readonly failure: ProbeFailure | null;
  readonly measurement: Measurement;
}

/** Starts a measurement. Notes go to `log` if it is given. */
export function newMeasurement(log?: string[], clock: Clock = systemClock): Measurement {
  const begunAtSeconds = clock.monotonicSeconds();
  const elapsedSeconds = () => clock.monotonicSeconds() - begunAtSeconds;
  const note = (line: () => string) => log?.push(`${(elapsedSeconds() * 1000).toFixed(1).padStart(8)} ms  ${line()}`);
  return { elapsedSeconds, phases: {}, note: log === undefined ? () => {} : note };
}

/** Adds the time between two moments to a phase. Without an end: until now. */
export function addPhase(
  measurement: Measurement,
  phase: Phase,
  sinceSeconds: number,
  untilSeconds = measurement.elapsedSeconds(),
): void {
  measurement.phases[phase] = (measurement.phases[phase] ?? 0) + Math.max(0, untilSeconds - sinceSeconds);
}

/**
 * Runs `work` and returns its answer, or the failure that its error means; the failure is noted too. Never throws.
 * Measured values stay.
 */
export async function attempt<Answer>(
  measurement: Measurement,
  signal: AbortSignal,
  work: () => Promise<Answer>,
): Promise<ProbeOutcome & { readonly answer?: Answer }> {
  try {
    return { failure: null, measurement, answer: await work() };
  } catch (error) {
    const failure = failureOf(error, signal, measurement);
    measurement.note(() => `failed (${failure.reason}): ${failure.message}`);
    return { failure, measurement };
  }
}

const doing: Readonly<Record<Phase, string>> = {
  dns: 'resolving the name',
  connect: 'connecting',
  tls: 'in the TLS handshake',
  first_byte: 'waiting for the first byte',
  transfer: 'receiving the answer',
};

/** Converts an error of a probe into a failure. The signal shows that the deadline has passed; the error that follows from it does not. */
export function failureOf(error: unknown, signal: AbortSignal, { phases, waitsFor }: Measurement): ProbeFailure {
  if (signal.aborted && waitsFor !== undefined)
    return new ProbeFailure('internal', `${waitsFor} does not answer before the deadline`, { cause: error });
  if (signal.aborted) {
    const last = (Object.keys(phases) as Phase[]).at(-1);
    return new ProbeFailure(
      'timeout',
      `no answer before the deadline${last === undefined ? '' : `, still ${doing[last]}`}`,
      { cause: error },
    );
  }
  if (error instanceof ProbeFailure) return error;
  return new ProbeFailure('internal', `the probe itself failed: ${messageOf(error)}`, { cause: error });
}
