import type { AiCrmConfig, HttpSettings } from '../../config/config.js';
import { Secret } from '../../config/secret.js';
import type { AiCrmAccount } from '../data/data-access.js';
import { type DataAnswer, DataFailure } from '../data/data-client.js';
import { accountIn, objectIn } from './account.js';

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
  const token = content['access_token'];
  // What would break out of its header line is no token.
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(token))
    throw new DataFailure('json', 'the answer to the login has no access_token', { statusCode });
  const stated = content['expires_in'];
  const isLifetime = typeof stated === 'number' && stated > 0 && stated <= longestLifetimeSeconds;
  const account = accountIn(content['user']);
  return {
    token: new Secret(token),
    expiresInSeconds: isLifetime ? stated : usualLifetimeSeconds,
    ...(account === undefined ? {} : { account }),
  };
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
  if (statusCode >= 300 && statusCode < 400)
    return failure('redirect', 'the login is redirected: is ai_crm.url right?');
  return failure('status', 'AI-CRM did not answer the login as expected');
}
