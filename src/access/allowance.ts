import { createHash } from 'node:crypto';
import type { HttpSettings } from '../config/sections/http-options.js';
import { authorizationOf } from '../net/http-request.js';

type Headers = readonly (readonly [name: string, value: string])[];

/** The rate limit that an answer reports. Missing and invalid values are absent. */
export interface RateLimit {
  /** Requests per hour. */
  readonly limit?: number;
  readonly remaining?: number;
  /** Seconds without requests, from one second to one day. */
  readonly pauseSeconds?: number;
}

/** Pause for an answer that asks for one without a valid length. */
const unknownPauseSeconds = 60;
const longestPauseSeconds = 86_400;
/** `x-ratelimit-reset` is a Unix time in AI-CRM, and seconds from now elsewhere. Pauses are shorter than this, Unix times later. */
const firstUnixSeconds = 1e9;

/** Reads `x-ratelimit-limit`, `-remaining`, `-reset` and `Retry-After` (seconds or an HTTP date). `nowSeconds` is Unix time. */
export function readRateLimit(statusCode: number, headers: Headers, nowSeconds: number): RateLimit {
  const value = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
  const limit = count(value('x-ratelimit-limit'));
  const stated = count(value('x-ratelimit-remaining'));
  const remaining = stated !== undefined && limit !== undefined && stated > limit ? undefined : stated;
  const pauseSeconds = pause();
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(pauseSeconds === undefined ? {} : { pauseSeconds: Math.min(Math.max(1, pauseSeconds), longestPauseSeconds) }),
  };

  function pause(): number | undefined {
    const retryAfter = value('retry-after');
    if (statusCode === 429 || (statusCode === 503 && retryAfter !== undefined)) {
      return (
        untilRetry(retryAfter, nowSeconds) ?? untilReset(value('x-ratelimit-reset'), nowSeconds) ?? unknownPauseSeconds
      );
    }
    return remaining === 0 ? (untilReset(value('x-ratelimit-reset'), nowSeconds) ?? unknownPauseSeconds) : undefined;
  }
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}

function untilRetry(text: string | undefined, nowSeconds: number): number | undefined {
  if (text === undefined) return undefined;
  const seconds = count(text);
  if (seconds !== undefined) return seconds;
  // An HTTP date starts with the name of the day. `Date.parse` alone accepts almost any text.
  const at = /^[A-Z][a-z]{2,8},? .* GMT$/.test(text) ? Date.parse(text) / 1000 : Number.NaN;
  return at > nowSeconds ? at - nowSeconds : undefined;
}

function untilReset(text: string | undefined, nowSeconds: number): number | undefined {
  const value = count(text);
  if (value === undefined) return undefined;
  const seconds = value >= firstUnixSeconds ? value - nowSeconds : value;
  return seconds > 0 ? seconds : undefined;
}

const windowSeconds = 3600;

/** Why nothing may be sent now, and until when. */
interface Refusal {
  readonly kind: 'rate limit' | 'budget';
  /** On the monotonic clock. */
  readonly untilSeconds: number;
}

/**
 * How many requests may be sent with one Authorization: the exporter's budget in a sliding hour, and the rate limit of
 * the server. All times are on the monotonic clock.
 */
export class Allowance {
  /** Times of the requests of the last hour, in order. */
  readonly #sent: number[] = [];
  #inherited = 0;
  #inheritedUntilSeconds: number | undefined;
  #pausedUntilSeconds = 0;
  #remaining: number | undefined;

