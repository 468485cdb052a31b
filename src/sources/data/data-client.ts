import type { HttpSettings } from '../../config/config.js';
import type { FailureReason } from '../../reason.js';
import { ProbeFailure } from '../failure.js';
import type { Cookies } from '../http/cookies.js';
import type { HeaderFields } from '../http/headers.js';

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
