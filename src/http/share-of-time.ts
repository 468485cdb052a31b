import type { Clock } from '../clock.js';

/**
 * Does pieces of work one after the other and rests after each, so that all of them together take no more than a share of the
 * time of this process, which has probes to time and scrapes to answer meanwhile.
 */
export class ShareOfTime {
  readonly #clock: Clock;
  readonly #share: number;
  #free: Promise<void> = Promise.resolve();

  /** `share` is above 0 and at most 1. */
  constructor(clock: Clock, share: number) {
    this.#clock = clock;
    this.#share = share;
  }

  /** Does this piece when its turn has come; the promise is settled as the piece ends. */
  do<T>(piece: () => T): Promise<T> {
    let tookSeconds = 0;
    const done = this.#free.then(() => {
      const startedAt = this.#clock.monotonicSeconds();
      try {
        return piece();
      } finally {
        tookSeconds = this.#clock.monotonicSeconds() - startedAt;
      }
    });
    this.#free = done.then(
      () => this.#rest(tookSeconds),
      () => this.#rest(tookSeconds),
    );
    return done;
  }

  #rest(tookSeconds: number): Promise<void> {
    const restSeconds = tookSeconds / this.#share - tookSeconds;
    return new Promise((resolve) =>
      restSeconds > 0 ? this.#clock.setTimer(resolve, restSeconds) : setImmediate(resolve),
    );
  }
}
