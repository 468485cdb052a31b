import { formatDuration } from '../duration.js';
import { byName, choice, complete, filledList, type Given, list, mapping, optional, required } from '../option.js';
import { flag, freeMapping, text, textLike, url } from '../option-kinds.js';
import type { Path } from '../problem.js';
import {
  type Context,
  detailedAnalysis,
  intervalKind,
  resolveTiming,
  timeoutDefault,
  timeoutKind,
} from '../resolving.js';
import { Secret } from '../secret.js';
import { parseTarget } from '../target-url.js';
import {
  bodyEncodingOf,
  builtInNames,
  captureNamePattern,
  checkReferences,
  parseUrlTemplate,
  referencesIn,
} from '../transaction-template.js';
import type { AiCrmConfig } from './ai-crm-section.js';
import type { Authentication } from './credential-options.js';
import { type HttpSettings, httpOptions, namePattern, namesAre, resolveHttp } from './http-options.js';

/** A value of an answer for later steps, which use it as `{{name}}`. */
export interface Capture {
  readonly name: string;
  readonly from:
    | {
        readonly kind: 'json';
        /** JSONPath (RFC 9535). */
        readonly path: string;
      }
    | { readonly kind: 'header'; readonly header: string };
}

/** One request of a transaction. */
export interface TransactionStep {
  readonly name: string;
  /** Its path and query may contain `{{captures}}`, and so may header values, the body and a bearer token. */
  readonly url: string;
  readonly http: HttpSettings;
  /** Uses the login of `ai_crm` instead of `http.auth`. */
  readonly usesLogin: boolean;
  readonly timeoutSeconds: number;
  readonly captures: readonly Capture[];
}

/** An entry of `transactions`: a synthetic workflow. */
export interface TransactionConfig {
  readonly name: string;
  readonly intervalSeconds: number;
  /** For all steps together, without waiting for their turns. Cleanup has the same time again. */
  readonly timeoutSeconds: number;
  readonly steps: readonly TransactionStep[];
  /** Requests after the steps, also after a failure. */
  readonly cleanup: readonly TransactionStep[];
}

/** Default deadline of all steps together in seconds. It is at most the interval. */
const defaultTimeoutSeconds = 30;

const captureOptions = {
  json: optional(text({ type: 'JSONPath (RFC 9535)' }), 'The value in the JSON body; the same as just the path.'),
  header: optional(text(), 'Name of the header of the answer that holds the value.'),
};

const stepOptions = {
  name: required(
    textLike(namePattern, 'a name of 1 to 63 letters, digits and "_", ".", ":", "-"'),
    'Name of the step, by the rules of endpoints. It is unique in the transaction and becomes the label `step`.',
  ),
  url: optional(
    url(),
    'http:// or https://, instead of path. Captured values may be in path and query, not in scheme and host.',
  ),
  path: optional(
    { ...text(), isUrl: true },
    'Path below base_url, with a query if needed. Exactly one of path and url.',
  ),
  ...httpOptions,
  // Without the usual default, because with a body the default is POST.
  method: optional(httpOptions.method.kind, 'HTTP method.', { defaultIs: 'GET, or POST when there is a body' }),
  json: optional(freeMapping(), 'Body that is sent as JSON, with its content type; not together with body.', {
    isSecret: true,
  }),
  use_login: optional(flag(), 'Ask with the login of ai_crm, for steps that ask its origin.', { default: false }),
  timeout: optional(timeoutKind, 'Deadline of this step; at most that of the transaction.', {
    defaultIs: 'that of the transaction',
  }),
  capture: optional(
    byName(
      captureNamePattern,
      'names of captures are 1 to 63 letters, digits and "_", without a digit at the beginning',
      choice([text(), mapping(captureOptions)], 'must be a JSONPath, or a mapping with json or header'),
      'a mapping of names to JSONPaths',
    ),
    'Values to take out of the answer: name -> JSONPath (RFC 9535) of exactly one text, number, true or false. Names are 1 to 63 letters, digits and "_". In later steps {{name}} in a URL, header value, body or bearer token is replaced by the value. {{run_id}} is a random word of this run, and {{{{ stands for {{. Values are percent-encoded in URLs and forms, and escaped within JSON. They count as secrets.',
  ),
};

const stepKind = mapping(stepOptions, 'a mapping with a name and a url or path');

const transactionOptions = {
  interval: optional(intervalKind, 'Time between two runs.', detailedAnalysis),
  timeout: optional(
    timeoutKind,
    'Deadline of all steps together; cleanup has its own of the same length. Time in a queue does not count. At most the interval.',
    timeoutDefault(defaultTimeoutSeconds),
  ),
  base_url: optional(url(), 'Base of the paths of the steps. Without credentials and query.'),
  steps: required(
    filledList(stepKind, 'a list of steps'),
    'Requests, one after the other, until one fails. They have the HTTP options of an endpoint, and these. A health word in the body counts only with expect.json: true.',
  ),
  cleanup: optional(
    list(stepKind, 'a list of steps'),
    'Requests that always run after the steps, all of them, also after a failure and when the exporter stops. Requests that need a missing captured value are left out. A list like steps.',
  ),
};

type GivenStep = Given<typeof stepOptions>;
type GivenTransaction = Given<typeof transactionOptions>;

/** `transactions`: name → steps and their options. */
export const transactionsKind = byName(
  namePattern,
  namesAre,
  mapping(transactionOptions, 'a mapping with steps'),
  'a mapping of transaction names to steps',
);

/** Parts of the configuration that transactions need. */
export interface TransactionSurroundings {
  readonly defaultIntervalSeconds: number;
  /** AI-CRM for `use_login`; null if the section has errors, which prevents further checks. */
  readonly aiCrm: AiCrmConfig | null | undefined;
}

