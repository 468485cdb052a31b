import type { Clock } from '../../src/clock.js';

/** A clock whose hands the test turns; timers fire while it is advanced, in the order of their times. */
export class ManualClock implements Clock {
  #seconds = 0;
  #timers: { readonly task: () => void; readonly dueSeconds: number }[] = [];

  constructor(readonly startSeconds = 1_800_000_000) {}

  nowSeconds(): number {
    return this.startSeconds + this.#seconds;
  }

  monotonicSeconds(): number {
    return this.#seconds;
  }

  setTimer(task: () => void, delaySeconds: number): () => void {
    const timer = { task, dueSeconds: this.#seconds + Math.max(0, delaySeconds) };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets so much time pass; what timers set off has run as far as it can without real input or output. */
  async advance(seconds: number): Promise<void> {
    const until = this.#seconds + seconds;
    await settle();
    for (;;) {
      const next = this.#timers.filter(({ dueSeconds }) => dueSeconds <= until).sort((a, b) => a.dueSeconds - b.dueSeconds)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#seconds = Math.max(this.#seconds, next.dueSeconds);
      next.task();
      await settle();
    }
    this.#seconds = until;
  }
}

/** Lets promises and immediates that are already due run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
