import type { Clock } from './clock.js';

/** How much of the time of a measurement this process spent otherwise. */
export interface LostTime {
  /** Seconds in which nothing could be noticed, all together. */
  readonly totalSeconds: number;
  /** The longest of these in one piece. */
  readonly longestSeconds: number;
}

/** A measurement under way. */
export interface Watch {
  /** Until now, or until the end. */
  readonly lost: LostTime;
  end(): void;
}

/**
 * How often is looked. By a timer only while something is measured: one that always runs costs an idle exporter more than its
 * probes do, and the histogram of Node.js (`monitorEventLoopDelay`) cannot tell of which moments its delays are.
 */
const tickSeconds = 0.1;

/** So much later than it should be a tick is on any busy machine; below that nobody can tell, and nothing depends on it. */
const toleranceSeconds = 0.1;

interface Measured {
  readonly startedAt: number;
  totalSeconds: number;
  longestSeconds: number;
}

/**
 * Notices when the event loop of this process stands still: because it was busy, was not given the processor, or was stopped.
 * Whatever ends meanwhile is noticed afterwards, and seems to have taken longer than it did.
 */
export class Lateness {
  readonly #watches = new Set<Measured>();
  #lastTickAt = 0;

  constructor(private readonly clock: Clock) {}

  /** Begins to look, until the watch is ended. */
  watch(): Watch {
    const measured: Measured = { startedAt: this.clock.monotonicSeconds(), totalSeconds: 0, longestSeconds: 0 };
    if (this.#watches.size === 0) this.#next(measured.startedAt);
    this.#watches.add(measured);
    return {
      lost: measured,
      end: () => {
        if (!this.#watches.has(measured)) return;
        const now = this.clock.monotonicSeconds();
        // No tick can have come since if it ends right after a standstill.
        if (this.#isLate(now)) add(measured, now, this.#lastTickAt);
        this.#watches.delete(measured);
        if (this.#watches.size === 0) this.#cancelTick();
      },
    };
  }

  #cancelTick = () => {};

  #next(now: number): void {
    this.#lastTickAt = now;
    this.#cancelTick = this.clock.setTimer(() => this.#tick(), tickSeconds);
  }

  #tick(): void {
    const now = this.clock.monotonicSeconds();
    if (this.#isLate(now)) for (const measured of this.#watches) add(measured, now, this.#lastTickAt);
    this.#next(now);
  }

  #isLate(now: number): boolean {
    return now - this.#lastTickAt > tickSeconds + toleranceSeconds;
  }
}

function add(measured: Measured, now: number, since: number): void {
  const seconds = now - Math.max(since, measured.startedAt);
  measured.totalSeconds += seconds;
  measured.longestSeconds = Math.max(measured.longestSeconds, seconds);
}
