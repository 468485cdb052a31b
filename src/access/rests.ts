import type { Clock } from '../base/clock.js';
import type { FailureReason } from '../base/reason.js';
import { type DataAnswer, DataFailure, NotAsked, timeOfDay } from './data-access.js';
import type { Lane } from './lane.js';

/** Doubles the wait after each failure in a row. Times are on the monotonic clock. */
export class Backoff {
  #failures = 0;
  #untilSeconds = Number.NEGATIVE_INFINITY;

  /** Counts a failure and returns the end of the wait: `firstSeconds` after the first failure, never more than `longestSeconds`. */
  fail(nowSeconds: number, firstSeconds: number, longestSeconds: number): number {
    this.#untilSeconds = nowSeconds + Math.min(longestSeconds, firstSeconds * 2 ** this.#failures);
    this.#failures += 1;
    return this.#untilSeconds;
  }

  /** Ends the wait after a success. */
  reset(): void {
    this.#failures = 0;
    this.#untilSeconds = Number.NEGATIVE_INFINITY;
  }

  /** End of the wait; in the past when there is none. */
  get untilSeconds(): number {
    return this.#untilSeconds;
  }
}

/** A minute after the first failure, then doubled each time. After a slow answer the wait is much longer: see `FreezeBudget`. */
const wait = { firstSeconds: 60, longestSeconds: 600 } as const;
/** After a pause, a source that has already tried waits this much longer, so that others can try first. Usual intervals are not longer. */
const turnSeconds = 300;
/** An immediate 5xx costs the server nothing, and may be the finding. One that took this long kept the server busy. */
const costlySeconds = 1;

interface Failed {
  readonly reason: FailureReason;
  readonly message: string;
  readonly statusCode?: number;
}

interface Rest {
  readonly lane: Lane;
  /** Shared by all failed sources, because each of them may freeze the same server. */
  readonly backoff: Backoff;
  readonly failed: Map<string, Failed>;
  /** Failed sources that have tried again while others have not. */
  readonly tried: Set<string>;
}

/**
 * Pauses sources whose requests time out or end in slow server errors: the real AI-CRM stands still for 93 s for each
 * of them while its upstream hangs. Paused sources of a lane take turns to try again; other sources continue.
 */
export class Rests {
  readonly #byLane = new Map<Lane, Rest>();

  constructor(private readonly clock: Clock) {}

  /** While this source pauses, throws its last failure. */
  permit(source: string, lane: Lane): void {
    const rest = this.#byLane.get(lane);
    const failed = rest?.failed.get(source);
    if (rest === undefined || failed === undefined) return;
    if (this.clock.monotonicSeconds() >= untilSeconds(rest) + (rest.tried.has(source) ? turnSeconds : 0)) return;
    const [message, options] = this.#telling(failed, rest);
    throw new NotAsked(failed.reason, message, { ...options, stands: true });
  }

  /** Sends the request and records its result. */
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

  /** `dueSeconds`: when failed sources could try again. */
  #fail(source: string, lane: Lane, failed: Failed, dueSeconds: number): Rest {
    const rest = this.#byLane.get(lane) ?? {
      lane,
      backoff: new Backoff(),
      failed: new Map<string, Failed>(),
      tried: new Set<string>(),
    };
    this.#byLane.set(lane, rest);
    const now = this.clock.monotonicSeconds();
    // A source that did not use its turn is no longer asked, or so rarely that the others need not wait for it.
    if (now >= dueSeconds + turnSeconds)
      for (const other of rest.failed.keys()) if (!rest.tried.has(other)) rest.failed.delete(other);
    rest.failed.set(source, failed);
    rest.tried.add(source);
    if (rest.tried.size >= rest.failed.size) rest.tried.clear();
    rest.backoff.fail(now, wait.firstSeconds, wait.longestSeconds);
    return rest;
  }

  /** After the success of one source, the others may try at once. */
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
      `${message}; next query at ${at}`,
      { notBeforeSeconds, ...(statusCode === undefined ? {} : { statusCode }) },
    ] as const;
  }
}

function untilSeconds({ lane, backoff }: Rest): number {
  return Math.max(backoff.untilSeconds, lane.notBeforeSeconds);
}
