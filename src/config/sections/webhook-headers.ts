import { Secret } from '../secret.js';

/** Headers that only Alertmanager itself sets. */
const reserved: ReadonlySet<string> = new Set([
  'host',
  'content-encoding',
  'content-length',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

/**
 * The parts from which Alertmanager builds a header Authorization. It refuses Basic as a scheme, and has another option
 * for it.
 */
export type AuthorizationParts =
  | { readonly scheme: string; readonly credentials: Secret }
  | { readonly username: string; readonly password: Secret };

/** The parts of a header Authorization; a text says why Alertmanager cannot send it. */
export function authorizationParts(value: string): AuthorizationParts | string {
  const [, scheme = '', credentials = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +(\S.*)$/.exec(value.trim()) ?? [];
  if (scheme === '') return 'Alertmanager can send it only with a scheme, as in "Bearer …"';
  if (scheme.toLowerCase() !== 'basic') return { scheme, credentials: new Secret(credentials) };
  const [, username = '', password = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(credentials, 'base64').toString('utf8')) ?? [];
  if (username === '') return 'the credentials are not user:password in Base64';
  return { username, password: new Secret(password) };
}

/**
 * Why no version of Alertmanager can send a header; undefined if one can. `name` is in small letters. Never quotes the
 * value.
 */
export function headerRefusal(name: string, value: string): string | undefined {
  if (name === 'content-type')
    return /^application\/json\s*(;|$)/i.test(value)
      ? undefined
      : 'Alertmanager sends application/json and nothing else';
  if (name !== 'authorization') return reserved.has(name) ? 'Alertmanager writes this header itself' : undefined;
  const parts = authorizationParts(value);
  return typeof parts === 'string' ? parts : undefined;
}
