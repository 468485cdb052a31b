import type { PresetName } from '../ai-crm-documents.js';
import { byName, complete, type Given, mapping, optional, required } from '../option.js';
import { flag, url, word } from '../option-kinds.js';
import type { OwnMetrics } from '../own-metrics.js';
import type { Path } from '../problem.js';
import {
  type Context,
  checkSourceName,
  detailedAnalysis,
  intervalKind,
  resolveTiming,
  timeoutDefault,
  timeoutKind,
} from '../resolving.js';
import { parseTarget, type Target } from '../target-url.js';
import type { AiCrmConfig } from './ai-crm-section.js';
import type { Authentication } from './credential-options.js';
import { bodySize, type HttpSettings, httpOptions, namePattern, namesAre, resolveHttp } from './http-options.js';
import { type MetricMapping, metricsKind, resolveMetrics, seriesOption } from './mapping-options.js';

/** An entry of `json_sources`, for any JSON document. */
export interface JsonSourceConfig {
  readonly name: string;
  readonly url: string;
  /** Without credentials and query, for people. */
  readonly target: string;
  readonly http: HttpSettings;
  /** Uses the login of `ai_crm` instead of `http.auth`. */
  readonly usesLogin: boolean;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Maximum number of series. More are left out and reported. */
  readonly maxSeries: number;
  readonly metrics: readonly MetricMapping[];
}

/** Documents with ready-made metrics, from the documented AI-CRM. */
export const presetNames = [
  'ai_crm_metrics',
  'ai_crm_agents_metrics',
  'ai_crm_business_metrics',
] as const satisfies readonly PresetName[];

/** Default deadline of a request in seconds. It is at most the interval. */
const timeoutSeconds = 10;

const { expect: _expect, ...dataHttpOptions } = httpOptions;

const jsonSourceOptions = {
  url: required(url(), 'http:// or https://.'),
  ...dataHttpOptions,
  max_body_bytes: optional(bodySize, 'A longer body is a failure of reason size.', { default: 10 * 1024 * 1024 }),
  use_login: optional(flag(), 'Ask with the login of ai_crm instead of auth, for URLs of its origin.', {
    default: false,
  }),
  interval: optional(intervalKind, 'Time between two queries.', detailedAnalysis),
  timeout: optional(timeoutKind, 'Deadline of one request; at most the interval.', timeoutDefault(timeoutSeconds)),
  max_series: seriesOption,
  preset: optional(
    word(presetNames),
    'Ready-made metrics, which come before those of metrics: the ones that ai_crm makes from /metrics, /agents/metrics and /business/metrics of the documented AI-CRM.',
  ),
  metrics: optional(metricsKind, 'Metrics from the document. Required without a preset.'),
};

type GivenSource = Given<typeof jsonSourceOptions>;

/** `json_sources`: name → address of a JSON document, and its metrics. */
export const jsonSourcesKind = byName(
  namePattern,
  namesAre,
  mapping(jsonSourceOptions),
  'a mapping of source names to options',
);

/** Parts of the configuration that sources need. */
export interface SourceSurroundings {
  readonly defaultIntervalSeconds: number;
  /** Undefined if there is none, null if it has errors. */
  readonly aiCrm: AiCrmConfig | null | undefined;
  readonly ownMetrics: OwnMetrics;
}

/** `json_sources`, without those whose URL is not usable. Loads the JSONPath library if there is a source. */
export async function resolveJsonSources(
  given: Readonly<Record<string, GivenSource>>,
  surroundings: SourceSurroundings,
  context: Context,
): Promise<readonly JsonSourceConfig[]> {
  const sources: JsonSourceConfig[] = [];
  for (const [name, source] of Object.entries(given)) {
    const resolved = await resolveSource(name, source, surroundings, context);
    if (resolved !== undefined) sources.push(resolved);
  }
  return sources;
}

async function resolveSource(
  name: string,
  source: GivenSource,
  surroundings: SourceSurroundings,
  context: Context,
): Promise<JsonSourceConfig | undefined> {
  const given = complete(jsonSourceOptions, source);
  const path: Path = ['json_sources', name];
  checkSourceName(name, path, context);
  const metrics = await resolveSourceMetrics(source, surroundings.ownMetrics, path, context);
  const target = parseTarget(given.url);
  if (typeof target === 'string' || !('url' in target)) {
    context.report([...path, 'url'], 'must be a URL that begins with http:// or https://');
    return undefined;
  }
  if (given.method === 'HEAD') context.report([...path, 'method'], 'the answer to HEAD has no body');
  const usesLogin = given.use_login;
  if (usesLogin) checkLogin(given, target, surroundings.aiCrm, path, context);
  const urlAuth: Authentication | undefined = target.credentials && { kind: 'basic', ...target.credentials };
  const http = await resolveHttp(
    given,
    { promisesJsonStatus: false, ...(urlAuth === undefined ? {} : { urlAuth }) },
    path,
    context,
  );
  return {
    name,
    url: target.url,
    target: target.shown,
    http,
    usesLogin,
    ...resolveTiming(given, { intervalSeconds: surroundings.defaultIntervalSeconds, timeoutSeconds }, path, context),
    maxSeries: given.max_series,
    metrics,
  };
}

async function resolveSourceMetrics(
  given: GivenSource,
  own: OwnMetrics,
  path: Path,
  context: Context,
): Promise<readonly MetricMapping[]> {
  if (given.metrics === undefined && given.preset === undefined)
    context.report(path, 'needs metrics or a preset', 'key');
  return [
    ...(given.preset === undefined ? [] : (await import('../ai-crm-documents.js')).presetMappings(given.preset)),
    ...(await resolveMetrics(given.metrics ?? [], own, [...path, 'metrics'], context)),
  ];
}

type HttpUrl = Extract<Target, { kind: 'http' | 'https' }>;

/** The token of AI-CRM's login must not be sent to another server. */
function checkLogin(
  given: GivenSource,
  target: HttpUrl,
  aiCrm: SourceSurroundings['aiCrm'],
  path: Path,
  context: Context,
): void {
  const problem = loginProblem(given, target, aiCrm);
  if (problem !== undefined) context.report([...path, 'use_login'], problem, 'key');
}

function loginProblem(given: GivenSource, target: HttpUrl, aiCrm: SourceSurroundings['aiCrm']): string | undefined {
  const hasHeader = Object.keys(given.headers ?? {}).some((name) => name.toLowerCase() === 'authorization');
  if (given.auth !== undefined || target.credentials !== undefined || hasHeader)
    return 'other credentials are given, too: use only one of them';
  if (aiCrm === null) return undefined;
  if (aiCrm?.login === undefined) return 'needs ai_crm.login';
  const { origin } = new URL(aiCrm.url);
  return new URL(target.url).origin === origin ? undefined : `the login is for ${origin} and must not go elsewhere`;
}
