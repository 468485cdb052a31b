import type { Clock } from './clock.js';

/** Permits at most `limit` events of each name in a second of the clock. */
export class Pace {
  readonly #counts = new Map<string, number>();
  #second = 0;

  constructor(
    private readonly limit: number,
    private readonly clock: Clock,
  ) {}

  /** Whether one more event of this name is permitted now. If so, counts it. */
  permits(name: string): boolean {
    const second = Math.floor(this.clock.monotonicSeconds());
    if (second !== this.#second) this.#counts.clear();
    this.#second = second;
    const count = this.#counts.get(name) ?? 0;
    if (count >= this.limit) return false;
    this.#counts.set(name, count + 1);
    return true;
  }
}
