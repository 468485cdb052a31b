import type { Clock } from '../base/clock.js';
import type { FailureReason } from '../base/reason.js';
import { type DataAnswer, DataFailure, NotAsked, timeOfDay } from './data-access.js';
import type { Lane } from './lane.js';

/** Waits twice as long after each failure in a row. Times are on the monotonic clock. */
export class Backoff {
  #failures = 0;
  #untilSeconds = Number.NEGATIVE_INFINITY;

  /** Counts a failure and returns until when to wait: `firstSeconds` after the first one, never longer than `longestSeconds`. */
  fail(nowSeconds: number, firstSeconds: number, longestSeconds: number): number {
    this.#untilSeconds = nowSeconds + Math.min(longestSeconds, firstSeconds * 2 ** this.#failures);
    this.#failures += 1;
    return this.#untilSeconds;
  }

  /** All is well again. */
  reset(): void {
    this.#failures = 0;
    this.#untilSeconds = Number.NEGATIVE_INFINITY;
  }

  /** Until when to wait; in the past when there is nothing to wait for. */
  get untilSeconds(): number {
    return this.#untilSeconds;
  }
}

/** A minute after the first failure, then twice as long each time. What took long is asked for again much later: see `FreezeBudget`. */
const wait = { firstSeconds: 60, longestSeconds: 600 } as const;
/** After a rest, who has tried since the others did leaves them this long to try first: the usual intervals are not longer. */
const turnSeconds = 300;
/** A 5xx that comes at once costs the other side nothing, and may be the finding itself; one that took this long held it up. */
const costlySeconds = 1;

interface Failed {
  readonly reason: FailureReason;
  readonly message: string;
  readonly statusCode?: number;
}

interface Rest {
  readonly lane: Lane;
  /** One for all that fail: each of them is another way to freeze the same server. */
  readonly backoff: Backoff;
  readonly failed: Map<string, Failed>;
  /** Those of them that have failed again while others have not had their turn. */
  readonly tried: Set<string>;
}

/**
 * Lets the sources rest whose requests time out or end in slow server errors: with its upstream hanging, the real AI-CRM
 * stands still for 93 s for each of them. Those of a lane take turns in trying again, and the others go on.
 */
export class Rests {
  readonly #byLane = new Map<Lane, Rest>();

  constructor(private readonly clock: Clock) {}

  /** Throws what went wrong the last time, while this source rests. */
  permit(source: string, lane: Lane): void {
    const rest = this.#byLane.get(lane);
    const failed = rest?.failed.get(source);
    if (rest === undefined || failed === undefined) return;
    if (this.clock.monotonicSeconds() >= untilSeconds(rest) + (rest.tried.has(source) ? turnSeconds : 0)) return;
    const [message, options] = this.#telling(failed, rest);
    throw new NotAsked(failed.reason, message, { ...options, stands: true });
  }

  /** Asks, and takes note of how it went. */
  async watch(source: string, lane: Lane, ask: () => Promise<DataAnswer>): Promise<DataAnswer> {
    const rest = this.#byLane.get(lane);
    const dueSeconds = rest === undefined ? Number.NEGATIVE_INFINITY : untilSeconds(rest);
    const fail = (failed: Failed) => this.#fail(source, lane, failed, dueSeconds);
    try {
      const answer = await ask();
      const { statusCode, durationSeconds } = answer;
      if (statusCode >= 500 && durationSeconds >= costlySeconds)
        fail({ reason: 'status', message: `${statusCode} after ${durationSeconds.toFixed(1)} s`, statusCode });
      else this.#succeed(source, lane);
      return answer;
    } catch (error) {
      if (!(error instanceof DataFailure) || error instanceof NotAsked || error.reason !== 'timeout') throw error;
      const failed = { reason: error.reason, message: error.message };
      const [message, options] = this.#telling(failed, fail(failed));
      throw new DataFailure(failed.reason, message, { ...options, cause: error });
    }
  }

  /** `dueSeconds`: when those that failed before could be tried again. */
  #fail(source: string, lane: Lane, failed: Failed, dueSeconds: number): Rest {
    const rest = this.#byLane.get(lane) ?? {
      lane,
      backoff: new Backoff(),
      failed: new Map<string, Failed>(),
      tried: new Set<string>(),
    };
    this.#byLane.set(lane, rest);
    const now = this.clock.monotonicSeconds();
    // Who let its turn pass asks no more, or so seldom that nobody needs to wait for it.
    if (now >= dueSeconds + turnSeconds)
      for (const other of rest.failed.keys()) if (!rest.tried.has(other)) rest.failed.delete(other);
    rest.failed.set(source, failed);
    rest.tried.add(source);
    if (rest.tried.size >= rest.failed.size) rest.tried.clear();
    rest.backoff.fail(now, wait.firstSeconds, wait.longestSeconds);
    return rest;
  }

  /** When one of them is well again, the others may try at once. */
  #succeed(source: string, lane: Lane): void {
    const rest = this.#byLane.get(lane);
    if (rest?.failed.delete(source) !== true) return;
    rest.tried.clear();
    rest.backoff.reset();
  }

  #telling({ message, statusCode }: Failed, rest: Rest) {
    const notBeforeSeconds = untilSeconds(rest);
    const at = timeOfDay(this.clock.nowSeconds() + notBeforeSeconds - this.clock.monotonicSeconds());
    return [
      `${message}; asked again at ${at}`,
      { notBeforeSeconds, ...(statusCode === undefined ? {} : { statusCode }) },
    ] as const;
  }
}

function untilSeconds({ lane, backoff }: Rest): number {
  return Math.max(backoff.untilSeconds, lane.notBeforeSeconds);
}
