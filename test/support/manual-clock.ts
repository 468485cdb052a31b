import type { CancelTimer, Clock } from '../../src/base/clock.js';

interface Timer {
  readonly dueSeconds: number;
  readonly task: () => void;
}

/** A clock that only tests advance. It starts at a fixed time in 2026. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsedSeconds = 0;
  #wallSeconds: number;
  #onTimer: (() => void)[] = [];

  /** `turns`: how often `pass` yields after each timer. Fewer are faster, if they are enough. */
  constructor(
    startSeconds = 1_795_421_730,
    private readonly turns = 20,
  ) {
    this.#wallSeconds = startSeconds;
  }

  nowSeconds(): number {
    return this.#wallSeconds + this.#elapsedSeconds;
  }

  /** Changes the wall clock, as people and time servers do. Timers are not affected. */
  stepWallClock(seconds: number): void {
    this.#wallSeconds += seconds;
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

  /** The number of pending timers. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Resolves as soon as a timer is set. */
  async timerSet(): Promise<void> {
    if (this.#timers.size === 0) await new Promise<void>((resolve) => this.#onTimer.push(resolve));
  }

  /** Advances the clock. Due timers fire in order, also those that other timers set. */
  advance(seconds: number): void {
    const until = this.#elapsedSeconds + seconds;
    while (this.fireNext(until));
    this.#elapsedSeconds = until;
  }

  /** Time passes while the process is stalled: due timers fire late, at the next advance. */
  standStill(seconds: number): void {
    this.#elapsedSeconds += seconds;
  }

  /** As `advance`, but after each timer pending work runs as far as possible without real input or output, or until it is `settled`. */
  async pass(seconds: number, settled = () => settle(this.turns)): Promise<void> {
    const until = this.#elapsedSeconds + seconds;
    do await settled();
    while (this.fireNext(until));
    this.#elapsedSeconds = until;
  }

  /** Advances to the next timer and fires it; false when none is due by then. */
  fireNext(until: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.dueSeconds <= until && (next === undefined || timer.dueSeconds < next.dueSeconds)) next = timer;
    if (next === undefined) return false;
    this.#timers.delete(next);
    this.#elapsedSeconds = Math.max(this.#elapsedSeconds, next.dueSeconds);
    next.task();
    return true;
  }
}

/** Lets pending promises and immediates run. */
async function settle(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
