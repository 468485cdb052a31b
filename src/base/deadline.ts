import type { Clock } from './clock.js';
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
 * even if that was aborted before. Resolves and rejects as `work` does.
 */
export async function withDeadline<T>(
  clock: Clock,
  seconds: number,
  outer: { readonly signal: AbortSignal; readonly graceSeconds: number },
  work: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, graceSeconds } = outer;
  const controller = new AbortController();
  const cancels = [clock.setTimer(() => controller.abort(new Error(`not done within ${seconds} s`)), seconds)];
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
export async function withTimeout<T>(
  outer: AbortSignal,
  seconds: number,
  work: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onAbort = () => controller.abort(outer.reason);
  const onTimeout = () => controller.abort(new DOMException('no answer in time', 'TimeoutError'));
  const timer = setTimeout(onTimeout, Math.ceil(Math.max(0, seconds) * 1000));
  if (outer.aborted) onAbort();
  else outer.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', onAbort);
  }
}
