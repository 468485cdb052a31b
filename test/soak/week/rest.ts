import { setImmediate } from 'node:timers/promises';

/** If nothing changes for this time, the rest hangs, and only a timer can end it. It is long, because the machine may be busy. */
const hangingMilliseconds = 3000;
/** Turns of the event loop with nothing open. The close of a resource is reported one turn later. */
const quietTurns = 3;

/**
 * Makes a function that waits until the process has no more open sockets, files, child processes and immediates than now, or until these
 * hang. A probe in memory needs more immediates than there are quiet turns. Real timers do not count.
 */
export function createRest(): () => Promise<void> {
  const open = (kind: (name: string) => boolean) => process.getActiveResourcesInfo().filter(kind).length;
  const isImmediate = (name: string) => name === 'Immediate';
  const isOther = (name: string) => name !== 'Timeout' && !isImmediate(name);
  // Some of these may end soon, and a current immediate will be replaced by another.
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
