import type { AiCrmConfig } from '../config.js';
import { defaults } from '../defaults.js';
import type { MetricMapping, SqlSourceConfig } from '../mapping.js';
import { aiCrmTables } from '../presets/ai-crm-tables.js';
import type { Path } from '../problem.js';
import { queryProblem } from '../read-only-query.js';
import type { Settings } from '../schema/document.js';
import type { Context } from './context.js';
import { normaliseDatabase } from './database.js';
import type { OwnMetrics } from './own-metrics.js';
import { checkSourceName } from './source-name.js';
import { parseTarget } from './target.js';
import { normaliseTiming } from './timing.js';

type GivenSources = NonNullable<Settings['sql_sources']>;
type GivenSource = GivenSources[string];
type GivenMetric = NonNullable<GivenSource['metrics']>[number];

/** What sources need of the rest of the configuration. */
export interface SqlSurroundings {
  readonly defaultIntervalSeconds: number;
  readonly ownMetrics: OwnMetrics;
  /** Undefined or null: no account of it is known. */
  readonly aiCrm: AiCrmConfig | null | undefined;
  /** Names of other sources: they share the label `source`. */
  readonly takenNames: ReadonlySet<string>;
}

/** `sql_sources`, without those that have no usable URL, query or metrics. */
export async function normaliseSqlSources(
  given: GivenSources,
  surroundings: SqlSurroundings,
  context: Context,
): Promise<readonly SqlSourceConfig[]> {
  const sources: SqlSourceConfig[] = [];
  for (const [name, source] of Object.entries(given)) {
    const normalised = await normaliseSource(name, source, surroundings, context);
    if (normalised !== undefined) sources.push(normalised);
  }
  return sources;
}

async function normaliseSource(
  name: string,
  given: GivenSource,
  { defaultIntervalSeconds, ownMetrics, aiCrm, takenNames }: SqlSurroundings,
  context: Context,
): Promise<SqlSourceConfig | undefined> {
  const path: Path = ['sql_sources', name];
  checkSourceName(name, path, context);
  if (takenNames.has(name)) context.report(path, 'json_sources has a source of this name as well', 'key');
  const asked = whatIsAsked(given, { ownMetrics, aiCrm }, path, context);
  const target = parseTarget(given.url);
  if (typeof target === 'string' || target.kind !== 'postgres') {
    const isFault = typeof target === 'string' && /^(?:jdbc:)?postgres(?:ql)?[:+]|^\$/i.test(given.url);
    context.report([...path, 'url'], isFault ? target : 'must be a URL such as postgres://user@host:5432/database');
    return undefined;
  }
  const address = await normaliseDatabase(target, given, path, [...path, 'url'], context);
  const timing = normaliseTiming(
    given,
    { intervalSeconds: defaultIntervalSeconds, timeoutSeconds: defaults.sqlSource.timeoutSeconds },
    path,
    context,
  );
  if (asked === undefined) return undefined;
  return {
    name,
    target: target.shown,
    address,
    ...asked,
    ...timing,
    maxRows: given.max_rows ?? defaults.sqlSource.maxRows,
    maxSeries: given.max_series ?? defaults.sqlSource.maxSeries,
  };
}

function whatIsAsked(
  given: GivenSource,
  { ownMetrics, aiCrm }: Pick<SqlSurroundings, 'ownMetrics' | 'aiCrm'>,
  path: Path,
  context: Context,
): Pick<SqlSourceConfig, 'query' | 'metrics' | 'excludedAccounts'> | undefined {
  const { query, preset, metrics } = given;
  if (preset !== undefined) {
    for (const key of ['query', 'metrics'] as const)
      if (given[key] !== undefined) context.report([...path, key], 'the preset has its own', 'key');
    const own = aiCrm?.login?.kind === 'password' ? [aiCrm.login.username] : [];
    return { ...aiCrmTables, excludedAccounts: (given.exclude_accounts ?? own).map((name) => name.toLowerCase()) };
  }
  if (given.exclude_accounts !== undefined)
    context.report(
      [...path, 'exclude_accounts'],
      'only a preset leaves accounts out; a query of your own does it itself',
      'key',
    );
  if (query === undefined || metrics === undefined) {
    context.report(path, 'needs query and metrics, or a preset', 'key');
    return undefined;
  }
  const problem = queryProblem(query);
  if (problem !== undefined) context.report([...path, 'query'], problem, 'key');
  return {
    query,
    metrics: metrics.flatMap(
      (metric, index) => normaliseMetric(metric, ownMetrics, [...path, 'metrics', index], context) ?? [],
    ),
  };
}

/** Each row is a series: an object by column, of the list of rows. */
function normaliseMetric(
  { name, type = 'gauge', help, value, labels = {} }: GivenMetric,
  ownMetrics: OwnMetrics,
  path: Path,
  context: Context,
): MetricMapping | undefined {
  const definition = ownMetrics.define({ name, type, help, labels: Object.keys(labels) }, path, context.report);
  if (definition === undefined) return undefined;
  return {
    definition,
    path: '$[*]',
    value: { kind: 'path', path: columnPath(value) },
    scale: 1,
    labels: new Map(
      Object.entries(labels).map(([label, column]) => [label, { kind: 'path', path: columnPath(column) }]),
    ),
  };
}

/** JSONPath quotes names as JSON does. */
function columnPath(column: string): string {
  return `$[${JSON.stringify(column)}]`;
}
