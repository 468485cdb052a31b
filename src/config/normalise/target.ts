import { bracketed, hostOf } from '../../base/host-name.js';
import { Secret } from '../secret.js';
import { type DatabaseTarget, databaseRefusal, databaseTarget, standardDatabaseUrl } from './database-target.js';

/** A target as it was written, taken apart. */
export type Target =
  | {
      readonly kind: 'http' | 'https';
      /** Without credentials and fragment. */
      readonly url: string;
      /** Without credentials, query and fragment, for people. */
      readonly shown: string;
      /** Of `user:password@` in the URL. */
      readonly credentials?: { readonly username: string; readonly password: Secret };
    }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly shown: string }
  | DatabaseTarget;

/** Takes a target URL apart; a text says what it must be instead. */
export function parseTarget(text: string): Target | string {
  // WHATWG URL forgives spaces, tabs and line ends, which nobody writes on purpose.
  const standard = /\s/.test(text) ? text : standardDatabaseUrl(text);
  if (/\s/.test(standard) || !URL.canParse(standard)) return databaseRefusal(text) ?? unreadable(text);
  const url = new URL(standard);
  switch (url.protocol) {
    case 'http:':
    case 'https:':
      return httpTarget(text, url);
    case 'tcp:':
      return tcpTarget(url);
    default:
      return databaseTarget(url) ?? 'must be a URL that begins with http://, https://, tcp://, postgres:// or redis://';
  }
}

function unreadable(text: string): string {
  if (/^\$\w+$/.test(text)) return 'must be a URL: variables of the environment are written as ${NAME}';
  // Of `http://user:p#w@host` the parser takes `p` for the port.
  if (/^https?:\/\/[^/?#@]*:(?!\d+[/?#])[^@]*[/?#[\]][^@]*@/i.test(text))
    return 'must have its credentials percent-encoded: "#" is %23, "/" is %2F, "?" is %3F';
  return 'must be a URL such as http://localhost:8000/health';
}

/** The base URL of AI-CRM's API without final slash, or what is wrong with it. */
export function aiCrmUrl(text: string): { readonly url: string } | { readonly refusal: string } {
  return baseUrl(text, { example: 'http://localhost:8000 or https://crm.example.com/api', credentialsKey: 'login' });
}

/** The URL that the paths of an API are appended to, without final slash, or what is wrong with it. */
export function baseUrl(
  text: string,
  { example, credentialsKey }: { readonly example: string; readonly credentialsKey: string },
): { readonly url: string } | { readonly refusal: string } {
  const target = parseTarget(text);
  if (typeof target === 'string' || !('url' in target)) return { refusal: `must be a URL such as ${example}` };
  if (target.credentials !== undefined)
    return { refusal: `the URL contains credentials; they belong under ${credentialsKey}` };
  if (/[?#]/.test(text)) return { refusal: 'must be a URL without query and fragment' };
  return { url: target.url.replace(/\/+$/, '') };
}

function httpTarget(text: string, url: URL): Target | string {
  // `http:host` and `http:/host` parse, but hardly as meant.
  if (!/^https?:\/\/[^/]/i.test(text)) return 'must be a URL such as http://localhost:8000/health';
  if (url.port === '0') return 'must have a port between 1 and 65535';
  const { username, password } = url;
  let credentials: { readonly username: string; readonly password: Secret } | undefined;
  if (username !== '' || password !== '') {
    try {
      credentials = { username: decodeURIComponent(username), password: new Secret(decodeURIComponent(password)) };
    } catch {
      return 'must have its credentials percent-encoded as UTF-8';
    }
    url.username = '';
    url.password = '';
  }
  url.hash = '';
  return {
    kind: url.protocol === 'https:' ? 'https' : 'http',
    url: url.href,
    shown: url.origin + (url.pathname === '/' ? '' : url.pathname),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

function tcpTarget(url: URL): Target | string {
  const isBare =
    ['', '/'].includes(url.pathname) &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === '';
  const host = hostOf(url);
  const port = Number(url.port);
  if (!isBare || port === 0 || host === undefined) return 'must be tcp://host:port and nothing more';
  return { kind: 'tcp', host, port, shown: `tcp://${bracketed(host)}:${port}` };
}
