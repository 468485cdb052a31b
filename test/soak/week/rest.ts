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
  const open = (kind: (name: string) => boolean) => process.getActiveResourcesInfo().filter(kind).length;
  const isImmediate = (name: string) => name === 'Immediate';
  const isOther = (name: string) => name !== 'Timeout' && !isImmediate(name);
  // Some of it may be over in a moment, and an immediate of now is no other one then.
  const usual = open(isOther);
  return async () => {
    let before = -1;
    let changedAt = performance.now();
    for (let quiet = 0; quiet < quietTurns; ) {
      await setImmediate();
      const now = open(isOther) + open(isImmediate);
      quiet = open(isImmediate) === 0 && now <= usual ? quiet + 1 : 0;
      if (now !== before) changedAt = performance.now();
      else if (performance.now() - changedAt > hangingMilliseconds) return;
      before = now;
    }
  };
}
