import { formatDuration } from '../duration.js';
import type { Path } from '../problem.js';
import type { Context } from './context.js';

/** How often something is done, and how long it may take, where the configuration says so. */
interface GivenTiming {
  readonly interval?: number | undefined;
  readonly timeout?: number | undefined;
}

/**
 * The interval and the timeout of the entry at `path`, in seconds. Without its own it has the default ones, the timeout no longer
 * than the interval; a timeout of its own that is longer is reported.
 */
export function normaliseTiming(
  given: GivenTiming,
  defaults: { readonly intervalSeconds: number; readonly timeoutSeconds: number },
  path: Path,
  context: Context,
): { readonly intervalSeconds: number; readonly timeoutSeconds: number } {
  const intervalSeconds = given.interval ?? defaults.intervalSeconds;
  const timeoutSeconds = given.timeout ?? Math.min(defaults.timeoutSeconds, intervalSeconds);
  const intervalIsKnown = given.interval !== undefined || context.isSound('check_intervals');
  if (intervalIsKnown && timeoutSeconds > intervalSeconds) {
    context.report([...path, 'timeout'], `must be at most the interval of ${formatDuration(intervalSeconds)}`);
  }
  return { intervalSeconds, timeoutSeconds };
}
