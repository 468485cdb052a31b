import type { AiCrmAccount, DataAccess } from '../access/data-access.js';
import type { Clock } from '../base/clock.js';
import { ProbeFailure } from '../base/reason.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import type { AiCrmSubject } from '../config/sections/tracking-section.js';
import { nameLabel } from './json-answer.js';

type Outcome<T> = { readonly value: T } | { readonly failure: ProbeFailure };

/** How long an answer, or a failure, is given to all callers. */
interface Freshness {
  readonly answerSeconds: number;
  readonly failureSeconds: number;
}

/**
 * An answer that several collectors need. The first one requests it, the others get it while it is fresh, so that
 * AI-CRM gets each request once.
 */
export class SharedAnswer<T> {
  #outcome: (Outcome<T> & { readonly atSeconds: number }) | undefined;
  #underWay: Promise<void> | undefined;

  /** `ask` is called when nothing is fresh, one call at a time. */
  constructor(
    private readonly ask: (signal: AbortSignal) => Promise<T>,
    private readonly clock: Clock,
    private readonly fresh: Freshness,
  ) {}

  /** The answer. Rejects with the `ProbeFailure` of `ask`, or with the reason of `signal`. */
  async get(signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      const outcome = this.#freshOutcome() ?? (this.#underWay === undefined ? await this.#askNow(signal) : undefined);
      if (outcome !== undefined) {
        if ('failure' in outcome) throw outcome.failure;
        return outcome.value;
      }
      // The caller that asks may be cancelled. Then the next one asks.
      if (this.#underWay !== undefined) await settled(this.#underWay, signal);
    }
  }

  async #askNow(signal: AbortSignal): Promise<Outcome<T>> {
    let done = (): void => {};
    this.#underWay = new Promise<void>((resolve) => (done = resolve));
    try {
      const outcome: Outcome<T> = await this.ask(signal).then((value) => ({ value }), asFailure);
      this.#outcome = { ...outcome, atSeconds: this.clock.monotonicSeconds() };
      return outcome;
    } finally {
      this.#underWay = undefined;
      done();
    }
  }

  #freshOutcome(): Outcome<T> | undefined {
    if (this.#outcome === undefined) return undefined;
    const { answerSeconds, failureSeconds } = this.fresh;
    const ageSeconds = this.clock.monotonicSeconds() - this.#outcome.atSeconds;
    return ageSeconds < ('failure' in this.#outcome ? failureSeconds : answerSeconds) ? this.#outcome : undefined;
  }
}

function asFailure(error: unknown): { readonly failure: ProbeFailure } {
  if (error instanceof ProbeFailure) return { failure: error };
  throw error;
}

/** Resolves after `promise`. Rejects with the reason of `signal` if that comes first. */
async function settled(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  await Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', stop));
}

/** What a subject needs besides an account. */
const needed: Readonly<Partial<Record<AiCrmSubject, { readonly role: 'admin' } | { readonly tier: 'pro' }>>> = {
  users: { role: 'admin' },
  pm_gateway: { tier: 'pro' },
};

/** Tiers of the real backend, lowest first. */
const tiers = ['free', 'pro', 'enterprise'] as const;

/** An account may get more rights later. */
const askAgainSeconds = 3600;

/** What the account of `ai_crm.login` may read. */
export interface AccountRights {
  /**
   * Why a subject cannot be read, `needs role admin, the account has role user`; undefined when it can, or when this is
   * unknown. Requests the account only if the subject needs more than any account has; rejects with a `DataFailure`
   * when that fails.
   */
  whyNot(subject: AiCrmSubject, signal: AbortSignal): Promise<string | undefined>;
}

/** The rights of the account, requested at most once an hour. */
export function accountRights({ login }: AiCrmConfig, data: DataAccess, clock: Clock): AccountRights {
  const account = new SharedAnswer((signal) => data.account(signal), clock, {
    answerSeconds: askAgainSeconds,
    failureSeconds: 0,
  });
  return {
    async whyNot(subject, signal) {
      if (login === undefined) return 'needs a login, but ai_crm.login is not configured';
      const need = needed[subject];
      return need === undefined ? undefined : unmet(need, await account.get(signal));
    },
  };
}

function unmet(need: NonNullable<(typeof needed)[AiCrmSubject]>, { role, tier }: AiCrmAccount): string | undefined {
  if ('role' in need)
    return role.toLowerCase() === need.role
      ? undefined
      : `needs role ${need.role}, the account has role ${nameLabel(role)}`;
  const has = (tiers as readonly string[]).indexOf(tier.toLowerCase());
  // An unknown tier may be above the known ones. AI-CRM's answer decides.
  return has === -1 || has >= tiers.indexOf(need.tier)
    ? undefined
    : `needs tier ${need.tier}, the account has tier ${nameLabel(tier)}`;
}
