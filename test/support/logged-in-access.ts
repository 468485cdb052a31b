import {
  type AiCrmAccount,
  type DataAccess,
  type DataAnswer,
  DataFailure,
  type DataRequest,
} from '../../src/access/data-access.js';
import { Secret } from '../../src/config/secret.js';
import type { HttpSettings } from '../../src/config/sections/http-options.js';
import { type HttpProber, probeHttp } from '../../src/net/http-client.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { httpSettings } from './config.js';

/** The credentials for a login attempt. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A `DataAccess` that records requests. */
export interface LoggedInAccess extends DataAccess {
  /** The requests so far, `METHOD /path?query`, without logins. */
  readonly asked: string[];
}

/**
 * Asks AI-CRM with the account of these credentials and without politeness. It logs in when a token is first needed. Without credentials
 * every request that needs a login fails.
 */
export function loggedInAccess(url: string, credentials?: Credentials): LoggedInAccess {
  const prober: HttpProber = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
  const asked: string[] = [];
  let session: Promise<{ readonly token: Secret; readonly account: AiCrmAccount }> | undefined;

  const send = async (
    target: string,
    http: HttpSettings,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): Promise<DataAnswer> => {
    const startedAt = performance.now();
    const { failure, statusCode, headers, body } = await probeHttp(
      { url: target, http },
      prober,
      AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
    );
    signal.throwIfAborted();
    if (failure !== null) throw new DataFailure(failure.reason, failure.message);
    if (statusCode === undefined || body === undefined) throw new Error('neither an answer nor a failure');
    if ([401, 403, 407].includes(statusCode)) throw new DataFailure('auth', `${statusCode}: refused`, { statusCode });
    if (statusCode === 429) throw new DataFailure('rate_limited', '429: too many requests', { statusCode });
    return { statusCode, headers, body, durationSeconds: (performance.now() - startedAt) / 1000 };
  };
  const logIn = async (signal: AbortSignal) => {
    if (credentials === undefined) throw new DataFailure('auth', 'no login');
    const body = new Secret(
      JSON.stringify({ username_or_email: credentials.username, password: credentials.password, remember_me: true }),
    );
    const answer = await send(
      `${url}/auth/login`,
      httpSettings({ method: 'POST', headers: new Map([['content-type', new Secret('application/json')]]), body }),
      10,
      signal,
    );
    const { access_token: token, user } = JSON.parse(answer.body.toString()) as {
      access_token: string;
      user: { role: string; subscription_tier: string };
    };
    return { token: new Secret(token), account: { role: user.role, tier: user.subscription_tier } };
  };
  const loggedIn = (signal: AbortSignal) => {
    session ??= logIn(signal).catch((error: unknown) => {
      session = undefined;
      throw error;
    });
    return session;
  };
  return {
    asked,
    client: {
      async ask({ url: target, http, timeoutSeconds, usesLogin }: DataRequest, signal) {
        const { pathname, search } = new URL(target);
        asked.push(`${http.method} ${pathname}${search}`);
        const auth =
          usesLogin === true ? ({ kind: 'bearer', token: (await loggedIn(signal)).token } as const) : undefined;
        return send(target, { ...http, ...(auth === undefined ? {} : { auth }) }, timeoutSeconds, signal);
      },
    },
    account: async (signal) => (await loggedIn(signal)).account,
    loginState: () => null,
    limits: () => [],
    freeze: () => ({ limitRatio: 0.02, frozenSeconds: 0 }),
  };
}
