import type { CancelTimer, Clock } from '../../src/base/clock.js';

interface Timer {
  readonly dueSeconds: number;
  readonly task: () => void;
}

/** A clock whose hands only tests turn. It starts at a fixed time in 2026. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsedSeconds = 0;
  #wallSeconds: number;
  #onTimer: (() => void)[] = [];

  /** `turns`: how often `pass` lets what a timer set off go on; less is faster, where it is known to be enough. */
  constructor(
    startSeconds = 1_795_421_730,
    private readonly turns = 20,
  ) {
    this.#wallSeconds = startSeconds;
  }

  nowSeconds(): number {
    return this.#wallSeconds + this.#elapsedSeconds;
  }

  /** Sets the wall clock forward or back, as people and time servers do; what is due stays due then. */
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
    while (this.fireNext(until));
    this.#elapsedSeconds = until;
  }

  /** Time passes while the process stands still: whatever is due fires with the next turn of the hands, late. */
  standStill(seconds: number): void {
    this.#elapsedSeconds += seconds;
  }

  /** `advance`, and lets what each timer sets off run as far as it can without real input or output, or until it is `settled`. */
  async pass(seconds: number, settled = () => settle(this.turns)): Promise<void> {
    const until = this.#elapsedSeconds + seconds;
    do await settled();
    while (this.fireNext(until));
    this.#elapsedSeconds = until;
  }

  /** Turns the hands to the next timer and lets it fire; false when none is due until then. */
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

/** Lets promises and immediates that are already due run. */
async function settle(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
