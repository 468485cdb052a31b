import { ProbeFailure } from '../base/reason.js';
import { harmlessRequestHeaders } from '../base/sensitive.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import type { ProxyAddress } from '../config/sections/proxy-option.js';
import type { Cookies } from './http-headers.js';
import { proxyFor } from './proxy.js';

/** One request, ready to send. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  /** As HTTP/1.1. */
  readonly bytes: Buffer;
  /** As HTTP/2, if that is used. */
  readonly http2?: { readonly headers: Readonly<Record<string, string>>; readonly body?: Buffer };
  /** The proxy that it is sent over. */
  readonly proxy?: ProxyAddress;
}

/**
 * Writes the request for `url` on a new connection. Configured headers replace the default ones of the same name;
 * `cookies` are added to the configured ones. Fails with `internal` for a method or header with a line break. The
 * configuration refuses these earlier.
 */
export function writeRequest(
  url: URL,
  method: string,
  settings: HttpSettings,
  userAgent: string,
  cookies?: Cookies,
): HttpRequest {
  const body =
    settings.body === undefined || method === 'GET' || method === 'HEAD'
      ? undefined
      : Buffer.from(settings.body.reveal());
  const fields = new Map<string, string>([
    ['host', url.host],
    ['user-agent', userAgent],
    ['accept', '*/*'],
    ['connection', 'close'],
  ]);
  if (body !== undefined) fields.set('content-length', String(body.length));
  const credentials = authorizationOf(settings);
  if (credentials !== undefined) fields.set('authorization', credentials);
  for (const [name, value] of settings.headers) fields.set(name, value.reveal());
  const cookie = cookies?.headerFor(url, fields.get('cookie'));
  if (cookie !== undefined) fields.set('cookie', cookie);
  if ([method, ...fields.values()].some((text) => /[\r\n\0]/.test(text)))
    throw new ProbeFailure('internal', 'a method or header contains a line break');
  const proxy = proxyFor(settings.proxy, url);
  const route = { url, method, ...(proxy === undefined ? {} : { proxy }) };
  const path = url.pathname + url.search;
  if (settings.httpVersion === 2) {
    const { host, connection: _connection, ...others } = Object.fromEntries(fields);
    const headers = { ':method': method, ':path': path, ':authority': host ?? url.host, ...others };
    return { ...route, bytes: Buffer.alloc(0), http2: { headers, ...(body === undefined ? {} : { body }) } };
  }
  // The proxy reads requests without TLS. All others only pass through it.
  const isRead = proxy !== undefined && url.protocol === 'http:';
  if (isRead && proxy.authorization !== undefined) fields.set('proxy-authorization', proxy.authorization.reveal());
  const lines = [
    `${method} ${isRead ? url.origin : ''}${path} HTTP/1.1`,
    ...[...fields].map(([name, value]) => `${name}: ${value}`),
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return { ...route, bytes: body === undefined ? head : Buffer.concat([head, body]) };
}

/** Whether these settings would reveal a secret to a server that they are not meant for. */
export function carriesCredentials(settings: HttpSettings): boolean {
  return (
    settings.auth !== undefined ||
    settings.oauth2 !== undefined ||
    settings.body !== undefined ||
    settings.tls.key !== undefined ||
    [...settings.headers.keys()].some((name) => !harmlessRequestHeaders.has(name))
  );
}

/** The value of the `Authorization` header; undefined without credentials. A secret. */
export function authorizationOf({ auth, headers }: HttpSettings): string | undefined {
  const given = headers.get('authorization');
  if (given !== undefined) return given.reveal();
  if (auth === undefined) return undefined;
  if (auth.kind === 'bearer') return `Bearer ${auth.token.reveal()}`;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password.reveal()}`).toString('base64')}`;
}
