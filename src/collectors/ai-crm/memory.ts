import type { FailingOperations } from './operation.js';
import { TaskLedger } from './task-ledger.js';

/** The two that an AI-CRM can have; see `api` in `reference.yml`. */
export type BackendInterface = 'real' | 'documented';

/** What is known of one AI-CRM. */
export interface RememberedAiCrm {
  /** Undefined until it was found out; when that was is on the monotonic clock. */
  api: { readonly found: BackendInterface; readonly atSeconds: number } | undefined;
  readonly tasks: TaskLedger;
  readonly failing: FailingOperations;
  readonly crashes: Crashes;
}

/** Questions in a row that AI-CRM could not ask its database, however many other failures lie between them. */
export interface Crashes {
  count: number;
  /** When the login that failed last may be tried again: one that is only told again has the same time. */
  loginAgainAtSeconds?: number | undefined;
}

/** What the collectors of `ai_crm` remember from one run to the next; outlives a reload of the configuration. */
export class AiCrmMemory {
  #url: string | undefined;
  #remembered: RememberedAiCrm = nothing();

  /** What is remembered of the AI-CRM at this URL. Of one at a time: another URL is another AI-CRM, with other tasks. */
  of(url: string): RememberedAiCrm {
    if (this.#url !== url) {
      this.#url = url;
      this.#remembered = nothing();
    }
    return this.#remembered;
  }
}

function nothing(): RememberedAiCrm {
  return { api: undefined, tasks: new TaskLedger(), failing: new Map(), crashes: { count: 0 } };
}
