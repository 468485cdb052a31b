import type { AiCrmConfig, Authentication } from '../config.js';
import { defaults } from '../defaults.js';
import type { JsonSourceConfig, MetricMapping } from '../mapping.js';
import { presetMappings } from '../presets/ai-crm-documents.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import type { Context } from './context.js';
import { normaliseHttp } from './http.js';
import { normaliseMetrics } from './metrics.js';
import type { OwnMetrics } from './own-metrics.js';
import { checkSourceName } from './source-name.js';
import { parseTarget, type Target } from './target.js';
import { normaliseTiming } from './timing.js';

type GivenSources = NonNullable<Settings['json_sources']>;
type GivenSource = GivenSources[string];

/** What sources need of the rest of the configuration. */
export interface SourceSurroundings {
  readonly defaultIntervalSeconds: number;
  /** Undefined when there is none, null when it is there and faulty. */
  readonly aiCrm: AiCrmConfig | null | undefined;
  readonly ownMetrics: OwnMetrics;
}

/** `json_sources`, without those that have no usable URL. Loads the JSONPath library: import it late. */
export async function normaliseJsonSources(
  given: GivenSources,
  surroundings: SourceSurroundings,
  context: Context,
): Promise<readonly JsonSourceConfig[]> {
  const sources: JsonSourceConfig[] = [];
  for (const [name, source] of Object.entries(given)) {
    const normalised = await normaliseSource(name, source, surroundings, context);
    if (normalised !== undefined) sources.push(normalised);
  }
  return sources;
}

async function normaliseSource(
  name: string,
  given: GivenSource,
  surroundings: SourceSurroundings,
  context: Context,
): Promise<JsonSourceConfig | undefined> {
  const path: Path = ['json_sources', name];
  checkSourceName(name, path, context);
  const metrics = normaliseSourceMetrics(given, surroundings.ownMetrics, path, context);
  const target = parseTarget(given.url);
  if (typeof target === 'string' || !('url' in target)) {
    context.report([...path, 'url'], 'must be a URL that begins with http:// or https://');
    return undefined;
  }
  if (given.method === 'HEAD') context.report([...path, 'method'], 'the answer to HEAD has no body');
  const usesLogin = given.use_login ?? false;
  if (usesLogin) checkLogin(given, target, surroundings.aiCrm, path, context);
  const urlAuth: Authentication | undefined = target.credentials && { kind: 'basic', ...target.credentials };
  const http = await normaliseHttp(
    { ...given, max_body_bytes: given.max_body_bytes ?? defaults.jsonSource.maxBodyBytes },
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
    ...normaliseTiming(
      given,
      { intervalSeconds: surroundings.defaultIntervalSeconds, timeoutSeconds: defaults.jsonSource.timeoutSeconds },
      path,
      context,
    ),
    maxSeries: given.max_series ?? defaults.jsonSource.maxSeries,
    metrics,
  };
}

function normaliseSourceMetrics(
  given: GivenSource,
  own: OwnMetrics,
  path: Path,
  context: Context,
): readonly MetricMapping[] {
  if (given.metrics === undefined && given.preset === undefined)
    context.report(path, 'needs metrics or a preset', 'key');
  return [
    ...(given.preset === undefined ? [] : presetMappings(given.preset)),
    ...normaliseMetrics(given.metrics ?? [], own, [...path, 'metrics'], context),
  ];
}

type HttpUrl = Extract<Target, { kind: 'http' | 'https' }>;

/** The token of AI-CRM's login goes to AI-CRM and to nobody else. */
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
    return 'other credentials are given as well, only one of them may be';
  if (aiCrm === null) return undefined;
  if (aiCrm?.login === undefined) return 'needs ai_crm.login';
  const { origin } = new URL(aiCrm.url);
  return new URL(target.url).origin === origin ? undefined : `the login is for ${origin} and must not go elsewhere`;
}
