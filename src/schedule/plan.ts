/** When collectors of one interval start. */
export interface Plan {
  /** Seconds after the start of the scheduler at which the first run begins. */
  readonly firstSeconds: number;
  /** Seconds into each interval at which all further runs begin. */
  readonly offsetSeconds: number;
}

/** Nobody waits for first numbers longer than this because of others, as long as the interval has room. */
const firstGapSeconds = 0.02;

/**
 * Spreads `count` collectors of the same interval evenly over it. First runs are closer together, so that a small
 * installation has all its numbers within the first tenths of a second; afterwards every collector keeps to its own
 * place in the interval, shifted by up to half a gap, so that several exporters do not move in step.
 */
export function spread(count: number, intervalSeconds: number, random: () => number): readonly Plan[] {
  const gapSeconds = intervalSeconds / Math.max(1, count);
  return Array.from({ length: count }, (_, i) => ({
    firstSeconds: i * Math.min(gapSeconds, firstGapSeconds),
    offsetSeconds: (i + random() / 2) * gapSeconds,
  }));
}

/**
 * The next time, at least half an interval away from `afterSeconds`, that has this place in the interval. Counting from the
 * plan and not from the end of the last run keeps the spread for weeks, however long the runs take.
 */
export function nextDue(
  afterSeconds: number,
  originSeconds: number,
  intervalSeconds: number,
  offsetSeconds: number,
): number {
  const earliest = afterSeconds + intervalSeconds / 2;
  const passed = Math.ceil((earliest - originSeconds - offsetSeconds) / intervalSeconds);
  return originSeconds + offsetSeconds + passed * intervalSeconds;
}
