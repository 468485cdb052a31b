/** One reading of a figure. */
export interface Point {
  readonly atHours: number;
  readonly value: number;
}

/** The growth that does not count as a leak. */
export interface Tolerance {
  /** In the unit of the figure, from the first reading to the last. */
  readonly absolute: number;
  /** A share of the mean, 0 to 1. The larger of the two counts. */
  readonly ratio: number;
}

/** The straight line through the readings of a figure, and its verdict. */
export interface Trend {
  readonly slopePerHour: number;
  /** The smallest growth from the first reading to the last that would count. Smaller growth may be hidden in the noise. */
  readonly detectable: number;
  readonly verdict: 'flat' | 'grows' | 'too short';
}

/** Fewer readings give no verdict. */
export const enoughPoints = 8;
/** For a normal distribution: one flat figure in a thousand counts as growing by chance. */
const significantErrors = 3;

/**
 * Fits a line through the readings. A figure grows if the growth along the line is larger than the tolerance and than three times its
 * standard error. A falling figure is flat.
 */
export function trendOf(points: readonly Point[], { absolute, ratio }: Tolerance): Trend {
  const meanHours = mean(points.map(({ atHours }) => atHours));
  const meanValue = mean(points.map(({ value }) => value));
  const spread = sum(points.map(({ atHours }) => (atHours - meanHours) ** 2));
  const slopePerHour =
    spread === 0 ? 0 : sum(points.map(({ atHours, value }) => (atHours - meanHours) * (value - meanValue))) / spread;
  const rests = points.map(({ atHours, value }) => value - meanValue - slopePerHour * (atHours - meanHours));
  const errorPerHour =
    spread === 0 || points.length < 3
      ? 0
      : Math.sqrt(sum(rests.map((rest) => rest ** 2)) / (points.length - 2) / spread);
  const hours = (points.at(-1)?.atHours ?? 0) - (points[0]?.atHours ?? 0);
  const detectable = Math.max(absolute, ratio * Math.abs(meanValue), significantErrors * errorPerHour * hours);
  const verdict = points.length < enoughPoints ? 'too short' : slopePerHour * hours > detectable ? 'grows' : 'flat';
  return { slopePerHour, detectable, verdict };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}
