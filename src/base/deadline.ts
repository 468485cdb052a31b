import { type Clock, systemClock } from './clock.js';
import { ExporterError } from './errors.js';

/**
 * Whether a signal was aborted because time was up. Only then does it say something about the other side: after a stop,
 * a reload or a client that hung up, nobody waits for the result.
 */
export function isDeadline({ aborted, reason }: AbortSignal): boolean {
  if (!aborted) return false;
  return (
    (reason instanceof ExporterError && reason.code === 'collector_timeout') ||
    (reason instanceof DOMException && reason.name === 'TimeoutError')
  );
}

/** Whether nobody needs the result any more, see `isDeadline`. */
export function isCalledOff(signal: AbortSignal): boolean {
  return signal.aborted && !isDeadline(signal);
}

/** Longest time in seconds that steps or cleanup may wait for their turns, besides the time of their requests. */
export const turnPatienceSeconds = 60;

/**
 * Does `work` with a signal that is aborted after `seconds`, and at the latest `graceSeconds` after the outer signal,
 * even if that was aborted before. `late` makes the reason at the deadline. Resolves and rejects as `work` does.
 */
export async function withDeadline<T>(
  clock: Clock,
  seconds: number,
  outer: { readonly signal: AbortSignal; readonly graceSeconds: number },
  work: (until: AbortSignal) => Promise<T>,
  late: () => Error = () => new Error(`not done within ${seconds} s`),
): Promise<T> {
  const { signal, graceSeconds } = outer;
  const controller = new AbortController();
  const cancels = [clock.setTimer(() => controller.abort(late()), seconds)];
  const onAbort = () => {
    if (graceSeconds <= 0) controller.abort(signal.reason);
    else cancels.push(clock.setTimer(() => controller.abort(signal.reason), graceSeconds));
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    signal.removeEventListener('abort', onAbort);
    for (const cancel of cancels) cancel();
  }
}

/**
 * Does `work` with a signal that is aborted with the outer one, or after `seconds` with a `TimeoutError`. In Node.js 20 the garbage
 * collector removes `AbortSignal.any` of an `AbortSignal.timeout`, which then never fires.
 */
export function withTimeout<T>(
  outer: AbortSignal,
  seconds: number,
  work: (until: AbortSignal) => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  const late = () => new DOMException('no answer in time', 'TimeoutError');
  return withDeadline(clock, seconds, { signal: outer, graceSeconds: 0 }, work, late);
}
