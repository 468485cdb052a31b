import type { Clock } from '../clock.js';

/** Waits for work, true at its end and false at a time; throws what the work throws, and the reason of the signal when that is aborted. */
export async function endsInTime(
  work: Promise<unknown>,
  clock: Clock,
  untilSeconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  let cancelTimer = () => {};
  let onAbort = () => {};
  const others = new Promise<boolean>((resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    if (Number.isFinite(untilSeconds))
      cancelTimer = clock.setTimer(() => resolve(false), untilSeconds - clock.monotonicSeconds());
  });
  try {
    return await Promise.race([work.then(() => true), others]);
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', onAbort);
  }
}
