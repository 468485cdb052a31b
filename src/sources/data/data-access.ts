import type { FailureReason } from '../../reason.js';
import type { DataClient } from './data-client.js';

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
