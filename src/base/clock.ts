/** Stops a timer. It does nothing if the timer has fired or was stopped before. */
export type CancelTimer = () => void;

/** The source of time. Tests pass in their own. */
export interface Clock {
  /** Wall-clock time in Unix seconds, with fractions. */
  nowSeconds(): number;
  /** Seconds since some fixed moment. A change of the wall clock does not affect it. For durations and due times. */
  monotonicSeconds(): number;
  /** Calls `task` once after `delaySeconds`; a negative delay counts as 0. The timer does not keep the process alive. */
  setTimer(task: () => void, delaySeconds: number): CancelTimer;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  nowSeconds: () => Date.now() / 1000,
  monotonicSeconds: () => performance.now() / 1000,
  setTimer(task, delaySeconds) {
    const timer = setTimeout(task, Math.max(0, delaySeconds * 1000));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A Unix time in seconds as ISO 8601 in UTC. Null outside the range of `Date`. Never throws. */
export function isoTime(seconds: number): string | null {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
