import type { AiCrmAccount, DataAccess } from '../access/data-access.js';
import type { Clock } from '../base/clock.js';
import { ProbeFailure } from '../base/reason.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import type { AiCrmSubject } from '../config/sections/tracking-section.js';
import { nameLabel } from './json-answer.js';

type Outcome<T> = { readonly value: T } | { readonly failure: ProbeFailure };

/** For how long an answer, or the failure to get one, serves everybody who asks. */
interface Freshness {
  readonly answerSeconds: number;
  readonly failureSeconds: number;
}

/**
 * An answer that several collectors need: asked for once, by whoever comes first, and given to the others while it is
 * fresh, so that AI-CRM is not asked the same twice.
 */
export class SharedAnswer<T> {
  #outcome: (Outcome<T> & { readonly atSeconds: number }) | undefined;
  #underWay: Promise<void> | undefined;

  /** `ask` is called when there is nothing fresh; one call at a time. */
  constructor(
    private readonly ask: (signal: AbortSignal) => Promise<T>,
    private readonly clock: Clock,
    private readonly fresh: Freshness,
  ) {}

  /** The answer. Rejects with the `ProbeFailure` of `ask`, and with the reason of `signal` when that is aborted. */
  async get(signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      const outcome = this.#freshOutcome() ?? (this.#underWay === undefined ? await this.#askNow(signal) : undefined);
      if (outcome !== undefined) {
        if ('failure' in outcome) throw outcome.failure;
        return outcome.value;
      }
      // Whoever asks may be called off; then the next in line does it.
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

/** Resolves when `promise` has, and rejects with the reason of `signal` if that comes first. */
async function settled(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  await Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', stop));
}

/** What a subject needs beyond an account. */
const needed: Readonly<Partial<Record<AiCrmSubject, { readonly role: 'admin' } | { readonly tier: 'pro' }>>> = {
  users: { role: 'admin' },
  pm_gateway: { tier: 'pro' },
};

/** The tiers that the real backend knows, least first. */
const tiers = ['free', 'pro', 'enterprise'] as const;

/** An account may be given more rights while we run. */
const askAgainSeconds = 3600;

/** What the account of `ai_crm.login` may read. */
export interface AccountRights {
  /**
   * Why a subject cannot be read, `needs role admin, the account is user`; undefined when it can, as far as that can be told.
   * Asks for the account only where the subject needs more than any; rejects with a `DataFailure` when that fails.
   */
  whyNot(subject: AiCrmSubject, signal: AbortSignal): Promise<string | undefined>;
}

/** The rights of the account, looked up once an hour at most. */
export function accountRights({ login }: AiCrmConfig, data: DataAccess, clock: Clock): AccountRights {
  const account = new SharedAnswer((signal) => data.account(signal), clock, {
    answerSeconds: askAgainSeconds,
    failureSeconds: 0,
  });
  return {
    async whyNot(subject, signal) {
      if (login === undefined) return 'needs a login, and ai_crm.login is not given';
      const need = needed[subject];
      return need === undefined ? undefined : unmet(need, await account.get(signal));
    },
  };
}

function unmet(need: NonNullable<(typeof needed)[AiCrmSubject]>, { role, tier }: AiCrmAccount): string | undefined {
  if ('role' in need)
    return role.toLowerCase() === need.role ? undefined : `needs role ${need.role}, the account is ${nameLabel(role)}`;
  const has = (tiers as readonly string[]).indexOf(tier.toLowerCase());
  // A tier that is not known may well be above those that are: AI-CRM will say.
  return has === -1 || has >= tiers.indexOf(need.tier)
    ? undefined
    : `needs tier ${need.tier}, the account is ${nameLabel(tier)}`;
}
