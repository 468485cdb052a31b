import { defaults } from '../../config/defaults.js';

/** Queries that together freeze it for a bit more than a second follow each other without a pause: there are two of them in a run. */
const slackSeconds = 60;

/**
 * Sees to it that the exporter's own queries do not freeze a server for longer than their share: each freeze is paid for with a
 * time without a query, fifty times as long for a share of 0.02. What one query will cost is not known before, so that an hour may have the share and one query
 * more. Times are on the monotonic clock.
 */
export class FreezeBudget {
  /** The share of time. */
  limitRatio: number = defaults.aiCrm.freezeLimitRatio;
  #spentSeconds = 0;
  #paidAtSeconds = Number.NEGATIVE_INFINITY;

  /** Counts a freeze of this length. */
  spend(begunAtSeconds: number, seconds: number): void {
    this.#spentSeconds += seconds;
    this.#paidAtSeconds = this.#paidAfter(begunAtSeconds, seconds);
  }

  /** All of it since the start. */
  get spentSeconds(): number {
    return this.#spentSeconds;
  }

  /** When the next query may begin; in the past when it may now. `pending` is a freeze that is not over yet, with its expected length. */
  notBeforeSeconds(pending?: { readonly begunAtSeconds: number; readonly seconds: number }): number {
    return (
      (pending === undefined ? this.#paidAtSeconds : this.#paidAfter(pending.begunAtSeconds, pending.seconds)) -
      slackSeconds
    );
  }

  #paidAfter(begunAtSeconds: number, seconds: number): number {
    return Math.max(this.#paidAtSeconds, begunAtSeconds) + seconds / this.limitRatio;
  }
}
