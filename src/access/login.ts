import { isRecord, type JsonRecord, parseBody } from '../base/json.js';
import { Secret } from '../config/secret.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import { fieldOf, identityOf, isRedirect } from '../net/http-headers.js';
import { type AiCrmAccount, type DataAnswer, DataFailure } from './data-access.js';

/** The JSON object in an answer; undefined when the body is not one. */
export function objectIn({ headers, body }: Pick<DataAnswer, 'headers' | 'body'>): JsonRecord | undefined {
  const parsed = parseBody(body, fieldOf(headers, 'content-type'));
  return 'value' in parsed && isRecord(parsed.value) ? parsed.value : undefined;
}

/** The account in an answer of `/auth/me`, or in the `user` of a login; undefined for any other value. */
function accountIn(user: unknown): AiCrmAccount | undefined {
  if (!isRecord(user)) return undefined;
  const role = word(user['role']);
  const tier = word(user['subscription_tier']);
  return role === undefined || tier === undefined ? undefined : { role, tier };
}

/** Messages contain role and tier, so they must be plain words. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z][a-z0-9_-]{0,31}$/i.test(value) ? value : undefined;
}

/** The result of a login. */
export interface Issued {
  readonly token: Secret;
  readonly expiresInSeconds: number;
  /** Absent when the answer does not describe the account. */
  readonly account?: AiCrmAccount;
}

/** Maximum size of an answer to a login, or with an account. */
const maxBodyBytes = 64 * 1024;
/** Lifetime in the real AI-CRM without `remember_me`; used when an answer has none. */
const usualLifetimeSeconds = 1800;
const longestLifetimeSeconds = 365 * 86_400;

/** A GET with the headers and TLS settings of `ai_crm`. */
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

/** The login: `POST /auth/login` with `remember_me`, for a token that lasts a day. */
export function loginSettings(config: AiCrmConfig, username: string, password: Secret): HttpSettings {
  const body = new Secret(
    JSON.stringify({ username_or_email: username, password: password.reveal(), remember_me: true }),
  );
  const headers = new Map(config.headers).set('content-type', new Secret('application/json'));
  return { ...settingsFor(config), method: 'POST', headers, body };
}

/** Reads AI-CRM's answer to a login. Throws a `DataFailure` that names the exact problem. */
export function readLogin(answer: DataAnswer): Issued {
  const { statusCode } = answer;
  if (statusCode !== 200) throw refusal(statusCode);
  const content = objectIn(answer);
  if (content === undefined)
    throw new DataFailure('json', 'the answer to the login is not a JSON object: check ai_crm.url', { statusCode });
  const issued = tokenIn(content);
  if (issued === undefined)
    throw new DataFailure('json', 'the answer to the login has no access_token', { statusCode });
  const account = accountIn(content['user']);
  return { expiresInSeconds: usualLifetimeSeconds, ...issued, ...(account === undefined ? {} : { account }) };
}

/** The token in an OAuth 2.0 answer (RFC 6749, 5.1), with its lifetime if that is given; undefined without a token. */
export function tokenIn(
  content: JsonRecord,
): (Pick<Issued, 'token'> & Partial<Pick<Issued, 'expiresInSeconds'>>) | undefined {
  const token = content['access_token'];
  // A token with a line break, or with other characters that headers do not allow, is invalid.
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(token)) return undefined;
  const stated = Number(content['expires_in'] ?? Number.NaN);
  const isLifetime = stated > 0 && stated <= longestLifetimeSeconds;
  return { token: new Secret(token), ...(isLifetime ? { expiresInSeconds: stated } : {}) };
}

/** How many seconds before its end a token is renewed: a tenth of its lifetime, at most five minutes. */
export function renewalMarginSeconds(lifeSeconds: number): number {
  return Math.min(300, lifeSeconds * 0.1);
}

function refusal(statusCode: number): DataFailure {
  const failure = (reason: 'auth' | 'status' | 'redirect' | 'rate_limited', message: string) =>
    new DataFailure(reason, `${statusCode}: ${message}`, { statusCode });
  if (statusCode === 401) return failure('auth', 'AI-CRM does not accept the username and password of ai_crm.login');
  if (statusCode === 403)
    return failure('auth', 'AI-CRM refuses the account of ai_crm.login; the account may be locked');
  if (statusCode === 407) return failure('auth', 'a proxy in front of AI-CRM requires credentials');
  if (statusCode === 422)
    return failure('status', 'AI-CRM does not understand the login request; it may be of another version');
  if (statusCode === 429) return failure('rate_limited', 'too many requests');
  if (statusCode === 404 || statusCode === 405)
    return failure('status', 'there is no POST /auth/login: check ai_crm.url');
  if (statusCode >= 500) return failure('status', 'AI-CRM cannot check the login; its database may be down');
  if (isRedirect(statusCode)) return failure('redirect', 'the login is redirected: check ai_crm.url');
  return failure('status', 'AI-CRM did not answer the login as expected');
}

/** Sends a request to AI-CRM. Every status code is an answer. */
export type Send = (url: string, http: HttpSettings) => Promise<DataAnswer>;

/** The account of a token. Throws a `DataFailure` when the answer does not describe it. */
export function accountOf(answer: DataAnswer): AiCrmAccount {
  const { statusCode } = answer;
  if (statusCode !== 200)
    throw new DataFailure('status', `${statusCode}: AI-CRM does not return the account of the login (GET /auth/me)`, {
      statusCode,
    });
  const account = accountIn(objectIn(answer));
  if (account === undefined)
    throw new DataFailure('json', 'the answer of /auth/me has no role and subscription_tier', { statusCode });
  return account;
}

/** Whether the worker that answers accepts a token. Rejects with a `DataFailure` when the answer does not show it. */
export async function isTokenAccepted(config: AiCrmConfig, token: Secret, send: Send): Promise<boolean> {
  const answer = await send(`${config.url}/auth/me`, { ...settingsFor(config), auth: { kind: 'bearer', token } });
  if (answer.statusCode !== 401 && !isPastLogin(answer))
    throw new DataFailure(
      'status',
      `${answer.statusCode}: it is not known whether AI-CRM still accepts the login (GET /auth/me)`,
    );
  return answer.statusCode !== 401;
}

/** What AI-CRM's health answer says about it, see `identityOf`. */
export async function askIdentity(config: AiCrmConfig, send: Send): Promise<string | undefined> {
  return identityOf(objectIn(await send(`${config.url}/health`, settingsFor(config))));
}

/** Whether a token was accepted. After a 429 or a crash this is unknown. */
export function isPastLogin({ statusCode }: DataAnswer): boolean {
  return statusCode < 500 && statusCode !== 401 && statusCode !== 429;
}
