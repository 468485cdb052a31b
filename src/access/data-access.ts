import { type FailureReason, ProbeFailure } from '../base/reason.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import type { Cookies, HeaderFields } from '../net/http-headers.js';

/** One request to a data source. */
export interface DataRequest {
  /** The label `source`: limits and budgets are exported under this name. */
  readonly source: string;
  readonly url: string;
  /**
   * Method, headers, body, credentials, TLS, limit of the body. Of `expect` only the status codes count: a listed code
   * is an answer, not a failure.
   */
  readonly http: HttpSettings;
  readonly timeoutSeconds: number;
  /** Uses AI-CRM's login instead of `http.auth`. */
  readonly usesLogin?: boolean;
  /**
   * Undoes earlier steps. So it is sent even while its source pauses, or while the server may be busy with an
   * unanswered request. Rate limit and budget still apply.
   */
  readonly isCleanup?: boolean;
  /** A proxy answers it itself. So it keeps no server busy, and its answer says nothing about a server. */
  readonly isOfProxy?: boolean;
  /** Cookies of earlier requests that belong together. Absent: no cookies. */
  readonly cookies?: Cookies | undefined;
}

/** A complete answer with any status code, except 401, 403, 407 and 429 (no access, or too many requests) if they are not expected. */
export interface DataAnswer {
  readonly statusCode: number;
  readonly headers: HeaderFields;
  /** Decoded. */
  readonly body: Buffer;
  /** Seconds since it was sent, without waiting for a turn or for a login. */
  readonly durationSeconds: number;
}

/** Why a request has no answer. `reason` and `message` are for people. They contain no secret and no text of the server. */
export class DataFailure extends ProbeFailure {
  /** The status code that caused it, if one did. */
  readonly statusCode?: number;
  /** Time before which a new request is useless, on the monotonic clock. Absent: the next interval. */
  readonly notBeforeSeconds?: number;

  constructor(
    reason: FailureReason,
    message: string,
    options: { readonly cause?: unknown; readonly statusCode?: number; readonly notBeforeSeconds?: number } = {},
  ) {
    super(reason, message, options);
    if (options.statusCode !== undefined) this.statusCode = options.statusCode;
    if (options.notBeforeSeconds !== undefined) this.notBeforeSeconds = options.notBeforeSeconds;
  }
}

/**
 * Sends requests with care: one at a time per origin, none during a health probe of that origin, and within rate limit
 * and budget. Rejects with a `DataFailure`, also at a deadline, or with the reason of `signal` when the caller cancels.
 */
export interface DataClient {
  ask(request: DataRequest, signal: AbortSignal): Promise<DataAnswer>;
}

/** The exporter decided not to send the request, so nothing new is known about the server. */
export class NotAsked extends DataFailure {
  /** It repeats the result of the last request of this source, which is still valid. */
  readonly stands: boolean;

  constructor(
    reason: FailureReason,
    message: string,
    options: { readonly notBeforeSeconds?: number; readonly statusCode?: number; readonly stands?: boolean } = {},
  ) {
    super(reason, message, options);
    this.stands = options.stands === true;
  }
}

/** Not sent, because earlier queries took long. These were answered, so their values stay valid. */
export class Paced extends NotAsked {
  constructor(
    message: string,
    override readonly notBeforeSeconds: number,
  ) {
    super('timeout', message, { notBeforeSeconds });
  }
}

/** A time of day for a message, `11:42 UTC`. Unlike "in 5 min" the text stays the same while the time comes closer. */
export function timeOfDay(unixSeconds: number): string {
  // Rounded up, so the time is not over when it is read.
  return `${new Date(Math.ceil(unixSeconds / 60) * 60_000).toISOString().slice(11, 16)} UTC`;
}

/** The account of the login. */
export interface AiCrmAccount {
  /** `user`, `manager` or `admin`, as AI-CRM writes it. */
  readonly role: string;
  /** `free`, `pro` or `enterprise`, as AI-CRM writes it. */
  readonly tier: string;
}

/** Requests of one source. All that use AI-CRM's login share the entry `ai_crm`. */
export interface SourceLimits {
  readonly source: string;
  /** Since the exporter started, with logins and repetitions. */
  readonly requestsTotal: number;
  /** From the last answer; absent when it reported none. */
  readonly rateLimitRemaining?: number;
  /** What is left of the exporter's own budget for this hour. */
  readonly budgetRemaining: number;
}

/** How long the exporter's own queries block other users. */
export interface FreezeLimits {
  /** Maximum share of time for this. */
  readonly limitRatio: number;
  /** Seconds since the exporter started in which they may have blocked a monitored server for others. */
  readonly frozenSeconds: number;
}

/** State of AI-CRM's login, for people. */
export interface LoginState {
  /** Null before the first try. */
  readonly up: boolean | null;
  readonly failure: { readonly reason: FailureReason; readonly message: string } | null;
  /** The account, if it is known. */
  readonly account?: AiCrmAccount;
}

/** All requests to AI-CRM and other data sources go through this. One object for the life of the process. */
export interface DataAccess {
  readonly client: DataClient;
  /** The account of `ai_crm.login`. Logs in if needed. Rejects like `DataClient.ask`, with `auth` when there is no login. */
  account(signal: AbortSignal): Promise<AiCrmAccount>;
  /** Null without a configured login. */
  loginState(): LoginState | null;
  limits(): readonly SourceLimits[];
  freeze(): FreezeLimits;
}
