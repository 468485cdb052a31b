import type { AiCrmConfig, HttpSettings } from '../../config/config.js';
import type { Secret } from '../../config/secret.js';
import type { AiCrmAccount } from '../data/data-access.js';
import { type DataAnswer, DataFailure } from '../data/data-client.js';
import { identityOf } from '../identity.js';
import { accountIn, objectIn } from './account.js';
import { settingsFor } from './login.js';

/** Sends a question to AI-CRM; any code is an answer. */
export type Send = (url: string, http: HttpSettings) => Promise<DataAnswer>;

/** Whose login a token is. Throws a `DataFailure` when the answer does not say. */
export function accountOf(answer: DataAnswer): AiCrmAccount {
  const { statusCode } = answer;
  if (statusCode !== 200)
    throw new DataFailure('status', `${statusCode}: AI-CRM does not say whose login it is (/auth/me)`, { statusCode });
  const account = accountIn(objectIn(answer));
  if (account === undefined)
    throw new DataFailure('json', 'the answer of /auth/me has no role and subscription_tier', { statusCode });
  return account;
}

/** Whether the worker that answers accepts a token. Rejects with a `DataFailure` when that cannot be told. */
export async function isTokenAccepted(config: AiCrmConfig, token: Secret, send: Send): Promise<boolean> {
  const answer = await send(`${config.url}/auth/me`, { ...settingsFor(config), auth: { kind: 'bearer', token } });
  if (answer.statusCode !== 401 && !isPastLogin(answer))
    throw new DataFailure('status', `${answer.statusCode}: AI-CRM does not say whether it accepts the login`);
  return answer.statusCode !== 401;
}

/** What AI-CRM's health answer says of who answers, see `identityOf`. */
export async function askIdentity(config: AiCrmConfig, send: Send): Promise<string | undefined> {
  return identityOf(objectIn(await send(`${config.url}/health`, settingsFor(config))));
}

/** Whether a token was accepted: neither a 429 nor a crash says that it was looked at. */
export function isPastLogin({ statusCode }: DataAnswer): boolean {
  return statusCode < 500 && statusCode !== 401 && statusCode !== 429;
}
