/** ISO 8601 in UTC for a Unix time in seconds, or null for a moment that the calendar does not reach. Never throws. */
export function isoTime(seconds: number): string | null {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
