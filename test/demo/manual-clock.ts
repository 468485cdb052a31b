import type { CancelTimer, Clock } from '../../src/clock.js';

interface Timer {
  readonly dueSeconds: number;
  readonly task: () => void;
}

/** A clock whose hands only tests turn. Starts at a fixed time in 2026. */
export class ManualClock implements Clock {
  #nowSeconds = Date.UTC(2026, 2, 1, 9) / 1000;
  readonly #timers = new Set<Timer>();
  #onTimer: (() => void)[] = [];

  nowSeconds(): number {
    return this.#nowSeconds;
  }

  monotonicSeconds(): number {
    return this.#nowSeconds;
  }

  setTimer(task: () => void, delaySeconds: number): CancelTimer {
    const timer = { task, dueSeconds: this.#nowSeconds + Math.max(0, delaySeconds) };
    this.#timers.add(timer);
    for (const tell of this.#onTimer.splice(0)) tell();
    return () => this.#timers.delete(timer);
  }

  /** Turns the hands forward and runs what is due. */
  advance(seconds: number): void {
    this.#nowSeconds += seconds;
    for (const timer of [...this.#timers]) {
      if (timer.dueSeconds > this.#nowSeconds || !this.#timers.delete(timer)) continue;
      timer.task();
    }
  }

  /** How many timers are waiting. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Resolves as soon as a timer waits. */
  async timerSet(): Promise<void> {
    if (this.#timers.size === 0) await new Promise<void>((resolve) => this.#onTimer.push(resolve));
  }
}
