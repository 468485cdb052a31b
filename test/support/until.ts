/**
 * Waits until a condition is true that other programs or real sockets cause; rejects with `what` after `seconds`. Long waits check less
 * often, because each check takes time from the other program. Set a longer pause if a check costs that program more.
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
