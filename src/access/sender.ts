import type { Clock } from '../base/clock.js';
import { isCalledOff } from '../base/deadline.js';
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
 * What AI-CRM answers by itself, within milliseconds: logins, accounts, agents and their suggestions, the analysis of a task. When it
 * does not, it stands still for somebody else.
 */
const ownAnswers = /\/(?:auth\/[\w-]+|agents(?:\/suggest)?|pm\/analyze|users\/admin\/stats|health)\/?$/;

/**
 * Whether a query can be what freezes AI-CRM: for its tasks and analytics it calls another service and does nothing else until that
 * has answered. Of any other server nothing is known, so everything else may.
 */
export function mayFreeze(url: string): boolean {
  return !ownAnswers.test(readUrl(url)?.pathname ?? '');
}

/** A request with the credentials it is sent with. */
interface Outgoing {
  /** Whose run it belongs to. */
  readonly source: string;
  readonly url: string;
  readonly http: HttpSettings;
  readonly timeoutSeconds: number;
  /** More are never sent within an hour with this Authorization. */
  readonly budget: number;
  /** See `DataRequest`. */
  readonly isCleanup?: boolean;
  /** See `DataRequest`. */
  readonly isOfProxy?: boolean;
  readonly cookies?: Cookies | undefined;
  /** Called for each request that has really been sent, redirects included. */
  readonly onSent: (allowance: Allowance) => void;
}

/** What a sender needs of its surroundings. */
interface SenderOptions {
  readonly clock: Clock;
  readonly prober: HttpProber;
  readonly probe: typeof probeHttp;
  readonly laneOf: (url: string) => Lane;
}

/** A request whose answer we did not wait for may still be counted by the other side when it gets to it. */
const unansweredSeconds = 120;

/** Sends requests one at a time for each lane, within rate limit and budget. Any code is an answer here, 401 and 429 included. */
export class Sender {
  readonly #allowances = new Allowances();

  constructor(private readonly options: SenderOptions) {}

  /** Sends and follows redirects, each of them a request like any other. Rejects as `DataClient.ask` does. */
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
      // Once more: others were sent while this one waited.
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
      // A proxy that does not wait any longer says that the server is still at it, one that does not reach it nothing.
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
    const deadline = new AbortController();
    const cancelTimer = clock.setTimer(
      () => deadline.abort(new DOMException('no answer in time', 'TimeoutError')),
      timeoutSeconds,
    );
    try {
      return await probe(
        { url, http: { ...http, followRedirects: false }, cookies },
        prober,
        AbortSignal.any([signal, deadline.signal]),
      );
    } finally {
      cancelTimer();
    }
  }

  #learn(allowance: Allowance, { statusCode, headers }: HttpOutcome): void {
    const { clock } = this.options;
    if (statusCode !== undefined)
      allowance.note(readRateLimit(statusCode, headers, clock.nowSeconds()), clock.monotonicSeconds());
  }

  /** The allowance that this request is sent on; throws when there is none left. */
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
      throw new NotAsked('rate_limited', `not asked: the rate limit of ${name} is used up until ${at}`, {
        notBeforeSeconds,
      });
    const others =
      allowance.inherited === 0 ? '' : `, ${allowance.inherited} of them before this start or by somebody else`;
    throw new NotAsked(
      'rate_limited',
      `not asked: the exporter's own budget of ${budget} requests an hour to ${name} is used up${others}; it goes on at ${at}`,
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

/** Whether the other side has, or may have, something to do with the request; a name that is not found never reaches it. */
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
