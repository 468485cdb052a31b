/** Stops a timer that was set; doing so twice, or after it fired, does nothing. */
export type CancelTimer = () => void;

/** Where time comes from, so that tests can turn the hands themselves. */
export interface Clock {
  /** Wall-clock time in Unix seconds, with fractions. */
  nowSeconds(): number;
  /** Seconds since some fixed moment; never jumps when the wall clock is set. For durations and due times. */
  monotonicSeconds(): number;
  /** Calls `task` once after `delaySeconds` (negative counts as 0); never keeps an otherwise finished process alive. */
  setTimer(task: () => void, delaySeconds: number): CancelTimer;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowSeconds: () => Date.now() / 1000,
  monotonicSeconds: () => performance.now() / 1000,
  setTimer(task, delaySeconds) {
    const timer = setTimeout(task, Math.max(0, delaySeconds * 1000));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** ISO 8601 in UTC for a Unix time in seconds, or null for a moment that the calendar does not reach. Never throws. */
export function isoTime(seconds: number): string | null {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
