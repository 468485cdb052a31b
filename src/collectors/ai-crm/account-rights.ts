import type { Clock } from '../../clock.js';
import type { AiCrmConfig, AiCrmSubject } from '../../config/config.js';
import type { AiCrmAccount, DataAccess } from '../../sources/data/data-access.js';
import { labelText } from './label-text.js';
import { SharedAnswer } from './shared-answer.js';

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
    return role.toLowerCase() === need.role ? undefined : `needs role ${need.role}, the account is ${labelText(role)}`;
  const has = (tiers as readonly string[]).indexOf(tier.toLowerCase());
  // A tier that is not known may well be above those that are: AI-CRM will say.
  return has === -1 || has >= tiers.indexOf(need.tier)
    ? undefined
    : `needs tier ${need.tier}, the account is ${labelText(tier)}`;
}
