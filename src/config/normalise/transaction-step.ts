import type { AiCrmConfig, Authentication, HttpSettings } from '../config.js';
import { formatDuration } from '../duration.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import { Secret } from '../secret.js';
import { bodyEncodingOf, referencesIn } from '../template.js';
import type { Capture, TransactionStep } from '../transaction.js';
import { parseUrlTemplate } from '../url-template.js';
import type { Context } from './context.js';
import { normaliseHttp } from './http.js';

/** One of `steps` or `cleanup`, as checked by the schema. */
export type GivenStep = NonNullable<Settings['transactions']>[string]['steps'][number];

/** What a step takes from its transaction. */
export interface StepSurroundings {
  /** Null when it is given and faulty. */
  readonly baseUrl: string | null | undefined;
  readonly timeoutSeconds: number;
  /** Null when it is there and faulty. */
  readonly aiCrm: AiCrmConfig | null | undefined;
}

/** One step; what is wrong with it goes to `context.report`, except for what it refers to. */
export async function normaliseStep(
  given: GivenStep,
  { baseUrl, timeoutSeconds, aiCrm }: StepSurroundings,
  path: Path,
  context: Context,
): Promise<TransactionStep> {
  const { name, url, path: below, json, use_login: usesLogin = false, timeout, capture, ...http } = given;
  const target = targetOf(url, below, baseUrl, path, context);
  const urlAuth: Authentication | undefined = target?.credentials && { kind: 'basic', ...target.credentials };
  const hasBody = http.body !== undefined || json !== undefined;
  if (hasBody && (http.method === 'GET' || http.method === 'HEAD'))
    context.report([...path, 'method'], `a ${http.method} request has no body`);
  const settings = await normaliseHttp(
    { ...http, ...(http.method === undefined && hasBody ? { method: 'POST' as const } : {}) },
    { promisesJsonStatus: false, ...(urlAuth === undefined ? {} : { urlAuth }) },
    path,
    context,
  );
  if (usesLogin) checkLogin(given, settings, target?.url, aiCrm, path, context);
  if (timeout !== undefined && timeout > timeoutSeconds) {
    context.report(
      [...path, 'timeout'],
      `must be at most the timeout of the transaction, ${formatDuration(timeoutSeconds)}`,
    );
  }
  return {
    name,
    url: target?.url ?? '',
    http: withBody(settings, given, path, context),
    usesLogin,
    timeoutSeconds: timeout ?? timeoutSeconds,
    captures: await normaliseCaptures(capture ?? {}, [...path, 'capture'], context),
  };
}

function targetOf(
  url: string | undefined,
  below: string | undefined,
  baseUrl: string | null | undefined,
  path: Path,
  context: Context,
) {
  if ((url === undefined) === (below === undefined)) {
    context.report(path, 'needs either url or path', 'key');
    return undefined;
  }
  // Said of every text of the step at once, see `checkReferences`.
  if (referencesIn(url ?? below ?? '').isMalformed) return undefined;
  if (url !== undefined) {
    const target = parseUrlTemplate(url);
    if (typeof target !== 'string') return target;
    context.report([...path, 'url'], target);
    return undefined;
  }
  if (baseUrl === undefined) context.report([...path, 'path'], 'needs base_url, which this transaction has not', 'key');
  if (baseUrl === undefined || baseUrl === null) return undefined;
  const target = below?.startsWith('/') === true ? parseUrlTemplate(`${baseUrl}${below}`) : '';
  if (typeof target !== 'string') return target;
  context.report([...path, 'path'], 'must be a path such as /tasks?archived=true');
  return undefined;
}

function checkLogin(
  { auth }: GivenStep,
  { headers }: HttpSettings,
  url: string | undefined,
  aiCrm: AiCrmConfig | null | undefined,
  path: Path,
  context: Context,
): void {
  const place: Path = [...path, 'use_login'];
  if (auth !== undefined || headers.has('authorization')) {
    context.report(place, 'contradicts the other credentials of this step', 'key');
  } else if (aiCrm === null) return;
  else if (aiCrm?.login === undefined) context.report(place, 'needs the section ai_crm with a login', 'key');
  else if (url !== undefined && new URL(url).origin !== new URL(aiCrm.url).origin)
    context.report(place, 'the login of ai_crm is for its own origin only, this step asks another one', 'key');
}

/** The settings with the body of `json`, if there is one; a text with references needs a content type that says how they are escaped. */
function withBody(settings: HttpSettings, { body, json }: GivenStep, path: Path, context: Context): HttpSettings {
  if (json !== undefined) {
    if (body !== undefined) context.report([...path, 'json'], 'body is given as well, only one of them may be', 'key');
    const text = JSON.stringify(json, (_key, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value))
        context.report([...path, 'json'], 'contains .inf or .nan, which JSON does not have', 'key');
      return value;
    });
    const headers = new Map([['content-type', new Secret('application/json')], ...settings.headers]);
    if (bodyEncodingOf(headers) !== 'json')
      context.report([...path, 'headers'], 'the content type contradicts json', 'key');
    return { ...settings, headers, body: new Secret(text) };
  }
  if (body !== undefined && referencesIn(body).names.length > 0 && bodyEncodingOf(settings.headers) === undefined) {
    context.report(
      [...path, 'body'],
      'with {{…}} in it needs a Content-Type of application/json, application/x-www-form-urlencoded or text/plain, which says how to escape them',
      'key',
    );
  }
  return settings;
}

/** The JSONPath library is loaded only when there is a path to check. */
async function normaliseCaptures(
  given: NonNullable<GivenStep['capture']>,
  path: Path,
  context: Context,
): Promise<readonly Capture[]> {
  const captures: Capture[] = [];
  for (const [name, from] of Object.entries<NonNullable<GivenStep['capture']>[string]>(given)) {
    const { json, header } = typeof from === 'string' ? { json: from, header: undefined } : from;
    if ((json === undefined) === (header === undefined)) {
      context.report([...path, name], 'needs either json or header', 'key');
    } else if (json !== undefined) {
      const why = (await import('../json-path.js')).jsonPathProblem(json);
      if (why !== undefined)
        context.report(
          typeof from === 'string' ? [...path, name] : [...path, name, 'json'],
          `must be a JSONPath such as $.access_token (${why})`,
        );
      captures.push({ name, from: { kind: 'json', path: json } });
    } else if (header !== undefined) {
      if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(header))
        context.report([...path, name, 'header'], 'must be the name of a header');
      captures.push({ name, from: { kind: 'header', header: header.toLowerCase() } });
    }
  }
  return captures;
}
