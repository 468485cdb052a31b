import { type FailureReason, ProbeFailure } from '../base/reason.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import type { Cookies, HeaderFields } from '../net/http-headers.js';

/** One question to a data source. */
export interface DataRequest {
  /** Who asks, as the label `source`: limits and budgets are exported under this name. */
  readonly source: string;
  readonly url: string;
  /**
   * Method, headers, body, credentials, TLS, limit of the body. Of `expect` only the status codes are looked at: one that it
   * names is an answer, whatever it usually means.
   */
  readonly http: HttpSettings;
  readonly timeoutSeconds: number;
  /** Proves who asks with AI-CRM's own login instead of `http.auth`. */
  readonly usesLogin?: boolean;
  /**
   * Undoes what was done before, so that it is sent even while its source rests, or the server may be busy with a request that
   * got no answer; never beyond rate limit and budget.
   */
  readonly isCleanup?: boolean;
  /** A proxy answers it by itself: it keeps no server behind it busy, and its answer says nothing of one. */
  readonly isOfProxy?: boolean;
  /** Those of the questions before, where they belong together; absent: it begins without any. */
  readonly cookies?: Cookies | undefined;
}

/** A complete answer with any status code but those that mean "not you" or "not now" (401, 403, 407, 429), unless they were expected. */
export interface DataAnswer {
  readonly statusCode: number;
  readonly headers: HeaderFields;
  /** Decoded. */
  readonly body: Buffer;
  /** From the moment it was sent: waiting for one's turn, or for a login, is not in it. */
  readonly durationSeconds: number;
}

/** Why a question has no answer. `reason` and `message` are for people; no secret, no text of the other side is in them. */
export class DataFailure extends ProbeFailure {
  /** The status code, where one caused it. */
  readonly statusCode?: number;
  /** When it makes sense to ask again, on the monotonic clock; absent: at the next interval. */
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
 * Asks politely: one request at a time for each origin, none while a health probe of that origin is under way, within its
 * rate limit and our budget. Rejects with a `DataFailure`, deadlines included, and with the reason of `signal` when that is
 * aborted because nobody waits any more.
 */
export interface DataClient {
  ask(request: DataRequest, signal: AbortSignal): Promise<DataAnswer>;
}

/** Nothing was sent: we did not want to, so it says nothing new about the other side. */
export class NotAsked extends DataFailure {
  /** It repeats what the last answer to the same source was, or that there was none: that stands until it is asked again. */
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

/** Nothing was sent, because the queries before it took long. They were answered, so that what they told is as good as it was. */
export class Paced extends NotAsked {
  constructor(
    message: string,
    override readonly notBeforeSeconds: number,
  ) {
    super('timeout', message, { notBeforeSeconds });
  }
}

/** A time of day for a message, `11:42 UTC`: unlike "in 5 min" it stays the same until it has come. */
export function timeOfDay(unixSeconds: number): string {
  // Rounded up, or it would already be over when it is read.
  return `${new Date(Math.ceil(unixSeconds / 60) * 60_000).toISOString().slice(11, 16)} UTC`;
}

/** Whose login is in use. */
export interface AiCrmAccount {
  /** `user`, `manager`, `admin`, as AI-CRM spells it. */
  readonly role: string;
  /** `free`, `pro`, `enterprise`, as AI-CRM spells it. */
  readonly tier: string;
}

/** How requests went of one source: of one that asks with AI-CRM's login all share the entry `ai_crm`. */
export interface SourceLimits {
  readonly source: string;
  /** Since the exporter started, logins and repetitions included. */
  readonly requestsTotal: number;
  /** By the last answer; absent when it said nothing. */
  readonly rateLimitRemaining?: number;
  /** Of our own budget for this hour. */
  readonly budgetRemaining: number;
}

/** What the exporter's own queries cost those whom they keep waiting. */
export interface FreezeLimits {
  /** The share of time that they keep below. */
  readonly limitRatio: number;
  /** In which they may have kept a watched server from answering anybody else, since the exporter started. */
  readonly frozenSeconds: number;
}

/** The state of AI-CRM's login, for people. */
export interface LoginState {
  /** Null until it was tried. */
  readonly up: boolean | null;
  readonly failure: { readonly reason: FailureReason; readonly message: string } | null;
  /** Whose login it is, as far as that is known. */
  readonly account?: AiCrmAccount;
}

/** Everything that asks AI-CRM or another data source goes through here; one for the life of the process. */
export interface DataAccess {
  readonly client: DataClient;
  /** The account of `ai_crm.login`; logs in when it has to. Rejects like `DataClient.ask`, with `auth` when there is no login. */
  account(signal: AbortSignal): Promise<AiCrmAccount>;
  /** Null when no login is configured. */
  loginState(): LoginState | null;
  limits(): readonly SourceLimits[];
  freeze(): FreezeLimits;
}
