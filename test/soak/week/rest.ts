import { setImmediate } from 'node:timers/promises';

/** So long nothing has begun or ended: whatever is still open hangs, and only time can end it. Long, as the machine may be busy. */
const hangingMilliseconds = 3000;
/** Turns of the event loop without anything open: what is closed is told of in the turn after. */
const quietTurns = 3;

/**
 * Makes a function that waits until nothing is under way in this process but what is now, or until it hangs: sockets, files, other
 * processes and immediates, of which a probe in memory takes more than there are quiet turns. Real timers are not waited for.
 */
export function createRest(): () => Promise<void> {
  const open = () => process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout').length;
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
