import type { Clock } from '../base/clock.js';
import { isCalledOff, withTimeout } from '../base/deadline.js';
import { readUrl } from '../base/host-name.js';
import { ProbeFailure } from '../base/reason.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import { type HttpOutcome, type HttpProber, nextHop, type probeHttp } from '../net/http-client.js';
import { Cookies } from '../net/http-headers.js';
import { originName } from '../net/origin-name.js';
import { type Allowance, Allowances, readRateLimit } from './allowance.js';
import { type DataAnswer, DataFailure, NotAsked, timeOfDay } from './data-access.js';
import type { Lane } from './lane.js';
import type { DataEnd } from './own-freezes.js';

/**
 * Requests that AI-CRM answers itself within milliseconds: logins, accounts, agents and their suggestions, the analysis
 * of a task. If it does not answer, another request keeps it busy.
 */
const ownAnswers = /\/(?:auth\/[\w-]+|agents(?:\/suggest)?|pm\/analyze|users\/admin\/stats|health)\/?$/;

/**
 * Whether a query may freeze AI-CRM: for tasks and analytics it calls another service, and does nothing else until that
 * has answered. Other servers are unknown, so all their queries may.
 */
export function mayFreeze(url: string): boolean {
  return !ownAnswers.test(readUrl(url)?.pathname ?? '');
}

/** A request with its credentials. */
interface Outgoing {
  /** The source of its run. */
  readonly source: string;
  readonly url: string;
  readonly http: HttpSettings;
  readonly timeoutSeconds: number;
  /** Maximum number of requests per hour with this Authorization. */
  readonly budget: number;
  /** See `DataRequest`. */
  readonly isCleanup?: boolean;
  /** See `DataRequest`. */
  readonly isOfProxy?: boolean;
  readonly cookies?: Cookies | undefined;
  /** Called for each request that was really sent, redirects included. */
  readonly onSent: (allowance: Allowance) => void;
}

interface SenderOptions {
  readonly clock: Clock;
  readonly prober: HttpProber;
  readonly probe: typeof probeHttp;
  readonly laneOf: (url: string) => Lane;
}

/** The server may count a request later if the exporter did not wait for its answer. */
const unansweredSeconds = 120;

/** Sends requests one at a time per lane, within rate limit and budget. Every code is an answer here, also 401 and 429. */
export class Sender {
  readonly #allowances = new Allowances();

  constructor(private readonly options: SenderOptions) {}

  /** Sends a request and follows redirects; each of these counts as a request. Rejects like `DataClient.ask`. */
  async send(outgoing: Outgoing, signal: AbortSignal): Promise<DataAnswer> {
    let { url, http } = outgoing;
    const cookies = outgoing.cookies ?? new Cookies();
    for (let hops = 0; ; hops++) {
      const answer = await this.#exchange({ ...outgoing, url, http, cookies }, signal);
      const next = hopAfter(answer, url, http, hops);
      if (next === undefined) return answer;
      url = next.url.href;
      http = { ...http, method: next.method };
    }
  }

  async #exchange(outgoing: Outgoing & { readonly cookies: Cookies }, signal: AbortSignal): Promise<DataAnswer> {
    const { clock, laneOf } = this.options;
    const { url, source, isCleanup = false, isOfProxy = false } = outgoing;
    const lane = laneOf(url);
    this.#permitted(outgoing);
    await lane.enter(signal, { source, isCleanup, mayFreeze: !isOfProxy && mayFreeze(url) });
    const startedAt = clock.monotonicSeconds();
    let end: DataEnd = 'unsent';
    let statusCode: number | undefined;
    try {
      // Checked again, because others were sent while this one waited.
      const allowance = this.#permitted(outgoing);
      allowance.begin(startedAt);
      const outcome = await this.#probe(outgoing, signal);
      end = endOf(outcome, signal);
      statusCode = outcome.statusCode;
      const now = clock.monotonicSeconds();
      allowance.end(
        end === 'unsent' ? undefined : end === 'answered' ? now : Math.max(now, startedAt + unansweredSeconds),
      );
      this.#learn(allowance, outcome);
      if (end !== 'unsent') outgoing.onSent(allowance);
      return answerOf(outcome, now - startedAt, signal);
    } finally {
      // A proxy that stops waiting (504) shows that the server is still busy. One that cannot reach the server shows nothing.
      lane.leave(
        statusCode === 504 ? 'timeout' : end,
        !isOfProxy && end === 'answered' && statusCode !== undefined && statusCode !== 502 && statusCode !== 504,
      );
    }
  }

  async #probe(
    { url, http, timeoutSeconds, cookies }: Outgoing & { readonly cookies: Cookies },
    signal: AbortSignal,
  ): Promise<HttpOutcome> {
    const { clock, prober, probe } = this.options;
    return withTimeout(
      signal,
      timeoutSeconds,
      async (until) => probe({ url, http: { ...http, followRedirects: false }, cookies }, prober, until),
      clock,
    );
  }

  #learn(allowance: Allowance, { statusCode, headers }: HttpOutcome): void {
    const { clock } = this.options;
    if (statusCode !== undefined)
      allowance.note(readRateLimit(statusCode, headers, clock.nowSeconds()), clock.monotonicSeconds());
  }

  /** The allowance for this request; throws when none is left. */
  #permitted({ url, http, budget }: Outgoing): Allowance {
    const { clock } = this.options;
    const now = clock.monotonicSeconds();
    const allowance = this.#allowances.for(originName(url) ?? '', http, now);
    const refusal = allowance.refusal(budget, now);
    if (refusal === undefined) return allowance;
    const { kind, untilSeconds: notBeforeSeconds } = refusal;
    const at = timeOfDay(clock.nowSeconds() + notBeforeSeconds - now);
    const name = new URL(url).origin;
    if (kind === 'rate limit')
      throw new NotAsked('rate_limited', `not queried: the rate limit of ${name} is used up until ${at}`, {
        notBeforeSeconds,
      });
    const others =
      allowance.inherited === 0 ? '' : `, ${allowance.inherited} of them sent before this start or by another client`;
    throw new NotAsked(
      'rate_limited',
      `not queried: the exporter's own budget of ${budget} requests an hour to ${name} is used up${others}; next query at ${at}`,
      { notBeforeSeconds },
    );
  }
}

function answerOf(
  { statusCode, headers, body, failure }: HttpOutcome,
  durationSeconds: number,
  signal: AbortSignal,
): DataAnswer {
  if (failure === null) return { statusCode: statusCode ?? 0, headers, body: body ?? Buffer.alloc(0), durationSeconds };
  if (isCalledOff(signal)) throw signal.reason;
  throw new DataFailure(failure.reason, failure.message, {
    cause: failure,
    ...(statusCode === undefined ? {} : { statusCode }),
  });
}

/** Whether the server is, or may be, busy with the request. Without a resolved name it never gets the request. */
function endOf({ failure, measurement }: HttpOutcome, signal: AbortSignal): DataEnd {
  if (measurement.phases.first_byte === undefined) return 'unsent';
  if (failure?.reason !== 'timeout') return 'answered';
  return isCalledOff(signal) ? 'gone' : 'timeout';
}

function hopAfter(answer: DataAnswer, url: string, http: HttpSettings, hops: number) {
  try {
    return nextHop({ url: new URL(url), method: http.method, bytes: Buffer.alloc(0) }, answer, { url, http }, hops);
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    throw new DataFailure(error.reason, error.message, { cause: error, statusCode: answer.statusCode });
  }
}
