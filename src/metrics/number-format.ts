/** A sample value as both exposition formats write it. */
export function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/**
 * A bucket bound as it stands in the `le` label. Whole numbers get a `.0`: OpenMetrics demands it, Prometheus 3 turns
 * every other spelling into it, and the same spelling in both formats keeps a histogram one histogram when a Prometheus
 * changes the format it asks for.
 */
export function formatBound(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : formatValue(bound);
}
