/** The value below which this share (0–1) of the values lies, by nearest rank; throws for no values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new RangeError('no values, no quantile');
  return found;
}

/** The middle one of the values; throws for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