/** `transactions` with complete steps. Checks that every `{{name}}` is captured before its use. */
export async function resolveTransactions(
  given: Readonly<Record<string, GivenTransaction>>,
  surroundings: TransactionSurroundings,
  context: Context,
): Promise<readonly TransactionConfig[]> {
  const transactions: TransactionConfig[] = [];
  for (const [name, transaction] of Object.entries(given)) {
    transactions.push(await resolveTransaction(name, transaction, surroundings, context));
  }
  return transactions;
}

async function resolveTransaction(
  name: string,
  given: GivenTransaction,
  { defaultIntervalSeconds, aiCrm }: TransactionSurroundings,
  context: Context,
): Promise<TransactionConfig> {
  const path: Path = ['transactions', name];
  const { intervalSeconds, timeoutSeconds } = resolveTiming(
    given,
    { intervalSeconds: defaultIntervalSeconds, timeoutSeconds: defaultTimeoutSeconds },
    path,
    context,
  );
  const baseUrl = resolveBase(given.base_url, [...path, 'base_url'], context);
  const step = (item: GivenStep, stepPath: Path) =>
    resolveStep(item, { baseUrl, timeoutSeconds, aiCrm }, stepPath, context);
  const steps: TransactionStep[] = [];
  for (const [index, item] of given.steps.entries()) steps.push(await step(item, [...path, 'steps', index]));
  const cleanup: TransactionStep[] = [];
  for (const [index, item] of (given.cleanup ?? []).entries())
    cleanup.push(await step(item, [...path, 'cleanup', index]));
  checkStepNames(given, path, context);
  checkReferences(given, path, context);
  return { name, intervalSeconds, timeoutSeconds, steps, cleanup };
}

/** The base URL without a final slash; null after an invalid one was reported. */
function resolveBase(given: string | undefined, path: Path, context: Context): string | null | undefined {
  if (given === undefined) return undefined;
  const target = /^https?:/i.test(given) ? parseTarget(given) : 'must be a URL that begins with http:// or https://';
  if (typeof target !== 'string' && 'url' in target && target.credentials === undefined && !/[?#{}]/.test(given))
    return target.url.replace(/\/+$/, '');
  context.report(path, typeof target === 'string' ? target : 'must be a URL without credentials, query and {{…}}');
  return null;
}

function checkStepNames({ steps, cleanup = [] }: GivenTransaction, path: Path, context: Context): void {
  const stepNames = new Set<string>();
  const captureNames = new Map(
    builtInNames.map((name): [string, string] => [name, 'the exporter itself provides this name']),
  );
  for (const [list, items] of [
    ['steps', steps],
    ['cleanup', cleanup],
  ] as const) {
    items.forEach(({ name, capture = {} }, index) => {
      if (stepNames.has(name))
        context.report([...path, list, index, 'name'], `another step already has the name ${name}`);
      stepNames.add(name);
      for (const captured of Object.keys(capture)) {
        const taken = captureNames.get(captured);
        if (taken !== undefined) context.report([...path, list, index, 'capture', captured], taken, 'key');
        captureNames.set(captured, `step ${name} captures this name already`);
      }
    });
  }
}

/** Parts of its transaction that a step needs. */
interface StepSurroundings {
  /** Null if it has errors. */
  readonly baseUrl: string | null | undefined;
  readonly timeoutSeconds: number;
  /** Null if the section has errors. */
  readonly aiCrm: AiCrmConfig | null | undefined;
}

/** One step. Reports its errors, except for references, see `checkReferences`. */
async function resolveStep(
  given: GivenStep,
  { baseUrl, timeoutSeconds, aiCrm }: StepSurroundings,
  path: Path,
  context: Context,
): Promise<TransactionStep> {
  const {
    name,
    url,
    path: below,
    json,
    use_login: usesLogin,
    timeout,
    capture,
    ...http
  } = complete(stepOptions, given);
  const target = targetOf(url, below, baseUrl, path, context);
  const urlAuth: Authentication | undefined = target?.credentials && { kind: 'basic', ...target.credentials };
  const hasBody = http.body !== undefined || json !== undefined;
  if (hasBody && (http.method === 'GET' || http.method === 'HEAD'))
    context.report([...path, 'method'], `a ${http.method} request has no body`);
  const settings = await resolveHttp(
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
    captures: await resolveCaptures(capture ?? {}, [...path, 'capture'], context),
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
  // `checkReferences` reports this for all texts of the step.
  if (referencesIn(url ?? below ?? '').isMalformed) return undefined;
  if (url !== undefined) {
    const target = parseUrlTemplate(url);
    if (typeof target !== 'string') return target;
    context.report([...path, 'url'], target);
    return undefined;
  }
  if (baseUrl === undefined) context.report([...path, 'path'], 'needs base_url in this transaction', 'key');
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
    context.report(place, 'the login of ai_crm is for its own origin only, this step has another origin', 'key');
}

/**
 * The settings with the body of `json`, if there is one. A text with references needs a content type, which decides how
 * values are escaped.
 */
function withBody(settings: HttpSettings, { body, json }: GivenStep, path: Path, context: Context): HttpSettings {
  if (json !== undefined) {
    if (body !== undefined) context.report([...path, 'json'], 'body is given, too: use only one of them', 'key');
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

/** Loads the JSONPath library only if there is a path. */
async function resolveCaptures(
  given: NonNullable<GivenStep['capture']>,
  path: Path,
  context: Context,
): Promise<readonly Capture[]> {
  const captures: Capture[] = [];
  for (const [name, from] of Object.entries(given)) {
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
