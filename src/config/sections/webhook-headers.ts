import { Secret } from '../secret.js';

/** Headers that Alertmanager writes itself and lets nobody else write. */
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

/** A header Authorization as Alertmanager puts it together. Basic is an option of its own, and refused as a scheme. */
export type AuthorizationParts =
  | { readonly scheme: string; readonly credentials: Secret }
  | { readonly username: string; readonly password: Secret };

/** Takes the value of a header Authorization apart; a text says why Alertmanager cannot send it. */
export function authorizationParts(value: string): AuthorizationParts | string {
  const [, scheme = '', credentials = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +(\S.*)$/.exec(value.trim()) ?? [];
  if (scheme === '') return 'Alertmanager can send it only with a scheme, as in "Bearer …"';
  if (scheme.toLowerCase() !== 'basic') return { scheme, credentials: new Secret(credentials) };
  const [, username = '', password = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(credentials, 'base64').toString('utf8')) ?? [];
  if (username === '') return 'the credentials are not user:password in Base64';
  return { username, password: new Secret(password) };
}

/** Why no Alertmanager can send a header, its name in small letters; undefined where some can. Never quotes the value. */
export function headerRefusal(name: string, value: string): string | undefined {
  if (name === 'content-type')
    return /^application\/json\s*(;|$)/i.test(value)
      ? undefined
      : 'Alertmanager sends application/json and nothing else';
  if (name !== 'authorization') return reserved.has(name) ? 'Alertmanager writes this header itself' : undefined;
  const parts = authorizationParts(value);
  return typeof parts === 'string' ? parts : undefined;
}
