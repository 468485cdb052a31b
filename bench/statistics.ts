/** The quantile of the values by nearest rank; `share` is 0–1. Throws if there are no values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new RangeError('no values, no quantile');
  return found;
}

/** The median. Throws if there are no values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
