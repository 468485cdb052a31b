import type { Clock } from '../clock.js';

/** A process that does one thing at a time: while it stands still for one request, all others wait. */
export class Freezer {
  #frozen: Promise<void> | undefined;

  constructor(private readonly clock: Clock) {}

  /** Resolves when it is the turn of a request; one that freezes the process does so first, for so many seconds. */
  async pass(freezesForSeconds = 0): Promise<void> {
    // Again each time: one that waited as well may have frozen it.
    while (this.#frozen !== undefined) await this.#frozen;
    if (freezesForSeconds === 0) return;
    const frozen = new Promise<void>((resolve) => {
      this.clock.setTimer(() => {
        this.#frozen = undefined;
        resolve();
      }, freezesForSeconds);
    });
    this.#frozen = frozen;
    await frozen;
  }
}
