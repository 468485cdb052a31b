import type { Clock } from '../../clock.js';

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
