import type { Clock } from '../../clock.js';
import type { FailureReason } from '../../reason.js';
import { Backoff } from './backoff.js';
import { DataFailure, type DataAnswer } from './data-client.js';
import { NotAsked, timeOfDay } from './failure.js';

/** A minute after the first failure, then twice as long each time: a source is back within ten minutes after its cause is gone. */
const wait = { firstSeconds: 60, longestSeconds: 600 } as const;
/** A 5xx that comes at once costs the other side nothing, and may be the finding itself; one that took this long held it up. */
const costlySeconds = 1;

interface Rest {
  readonly backoff: Backoff;
  readonly reason: FailureReason;
  readonly message: string;
  readonly statusCode?: number;
}

/**
 * Lets a source rest at an origin where its requests time out or end in slow server errors: with its upstream hanging, the
 * real AI-CRM stands still for 93 s for each of them.
 */
export class Rests {
  readonly #byPlace = new Map<string, Rest>();

  constructor(private readonly clock: Clock) {}

  /** Throws what went wrong the last time, while this place rests. */
  permit(place: string): void {
    const rest = this.#byPlace.get(place);
    if (rest !== undefined && this.clock.monotonicSeconds() < rest.backoff.untilSeconds) throw this.#failureOf(rest, NotAsked);
  }

  /** Asks, and takes note of how it went. */
  async watch(place: string, ask: () => Promise<DataAnswer>): Promise<DataAnswer> {
    try {
      const answer = await ask();
      const { statusCode, durationSeconds } = answer;
      if (statusCode < 500 || durationSeconds < costlySeconds) this.#byPlace.delete(place);
      else this.#fail(place, { reason: 'status', message: `${statusCode} after ${durationSeconds.toFixed(1)} s`, statusCode });
      return answer;
    } catch (error) {
      if (!(error instanceof DataFailure) || error instanceof NotAsked || error.reason !== 'timeout') throw error;
      throw this.#failureOf(this.#fail(place, { reason: error.reason, message: error.message }), DataFailure, error);
    }
  }

  #fail(place: string, what: Omit<Rest, 'backoff'>): Rest {
    const backoff = this.#byPlace.get(place)?.backoff ?? new Backoff();
    backoff.fail(this.clock.monotonicSeconds(), wait.firstSeconds, wait.longestSeconds);
    const rest = { ...what, backoff };
    this.#byPlace.set(place, rest);
    return rest;
  }

  #failureOf({ backoff, reason, message, statusCode }: Rest, Kind: typeof DataFailure | typeof NotAsked, cause?: unknown): DataFailure {
    const notBeforeSeconds = backoff.untilSeconds;
    const at = timeOfDay(this.clock.nowSeconds() + notBeforeSeconds - this.clock.monotonicSeconds());
    const options = { notBeforeSeconds, ...(statusCode === undefined ? {} : { statusCode }), ...(cause === undefined ? {} : { cause }) };
    return new Kind(reason, `${message}; asked again at ${at}`, options);
  }
}