  /** Why nothing may be sent now; undefined when it may. `budget` is at least 1. */
  refusal(budget: number, nowSeconds: number): Refusal | undefined {
    if (nowSeconds < this.#pausedUntilSeconds) return { kind: 'rate limit', untilSeconds: this.#pausedUntilSeconds };
    if (this.budgetRemaining(budget, nowSeconds) > 0) return undefined;
    // Requests that must leave the sliding hour, besides one more. The inherited ones have an unknown age, so they all
    // leave together.
    const excess = this.#sent.length + this.#inherited - budget;
    const leavesAt = (index: number) =>
      index < 0 ? nowSeconds : (this.#sent[index] ?? Number.POSITIVE_INFINITY) + windowSeconds;
    const withInherited = Math.max(this.#inheritedUntilSeconds ?? nowSeconds, leavesAt(excess - this.#inherited));
    return { kind: 'budget', untilSeconds: Math.min(leavesAt(excess), withInherited) };
  }

  /** Requests that may still be sent within the hour; never negative. */
  budgetRemaining(budget: number, nowSeconds: number): number {
    this.#forget(nowSeconds);
    return Math.max(0, budget - this.#sent.length - this.#inherited);
  }

  /** From the last answer; undefined when it reported none. */
  get rateLimitRemaining(): number | undefined {
    return this.#remaining;
  }

  /** Counts a request before it is sent. Only one is sent at a time. */
  begin(nowSeconds: number): void {
    this.#sent.push(nowSeconds);
  }

  /**
   * Sets the time when this request has surely ended. The server counts it no later, so it never leaves the exporter's
   * hour before the server's. Undefined: it was not sent.
   */
  end(doneAtSeconds: number | undefined): void {
    this.#sent.pop();
    if (doneAtSeconds !== undefined) this.#sent.push(doneAtSeconds);
  }

  /** Records the rate limit of an answer, after its request is counted. */
  note({ limit, remaining, pauseSeconds }: RateLimit, nowSeconds: number): void {
    this.#remaining = remaining;
    if (pauseSeconds !== undefined) this.#pausedUntilSeconds = nowSeconds + pauseSeconds;
    if (limit === undefined || remaining === undefined) return;
    this.#forget(nowSeconds);
    // Requests of the last hour with this Authorization that this process did not send: by the exporter before its
    // restart, or by others. These two cannot be distinguished. So the first answer sets the number, and later answers
    // only lower it: later requests of others do not use the exporter's budget.
    const foreign = Math.max(0, limit - remaining - this.#sent.length);
    if (this.#inheritedUntilSeconds === undefined) {
      this.#inherited = foreign;
      this.#inheritedUntilSeconds = nowSeconds + windowSeconds;
    } else this.#inherited = Math.min(this.#inherited, foreign);
  }

  /** Counted requests from before the start, or of others. */
  get inherited(): number {
    return this.#inherited;
  }

  /** Whether nothing needs to be kept any more. */
  isIdle(nowSeconds: number): boolean {
    this.#forget(nowSeconds);
    return this.#sent.length === 0 && this.#inherited === 0 && nowSeconds >= this.#pausedUntilSeconds;
  }

  #forget(nowSeconds: number): void {
    while ((this.#sent[0] ?? nowSeconds) <= nowSeconds - windowSeconds) this.#sent.shift();
    if (this.#inheritedUntilSeconds !== undefined && nowSeconds >= this.#inheritedUntilSeconds) this.#inherited = 0;
  }
}

/** All allowances in use, by origin and Authorization. Idle ones are dropped when a new one is added. */
export class Allowances {
  readonly #byKey = new Map<string, Allowance>();

  /** The allowance for requests with these settings to this origin. */
  for(origin: string, http: HttpSettings, nowSeconds: number): Allowance {
    const authorization = authorizationOf(http);
    // A hash, so that no credentials can be printed with a key.
    const key =
      authorization === undefined ? origin : `${origin} ${createHash('sha256').update(authorization).digest('base64')}`;
    let found = this.#byKey.get(key);
    if (found === undefined) {
      for (const [other, allowance] of this.#byKey) if (allowance.isIdle(nowSeconds)) this.#byKey.delete(other);
      found = new Allowance();
      this.#byKey.set(key, found);
    }
    return found;
  }
}
