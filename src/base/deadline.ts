import type { Clock } from './clock.js';
import { ExporterError } from './errors.js';

/**
 * Whether a signal was aborted because time was up, and not because nobody waits for the result any more (a stop, a reload,
 * a client that hung up): only the former says something about the other side.
 */
export function isDeadline({ aborted, reason }: AbortSignal): boolean {
  if (!aborted) return false;
  return (
    (reason instanceof ExporterError && reason.code === 'collector_timeout') ||
    (reason instanceof DOMException && reason.name === 'TimeoutError')
  );
}

/** Whether nobody waits for the result any more. */
export function isCalledOff(signal: AbortSignal): boolean {
  return signal.aborted && !isDeadline(signal);
}

/** So long, besides the time of the requests themselves, steps or cleanup may wait for their turns. */
export const turnPatienceSeconds = 60;

/**
 * Does `work` with a signal that is aborted after `seconds`, and `graceSeconds` after the outer signal at the latest, even if
 * that was aborted before. Resolves and rejects as `work` does.
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
