import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../src/base/clock.js';
import { isRecord } from '../src/base/json.js';

/** Lifetime of an access token in seconds, without and with `remember_me`. */
const lifetimeSeconds = { usual: 1800, remembered: 86_400 } as const;
const refreshLifetimeSeconds = 7 * 86_400;

/** The result of a login. */
interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
}

/** The result of a token check. */
type TokenVerdict = { readonly kind: 'valid'; readonly username: string } | { readonly kind: 'invalid' | 'revoked' };

/** Issues and checks JSON Web Tokens (HS256) with a key that is as old as this object. */
export class Tokens {
  readonly #key = randomBytes(32);
  readonly #revoked = new Set<string>();

  constructor(private readonly clock: Clock) {}

  /** New tokens for an account. Two logins in the same second get different tokens. */
  issue(username: string, isRemembered: boolean): TokenPair {
    const expiresInSeconds = isRemembered ? lifetimeSeconds.remembered : lifetimeSeconds.usual;
    return {
      accessToken: this.#sign('access', username, expiresInSeconds),
      refreshToken: this.#sign('refresh', username, refreshLifetimeSeconds),
      expiresInSeconds,
    };
  }

  /** Checks the value of an Authorization header. Anything but a current bearer access token is invalid. */
  check(authorization: string | undefined): TokenVerdict {
    const token = bearerToken(authorization);
    const claims = this.#claimsOf(token);
    if (claims === undefined || claims.expiresAtSeconds <= this.clock.nowSeconds()) return { kind: 'invalid' };
    return this.#revoked.has(token) ? { kind: 'revoked' } : { kind: 'valid', username: claims.username };
  }

  /** Revokes the token of an Authorization header. */
  revoke(authorization: string): void {
    this.#revoked.add(bearerToken(authorization));
  }

  #sign(type: 'access' | 'refresh', username: string, validSeconds: number): string {
    const exp = Math.floor(this.clock.nowSeconds()) + validSeconds;
    const claims = { sub: username, type, exp, jti: randomBytes(8).toString('hex') };
    const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    return `${content}.${this.#signatureOf(content).toString('base64url')}`;
  }

  #claimsOf(token: string): { readonly username: string; readonly expiresAtSeconds: number } | undefined {
    const [header, payload = '', signature = '', ...rest] = token.split('.');
    const expected = this.#signatureOf(`${header}.${payload}`);
    const given = Buffer.from(signature, 'base64url');
    if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    if (
      !isRecord(claims) ||
      claims.type !== 'access' ||
      typeof claims.sub !== 'string' ||
      typeof claims.exp !== 'number'
    )
      return undefined;
    return { username: claims.sub, expiresAtSeconds: claims.exp };
  }

  #signatureOf(content: string): Buffer {
    return createHmac('sha256', this.#key).update(content).digest();
  }
}

function bearerToken(authorization: string | undefined): string {
  return /^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '';
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
