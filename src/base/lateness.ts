import type { Clock } from './clock.js';

/** Time of a measurement in which the event loop stood still. */
export interface LostTime {
  /** Sum of all standstills in seconds. */
  readonly totalSeconds: number;
  /** The longest standstill in seconds. */
  readonly longestSeconds: number;
}

/** A running measurement. */
export interface Watch {
  /** The lost time so far; does not change after `end`. */
  readonly lost: LostTime;
  end(): void;
}

/**
 * Interval of the checks. The timer runs only during measurements, because a permanent one costs an idle exporter more
 * than its probes. `monitorEventLoopDelay` of Node.js does not say when a delay was.
 */
const tickSeconds = 0.1;

/** A smaller delay is normal on a busy machine and is not counted. */
const toleranceSeconds = 0.1;

interface Measured {
  readonly startedAt: number;
  totalSeconds: number;
  longestSeconds: number;
}

/**
 * Notices when the event loop stands still, because it is busy, gets no processor time, or is stopped. Answers of that
 * time are noticed late, so their measured times are too long.
 */
export class Lateness {
  readonly #watches = new Set<Measured>();
  #lastTickAt = 0;

  constructor(private readonly clock: Clock) {}

  /** Starts a measurement. */
  watch(): Watch {
    const measured: Measured = { startedAt: this.clock.monotonicSeconds(), totalSeconds: 0, longestSeconds: 0 };
    if (this.#watches.size === 0) this.#next(measured.startedAt);
    this.#watches.add(measured);
    return {
      lost: measured,
      end: () => {
        if (!this.#watches.has(measured)) return;
        const now = this.clock.monotonicSeconds();
        // At the end of a standstill this code may run before the tick does.
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
