/**
 * Waits for something that other programs or real sockets bring about; fails with `what` after `seconds`. A longer pause between
 * two looks is for what costs those programs something.
 */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  seconds = 30,
  pauseMilliseconds = 5,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`did not happen within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  }
}
