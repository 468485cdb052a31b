/**
 * Waits for something that other programs or real sockets bring about; fails with `what` after `seconds`. What takes seconds is looked
 * at less often than what is there at once: each look takes time from whoever is waited for. A longer pause between two looks is for
 * what costs those programs more.
 */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  seconds = 30,
  pauseMilliseconds = 5,
): Promise<void> {
  const begin = performance.now();
  while (!(await isTrue())) {
    const waitedMilliseconds = performance.now() - begin;
    if (waitedMilliseconds > seconds * 1000) throw new Error(`did not happen within ${seconds} s: ${what}`);
    const pause = Math.max(pauseMilliseconds, Math.min(0.02 * waitedMilliseconds, longestPauseMilliseconds));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

const longestPauseMilliseconds = 50;
