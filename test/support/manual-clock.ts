import type { CancelTimer, Clock } from '../../src/clock.js';

interface Timer {
  readonly dueSeconds: number;
  readonly task: () => void;
}

/** A clock whose hands only tests turn. It starts at a fixed time in 2026. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsedSeconds = 0;
  #onTimer: (() => void)[] = [];

  constructor(readonly startSeconds = 1_795_421_730) {}

  nowSeconds(): number {
    return this.startSeconds + this.#elapsedSeconds;
  }

  monotonicSeconds(): number {
    return this.#elapsedSeconds;
  }

  setTimer(task: () => void, delaySeconds: number): CancelTimer {
    const timer = { task, dueSeconds: this.#elapsedSeconds + Math.max(0, delaySeconds) };
    this.#timers.add(timer);
    for (const tell of this.#onTimer.splice(0)) tell();
    return () => this.#timers.delete(timer);
  }

  /** How many timers are set. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Resolves as soon as a timer is set. */
  async timerSet(): Promise<void> {
    if (this.#timers.size === 0) await new Promise<void>((resolve) => this.#onTimer.push(resolve));
  }

  /** Turns the hands forward; timers fire in the order in which they are due, those included that others set. */
  advance(seconds: number): void {
    const until = this.#elapsedSeconds + seconds;
    while (this.#fireNext(until));
    this.#elapsedSeconds = until;
  }

  /** Time passes while the process stands still: whatever is due fires with the next turn of the hands, late. */
  standStill(seconds: number): void {
    this.#elapsedSeconds += seconds;
  }

  /** `advance`, and lets what each timer sets off run as far as it can without real input or output. */
  async pass(seconds: number): Promise<void> {
    const until = this.#elapsedSeconds + seconds;
    do await settle();
    while (this.#fireNext(until));
    this.#elapsedSeconds = until;
  }

  #fireNext(until: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.dueSeconds <= until && (next === undefined || timer.dueSeconds < next.dueSeconds)) next = timer;
    if (next === undefined) return false;
    this.#timers.delete(next);
    this.#elapsedSeconds = Math.max(this.#elapsedSeconds, next.dueSeconds);
    next.task();
    return true;
  }
}

/** Lets promises and immediates that are already due run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
