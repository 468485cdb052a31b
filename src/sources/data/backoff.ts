/** Waits twice as long after each failure in a row. Times are on the monotonic clock. */
export class Backoff {
  #failures = 0;
  #untilSeconds = Number.NEGATIVE_INFINITY;

  /** Counts a failure and returns until when to wait: `firstSeconds` after the first one, never longer than `longestSeconds`. */
  fail(nowSeconds: number, firstSeconds: number, longestSeconds: number): number {
    this.#untilSeconds = nowSeconds + Math.min(longestSeconds, firstSeconds * 2 ** this.#failures);
    this.#failures += 1;
    return this.#untilSeconds;
  }

  /** All is well again. */
  reset(): void {
    this.#failures = 0;
    this.#untilSeconds = Number.NEGATIVE_INFINITY;
  }

  /** Until when to wait; in the past when there is nothing to wait for. */
  get untilSeconds(): number {
    return this.#untilSeconds;
  }
}
