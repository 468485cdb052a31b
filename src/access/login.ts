import { isRecord, type JsonRecord, parseBody } from '../base/json.js';
import { Secret } from '../config/secret.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import { fieldOf, identityOf, isRedirect } from '../net/http-headers.js';
import { type AiCrmAccount, type DataAnswer, DataFailure } from './data-access.js';

/** A JSON object out of an answer, or undefined when its body is none. */
export function objectIn({ headers, body }: Pick<DataAnswer, 'headers' | 'body'>): JsonRecord | undefined {
  const parsed = parseBody(body, fieldOf(headers, 'content-type'));
  return 'value' in parsed && isRecord(parsed.value) ? parsed.value : undefined;
}

/** The account that `/auth/me` or the `user` of a login describes; undefined when it is no such description. */
function accountIn(user: unknown): AiCrmAccount | undefined {
  if (!isRecord(user)) return undefined;
  const role = word(user['role']);
  const tier = word(user['subscription_tier']);
  return role === undefined || tier === undefined ? undefined : { role, tier };
}

/** Role and tier stand in messages, so they have to be plain words. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z][a-z0-9_-]{0,31}$/i.test(value) ? value : undefined;
}

/** What a login gave. */
export interface Issued {
  readonly token: Secret;
  readonly expiresInSeconds: number;
  /** Absent when the answer did not describe the account. */
  readonly account?: AiCrmAccount;
}

/** No login answer and no account is larger than this. */
const maxBodyBytes = 64 * 1024;
/** What the real AI-CRM gives without `remember_me`; for an answer that does not say. */
const usualLifetimeSeconds = 1800;
const longestLifetimeSeconds = 365 * 86_400;

/** A GET with what `ai_crm` says of headers and TLS. */
export function settingsFor({ headers, tls }: AiCrmConfig): HttpSettings {
  return {
    method: 'GET',
    headers,
    expect: { jsonStatus: false, jsonValues: new Map() },
    tls,
    followRedirects: false,
    maxBodyBytes,
  };
}

/** The login itself: `POST /auth/login` with `remember_me`, for a token that lasts a day. */
export function loginSettings(config: AiCrmConfig, username: string, password: Secret): HttpSettings {
  const body = new Secret(
    JSON.stringify({ username_or_email: username, password: password.reveal(), remember_me: true }),
  );
  const headers = new Map(config.headers).set('content-type', new Secret('application/json'));
  return { ...settingsFor(config), method: 'POST', headers, body };
}

/** What AI-CRM's answer to a login gives; throws a `DataFailure` that says which of the things that can go wrong went wrong. */
export function readLogin(answer: DataAnswer): Issued {
  const { statusCode } = answer;
  if (statusCode !== 200) throw refusal(statusCode);
  const content = objectIn(answer);
  if (content === undefined)
    throw new DataFailure('json', 'the answer to the login is not a JSON object: is ai_crm.url right?', { statusCode });
  const issued = tokenIn(content);
  if (issued === undefined)
    throw new DataFailure('json', 'the answer to the login has no access_token', { statusCode });
  const account = accountIn(content['user']);
  return { expiresInSeconds: usualLifetimeSeconds, ...issued, ...(account === undefined ? {} : { account }) };
}

/** The token of an answer as OAuth 2.0 has it (RFC 6749, 5.1), with its life where that is stated; undefined where there is none. */
export function tokenIn(
  content: JsonRecord,
): (Pick<Issued, 'token'> & Partial<Pick<Issued, 'expiresInSeconds'>>) | undefined {
  const token = content['access_token'];
  // What would break out of its header line is no token.
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(token)) return undefined;
  const stated = Number(content['expires_in'] ?? Number.NaN);
  const isLifetime = stated > 0 && stated <= longestLifetimeSeconds;
  return { token: new Secret(token), ...(isLifetime ? { expiresInSeconds: stated } : {}) };
}

/** How long before its end a token is renewed: a tenth of its life, at most five minutes. */
export function renewalMarginSeconds(lifeSeconds: number): number {
  return Math.min(300, lifeSeconds * 0.1);
}

function refusal(statusCode: number): DataFailure {
  const failure = (reason: 'auth' | 'status' | 'redirect' | 'rate_limited', message: string) =>
    new DataFailure(reason, `${statusCode}: ${message}`, { statusCode });
  if (statusCode === 401) return failure('auth', 'AI-CRM does not accept the username and password of ai_crm.login');
  if (statusCode === 403)
    return failure('auth', 'AI-CRM does not let the account of ai_crm.login in; it may be locked');
  if (statusCode === 407) return failure('auth', 'a proxy before AI-CRM wants credentials');
  if (statusCode === 422) return failure('status', 'AI-CRM does not understand the login: is it of another version?');
  if (statusCode === 429) return failure('rate_limited', 'too many requests');
  if (statusCode === 404 || statusCode === 405)
    return failure('status', 'there is no POST /auth/login: is ai_crm.url right?');
  if (statusCode >= 500) return failure('status', 'AI-CRM cannot check the login; its database may be down');
  if (isRedirect(statusCode)) return failure('redirect', 'the login is redirected: is ai_crm.url right?');
  return failure('status', 'AI-CRM did not answer the login as expected');
}

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
