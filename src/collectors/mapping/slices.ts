import { setImmediate } from 'node:timers/promises';
import { type BoundedCall, TookTooLong } from '../../bounded-call.js';
import { ProbeFailure } from '../../sources/failure.js';

/** After so long everybody else has a turn. */
const sliceMilliseconds = 40;
/**
 * A single step that takes this long is a regular expression, or a filter, that does not come to an end. Generous, because it is
 * the clock that counts, and the machine may be busy.
 */
const stepMilliseconds = 1000;
/** All slices together, of time in which this process was at work: a hundred thousand series take less. */
const totalMilliseconds = 5000;

/**
 * Does all steps of `work`, a few at a time, so that scrapes are answered meanwhile. Rejects with a `ProbeFailure` when they do
 * not come to an end, and with the reason of `signal` when that is aborted.
 */
export async function inSlices(work: Iterator<unknown>, call: BoundedCall, signal?: AbortSignal): Promise<void> {
  const slice = () => {
    const end = performance.now() + sliceMilliseconds;
    for (;;) {
      if (work.next().done === true) return true;
      if (performance.now() >= end) return false;
    }
  };
  let spentMilliseconds = 0;
  for (;;) {
    signal?.throwIfAborted();
    const [startedAt, before] = [performance.now(), process.cpuUsage()];
    const isDone = bounded(slice, call);
    if (isDone) return;
    const { user, system } = process.cpuUsage(before);
    // Less than the clock says where the machine is busy with others, and more than our own where another thread is at work.
    spentMilliseconds += Math.min(performance.now() - startedAt, (user + system) / 1000);
    if (spentMilliseconds > totalMilliseconds) throw tooMuch();
    await setImmediate();
  }
}

function bounded(slice: () => boolean, call: BoundedCall): boolean {
  try {
    return call(slice, stepMilliseconds);
  } catch (error) {
    throw error instanceof TookTooLong ? tooMuch(error) : error;
  }
}

function tooMuch(cause?: Error): ProbeFailure {
  return new ProbeFailure(
    'json',
    'the paths of its metrics take too long in this document: a regular expression that goes back and forth, or far too many values',
    { cause },
  );
}
