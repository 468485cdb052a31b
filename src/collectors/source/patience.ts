/** Longer than this nobody waits for a turn: a source that is kept waiting has to show. */
const longestSeconds = 60;

/** How long a collector may wait for its turn to ask, besides the deadline of the request itself. */
export function patienceSeconds(intervalSeconds: number): number {
  return Math.min(intervalSeconds, longestSeconds);
}
