import { createHash } from 'node:crypto';
import type { Clock } from '../clock.js';

const windowSeconds = 3600;

/** How a client stands after one more request. */
export interface RateVerdict {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Unix seconds; always a whole window from now, as the real backend has it. */
  readonly resetSeconds: number;
  /** What a refused client is told to wait; constant like the real backend's. */
  readonly retryAfterSeconds: number;
}

/** At most `limit` requests in any hour for each key; refused ones do not count. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #times = new Map<string, number[]>();

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Counts a request of this client: its Authorization header or, without one, its address. */
  take(client: string): RateVerdict {
    // A hash, so that no credentials of anyone stay in memory longer than their request.
    const key = createHash('sha256').update(client).digest('base64');
    const nowSeconds = this.#clock.nowSeconds();
    const times = (this.#times.get(key) ?? []).filter((time) => time > nowSeconds - windowSeconds);
    const isAllowed = times.length < this.#limit;
    if (isAllowed) times.push(nowSeconds);
    this.#times.set(key, times);
    return {
      isAllowed,
      limit: this.#limit,
      remaining: this.#limit - times.length,
      resetSeconds: Math.floor(nowSeconds) + windowSeconds,
      retryAfterSeconds: windowSeconds,
    };
  }
}
