import { createHash } from 'node:crypto';
import type { HttpSettings } from '../config/sections/http-options.js';
import { authorizationOf } from '../net/http-request.js';

type Headers = readonly (readonly [name: string, value: string])[];

/** What an answer says about how much more may be asked; what it does not say, or says in nonsense, is absent. */
export interface RateLimit {
  /** Requests in an hour. */
  readonly limit?: number;
  readonly remaining?: number;
  /** Nothing may be sent for this long; at least a second, at most a day. */
  readonly pauseSeconds?: number;
}

/** When the other side wants a pause and does not say how long in a way that can be understood. */
const unknownPauseSeconds = 60;
const longestPauseSeconds = 86_400;
/** `x-ratelimit-reset` is a Unix time in AI-CRM, seconds from now elsewhere; no pause is this long, no Unix time this early. */
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
  // An HTTP date begins with the day's name; `Date.parse` alone would make a date of almost anything.
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

/** Why nothing may be sent now. */
interface Refusal {
  readonly kind: 'rate limit' | 'budget';
  /** On the monotonic clock. */
  readonly untilSeconds: number;
}

/**
 * How much may be sent with one Authorization: our own budget in a sliding hour, and what the other side allows. All times
 * are on the monotonic clock.
 */
export class Allowance {
  /** When each request of the last hour was done, in order. */
  readonly #sent: number[] = [];
  #inherited = 0;
  #inheritedUntilSeconds: number | undefined;
  #pausedUntilSeconds = 0;
  #remaining: number | undefined;

  /** Why nothing may be sent now, or undefined when it may. */
  refusal(budget: number, nowSeconds: number): Refusal | undefined {
    if (nowSeconds < this.#pausedUntilSeconds) return { kind: 'rate limit', untilSeconds: this.#pausedUntilSeconds };
    if (this.budgetRemaining(budget, nowSeconds) > 0) return undefined;
    // What must fall out of the hour until one more fits in; the inherited ones, of unknown age, fall out all at once.
    const excess = this.#sent.length + this.#inherited - budget;
    const firstOwn = this.#sent[excess];
    const own = firstOwn === undefined ? Number.POSITIVE_INFINITY : firstOwn + windowSeconds;
    const inherited = this.#inherited > excess ? (this.#inheritedUntilSeconds ?? nowSeconds) : Number.POSITIVE_INFINITY;
    const soonest = Math.min(own, inherited);
    return { kind: 'budget', untilSeconds: Number.isFinite(soonest) ? soonest : nowSeconds + windowSeconds };
  }

  /** How many more may be sent within the hour; never negative. */
  budgetRemaining(budget: number, nowSeconds: number): number {
    this.#forget(nowSeconds);
    return Math.max(0, budget - this.#sent.length - this.#inherited);
  }

  /** By the last answer, or undefined when it did not say. */
  get rateLimitRemaining(): number | undefined {
    return this.#remaining;
  }

  /** Counts a request that is about to be sent; there is never more than one at a time. */
  begin(nowSeconds: number): void {
    this.#sent.push(nowSeconds);
  }

  /**
   * Says when that request was surely over: the other side counts it no later, so none of ours falls out of our hour before
   * it falls out of theirs. Undefined: it was not sent after all.
   */
  end(doneAtSeconds: number | undefined): void {
    this.#sent.pop();
    if (doneAtSeconds !== undefined) this.#sent.push(doneAtSeconds);
  }

  /** Takes over what an answer said, after its request was counted. */
  note({ limit, remaining, pauseSeconds }: RateLimit, nowSeconds: number): void {
    this.#remaining = remaining;
    if (pauseSeconds !== undefined) this.#pausedUntilSeconds = nowSeconds + pauseSeconds;
    if (limit === undefined || remaining === undefined) return;
    this.#forget(nowSeconds);
    // What was sent with this Authorization within the hour and not by us: by the exporter before its restart, or by somebody
    // else. It cannot be told apart, so the first answer of all decides, and it only ever gets less: what others send later
    // is theirs.
    const foreign = Math.max(0, limit - remaining - this.#sent.length);
    if (this.#inheritedUntilSeconds === undefined) {
      this.#inherited = foreign;
      this.#inheritedUntilSeconds = nowSeconds + windowSeconds;
    } else this.#inherited = Math.min(this.#inherited, foreign);
  }

  /** How many requests of before the start, or of somebody else, are counted. */
  get inherited(): number {
    return this.#inherited;
  }

  /** Whether there is nothing to remember any more. */
  isIdle(nowSeconds: number): boolean {
    this.#forget(nowSeconds);
    return this.#sent.length === 0 && this.#inherited === 0 && nowSeconds >= this.#pausedUntilSeconds;
  }

  #forget(nowSeconds: number): void {
    while ((this.#sent[0] ?? nowSeconds) <= nowSeconds - windowSeconds) this.#sent.shift();
    if (this.#inheritedUntilSeconds !== undefined && nowSeconds >= this.#inheritedUntilSeconds) this.#inherited = 0;
  }
}

/** Every allowance in use, by origin and Authorization; one that has nothing to remember makes room for the next. */
export class Allowances {
  readonly #byKey = new Map<string, Allowance>();

  /** The allowance for requests with these settings to this origin. */
  for(origin: string, http: HttpSettings, nowSeconds: number): Allowance {
    const authorization = authorizationOf(http);
    // A hash, so that credentials are in no key that could be printed.
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
