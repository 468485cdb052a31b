import { messageOf } from '../../base/errors.js';
import type { Authentication, Expectation, HttpSettings, JsonScalar } from '../config.js';
import { defaults } from '../defaults.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import { Secret } from '../secret.js';
import { normaliseAuth } from './authentication.js';
import type { Context } from './context.js';
import { normaliseTls } from './tls.js';

type GivenModule = NonNullable<NonNullable<Settings['probe']>['modules']>[string];

/** The HTTP options of an endpoint or module, as checked by the schema. */
export type GivenHttp = Omit<GivenModule, 'timeout'>;

/** Headers that frame the message or choose the connection: the client writes them, and two would contradict. */
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
 * The HTTP settings of an endpoint or module. `extra` is what the context says: the credentials that stood in the URL,
 * and whether this component promises a JSON status unless it says otherwise.
 */
export async function normaliseHttp(
  given: GivenHttp,
  extra: { readonly urlAuth?: Authentication; readonly promisesJsonStatus: boolean },
  path: Path,
  context: Context,
): Promise<HttpSettings> {
  const method = given.method ?? defaults.http.method;
  const headers = normaliseHeaders(given.headers ?? {}, [...path, 'headers'], context);
  let auth = extra.urlAuth;
  if (given.auth !== undefined) {
    if (auth !== undefined)
      context.report([...path, 'auth'], 'the URL contains credentials as well, only one of them may', 'key');
    auth = await normaliseAuth(given.auth, [...path, 'auth'], context);
  }
  if (auth !== undefined && headers.has('authorization')) {
    context.report([...path, 'headers'], 'an authorization header and other credentials contradict each other', 'key');
  }
  return {
    method,
    headers,
    ...(given.body === undefined ? {} : { body: new Secret(given.body) }),
    expect: normaliseExpect(given.expect ?? {}, method, extra.promisesJsonStatus, [...path, 'expect'], context),
    ...(auth === undefined ? {} : { auth }),
    tls: await normaliseTls(given.tls ?? {}, [...path, 'tls'], context),
    followRedirects: given.follow_redirects ?? defaults.http.followRedirects,
    maxBodyBytes: given.max_body_bytes ?? defaults.http.maxBodyBytes,
  };
}

/** Header names in lower case; those that frame the message, doubles and impossible values are reported. */
export function normaliseHeaders(
  given: Readonly<Record<string, string>>,
  path: Path,
  context: Context,
): ReadonlyMap<string, Secret> {
  const headers = new Map<string, Secret>();
  for (const [name, value] of Object.entries(given)) {
    const header = name.toLowerCase();
    const headerPath = [...path, name];
    if (reservedHeaders.has(header)) context.report(headerPath, 'this header is not yours to set', 'key');
    if (headers.has(header)) context.report(headerPath, 'duplicate header, case does not matter', 'key');
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      context.report(headerPath, 'contains characters that no header may have');
    headers.set(header, new Secret(value));
  }
  return headers;
}

function normaliseExpect(
  given: NonNullable<GivenHttp['expect']>,
  method: string,
  promisesJsonStatus: boolean,
  path: Path,
  context: Context,
): Expectation {
  const { status, json } = given;
  if (method === 'HEAD') {
    for (const key of ['body_regex', 'json'] as const) {
      if (given[key] !== undefined && given[key] !== false)
        context.report([...path, key], 'the answer to HEAD has no body', 'key');
    }
  }
  const bodyRegex =
    given.body_regex === undefined ? undefined : compile(given.body_regex, [...path, 'body_regex'], context);
  const jsonValues = new Map<string, readonly JsonScalar[]>();
  if (typeof json === 'object') {
    for (const [valuePath, value] of Object.entries(json))
      jsonValues.set(valuePath, Array.isArray(value) ? value : [value]);
  }
  return {
    ...(status === undefined ? {} : { statusCodes: typeof status === 'number' ? [status] : status }),
    ...(bodyRegex === undefined ? {} : { bodyRegex }),
    // Whoever says what a good body is need not promise another one.
    jsonStatus:
      json === true || (promisesJsonStatus && json === undefined && bodyRegex === undefined && method !== 'HEAD'),
    ...(typeof json === 'boolean' ? { healthWord: json ? 'required' : 'ignored' } : {}),
    jsonValues,
  };
}

/** A regular expression of the file; undefined, with a report, when it is none. */
export function compile(pattern: string, path: Path, context: Context): RegExp | undefined {
  try {
    return new RegExp(pattern);
  } catch (error) {
    // "Invalid regular expression: /(/: Unterminated group": only what follows the pattern is news.
    const why = messageOf(error).split(': ').at(-1) ?? 'invalid';
    context.report(path, `must be a regular expression (${why.toLowerCase()})`);
    return undefined;
  }
}
