import { type Clock, systemClock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { type Phase, ProbeFailure } from '../base/reason.js';
import type { CertificateFacts } from './tls.js';

/** What is noted while a probe runs; what was learned before a failure stays. */
export interface Measurement {
  /** Since it began: the one clock of all phases, notes and of the whole, so that they add up. */
  readonly elapsedSeconds: () => number;
  /** Seconds; of several hops the sums. */
  readonly phases: Partial<Record<Phase, number>>;
  /** Absent: nobody has connected yet, or a proxy has. */
  ipProtocol?: 4 | 6;
  /** Something between that keeps the probe waiting, and without which nothing is known of the other side. */
  waitsFor?: string;
  /** Of several hops the one that expires first. */
  certificate?: CertificateFacts;
  /** Takes a line for people who watch this one probe; nothing is built for the others. */
  readonly note: (line: () => string) => void;
}

/** How a probe ended. */
export interface ProbeOutcome {
  readonly failure: ProbeFailure | null;
  readonly measurement: Measurement;
}

/** Starts a measurement; lines go to `log` where one is given. */
export function newMeasurement(log?: string[], clock: Clock = systemClock): Measurement {
  const begunAtSeconds = clock.monotonicSeconds();
  const elapsedSeconds = () => clock.monotonicSeconds() - begunAtSeconds;
  const note = (line: () => string) => log?.push(`${(elapsedSeconds() * 1000).toFixed(1).padStart(8)} ms  ${line()}`);
  return { elapsedSeconds, phases: {}, note: log === undefined ? () => {} : note };
}

/** Adds to a phase what has passed between two times of the measurement; until now where no end is given. */
export function addPhase(
  measurement: Measurement,
  phase: Phase,
  sinceSeconds: number,
  untilSeconds = measurement.elapsedSeconds(),
): void {
  measurement.phases[phase] = (measurement.phases[phase] ?? 0) + Math.max(0, untilSeconds - sinceSeconds);
}

/**
 * Lets `work` end as it may: its answer, or the failure that became of whatever it threw, noted. Never throws; what was measured until
 * then stays.
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

/** Turns whatever ended a probe into a failure; the deadline is told by the signal and not by the error it caused. */
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
