import { setImmediate } from 'node:timers/promises';

/** So long nothing has begun or ended: whatever is still open hangs, and only time can end it. Long, as the machine may be busy. */
const hangingMilliseconds = 3000;
/** Turns of the event loop without anything open, in which promises and immediates come to an end. */
const quietTurns = 3;

/**
 * Makes a function that waits until nothing is under way in this process but what is now, or until it hangs: sockets, files and
 * other processes. Real timers are not waited for.
 */
export function createRest(): () => Promise<void> {
  const open = () =>
    process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate').length;
  const usual = open();
  return async () => {
    let before = -1;
    let changedAt = performance.now();
    for (let quiet = 0; quiet < quietTurns; ) {
      await setImmediate();
      const now = open();
      quiet = now <= usual ? quiet + 1 : 0;
      if (now !== before) changedAt = performance.now();
      else if (performance.now() - changedAt > hangingMilliseconds) return;
      before = now;
    }
  };
}
