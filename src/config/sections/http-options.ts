import { byName, complete, type Given, type Kind, mapping, optional } from '../option.js';
import { flag, numberOf, text, wholeNumber, word } from '../option-kinds.js';
import type { Path } from '../problem.js';
import type { Context } from '../resolving.js';
import { Secret } from '../secret.js';
import {
  type Authentication,
  authOptions,
  resolveAuth,
  resolveTls,
  type TlsSettings,
  tlsOptions,
} from './credential-options.js';
import { type Expectation, expectOptions, headerName, notHeaderName, resolveExpect } from './expect-options.js';
import { type ClientCredentials, oauth2Options, resolveOauth2 } from './oauth2-options.js';
import { type ProxySettings, proxyOption, resolveProxy } from './proxy-option.js';

/** Settings of an HTTP request except its URL. A module of `/probe` has the same form. */
export interface HttpSettings {
  readonly method: string;
  /** Names are in lower case. Values may be secret. */
  readonly headers: ReadonlyMap<string, Secret>;
  readonly body?: Secret;
  readonly expect: Expectation;
  readonly auth?: Authentication;
  /** Credentials for getting a token, which replaces `auth`. */
  readonly oauth2?: ClientCredentials;
  readonly proxy?: ProxySettings;
  /** Absent: HTTP/1.1. */
  readonly httpVersion?: 2;
  readonly tls: TlsSettings;
  readonly followRedirects: boolean;
  readonly maxBodyBytes: number;
}

/** A name of a component, module, source and so on. It becomes a label value, an argument and a part of URLs. */
export const namePattern = /^[A-Za-z0-9_.:-]{1,63}$/;
/** The message for an invalid name. */
export const namesAre = 'names are 1 to 63 letters, digits and "_", ".", ":", "-"';

/** Largest body that a configuration may permit. */
export const maximumBodyBytes = 100 * 1024 * 1024;
/** Kind of options for the size of a body. */
export const bodySize: Kind<number> = wholeNumber({ minimum: 1, maximum: maximumBodyBytes }, 'Bytes');

const headerValue: Kind<string> = {
  ...text({ mayBeEmpty: true }),
  takes: (given) => ['string', 'boolean'].includes(typeof given) || Number.isFinite(given),
  schema: () => ({ type: ['string', 'number', 'boolean'] }),
  read(given, path, report) {
    return text({ mayBeEmpty: true }).read(this.takes(given) ? String(given) : given, path, report);
  },
};

/** Request headers. Numbers and flags become text. */
export const headersOption = optional(
  byName(headerName, notHeaderName, headerValue, 'a mapping of header names to values'),
  'Request headers, name -> text. Values count as secrets.',
  { isSecret: true, synonyms: 'http_headers request_headers' },
);

/** Credentials that need no request for a token. */
export const authOption = optional(mapping(authOptions), 'Credentials: either basic or bearer.', { quotes: 'never' });

/** The options for HTTP, by their key. */
export const httpOptions = {
  method: optional(word(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']), 'HTTP method.', {
    default: 'GET',
    synonyms: 'http_method request_method verb',
  }),
  headers: headersOption,
  body: optional(text({ mayBeEmpty: true }), 'Request body.', {
    isSecret: true,
    synonyms: 'payload data post_data request_body',
  }),
  expect: optional(
    mapping(expectOptions),
    'What the answer must be; anything else is a failure. This is stronger than all other evidence, see docs/levels.md.',
  ),
  auth: optional(
    mapping({
      ...authOptions,
      oauth2: optional(
        mapping(oauth2Options),
        'OAuth 2.0 client credentials: the exporter gets a token from the token endpoint, sends it as Authorization: Bearer, and renews it before it ends or when it is refused.',
      ),
    }),
    'Credentials: either basic, bearer or oauth2.',
    { quotes: 'never' },
  ),
  tls: optional(mapping(tlsOptions), 'Options for targets with TLS.', { synonyms: 'tls_config' }),
  follow_redirects: optional(
    flag(),
    'Whether to follow redirects, with the cookies that they set. A redirect whose code expect.status lists is not followed. Credentials never go to another origin.',
    { default: true, synonyms: 'max_redirects maxredirects' },
  ),
  max_body_bytes: optional(bodySize, 'A longer body is a failure of reason size.', { default: 1024 * 1024 }),
  proxy_url: proxyOption,
  http_version: optional(
    numberOf([1.1, 2]),
    'Version of HTTP. 2 is for servers that do not know HTTP/1.1. Without TLS the connection begins with HTTP/2, without an upgrade.',
    { default: 1.1, synonyms: 'enable_http2 http2 force_http2' },
  ),
};

