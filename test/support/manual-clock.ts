import type { Clock } from '../../src/clock.js';

/** A clock whose hands only the test moves; timers fire inside `advance`, in the order in which they are due. */
export class ManualClock implements Clock {
  readonly #timers = new Set<{ readonly task: () => void; readonly dueSeconds: number }>();
  #elapsedSeconds = 0;

  constructor(readonly startSeconds = 1_795_421_730) {}

  nowSeconds(): number {
    return this.startSeconds + this.#elapsedSeconds;
  }

  monotonicSeconds(): number {
    return this.#elapsedSeconds;
  }

  setTimer(task: () => void, delaySeconds: number): () => void {
    const timer = { task, dueSeconds: this.#elapsedSeconds + Math.max(0, delaySeconds) };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(seconds: number): void {
    const until = this.#elapsedSeconds + seconds;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.dueSeconds <= until).sort((a, b) => a.dueSeconds - b.dueSeconds)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#elapsedSeconds = Math.max(this.#elapsedSeconds, due.dueSeconds);
      due.task();
    }
    this.#elapsedSeconds = until;
  }
}
