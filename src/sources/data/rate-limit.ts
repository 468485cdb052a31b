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