/** The checked HTTP options of an endpoint or module. */
export type GivenHttp = Partial<Given<typeof httpOptions>>;

/** Headers for the message format or the connection. The client sends them, and a second one would contradict. */
const reservedHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The HTTP settings of an endpoint or module. `extra` has the credentials of the URL, and whether this component
 * promises a JSON status by default.
 */
export async function resolveHttp(
  given: GivenHttp,
  extra: { readonly urlAuth?: Authentication; readonly promisesJsonStatus: boolean },
  path: Path,
  context: Context,
): Promise<HttpSettings> {
  const { method, follow_redirects: followRedirects, max_body_bytes: maxBodyBytes } = complete(httpOptions, given);
  const headers = resolveHeaders(given.headers ?? {}, [...path, 'headers'], context);
  let auth = extra.urlAuth;
  let oauth2: ClientCredentials | undefined;
  if (given.auth !== undefined) {
    if (auth !== undefined)
      context.report([...path, 'auth'], 'the URL contains credentials, too: use only one of them', 'key');
    const authPath = [...path, 'auth'];
    const { oauth2: givenOauth2, ...others } = given.auth;
    if (Object.values(given.auth).filter((each) => each !== undefined).length !== 1)
      context.report(authPath, 'needs either basic, bearer or oauth2', 'key');
    else if (givenOauth2 !== undefined) oauth2 = await resolveOauth2(givenOauth2, [...authPath, 'oauth2'], context);
    else auth = await resolveAuth(others, authPath, context);
  }
  const tls = await resolveTls(given.tls ?? {}, [...path, 'tls'], context);
  const proxy = resolveProxy(given.proxy_url, tls, [...path, 'proxy_url'], context);
  if ((auth !== undefined || oauth2 !== undefined) && headers.has('authorization')) {
    context.report([...path, 'headers'], 'an authorization header and other credentials contradict each other', 'key');
  }
  return {
    method,
    headers,
    ...(given.body === undefined ? {} : { body: new Secret(given.body) }),
    expect: resolveExpect(given.expect ?? {}, method, extra.promisesJsonStatus, [...path, 'expect'], context),
    ...(auth === undefined ? {} : { auth }),
    ...(oauth2 === undefined ? {} : { oauth2 }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(given.http_version === 2 ? { httpVersion: 2 } : {}),
    tls,
    followRedirects,
    maxBodyBytes,
  };
}

/** Headers with names in lower case. Reports headers that the client sends, duplicates, and invalid values. */
export function resolveHeaders(
  given: Readonly<Record<string, string>>,
  path: Path,
  context: Context,
): ReadonlyMap<string, Secret> {
  const headers = new Map<string, Secret>();
  for (const [name, value] of Object.entries(given)) {
    const header = name.toLowerCase();
    const headerPath = [...path, name];
    if (reservedHeaders.has(header)) context.report(headerPath, 'the exporter sets this header itself', 'key');
    if (headers.has(header)) context.report(headerPath, 'duplicate header, case does not matter', 'key');
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      context.report(headerPath, 'contains characters that no header may have');
    headers.set(header, new Secret(value));
  }
  return headers;
}
