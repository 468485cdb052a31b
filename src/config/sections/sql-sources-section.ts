import { activeUsers, concurrentUsers, failedLogins, featureUsage } from '../../metrics/business-metrics.js';
import type { Definition } from '../../metrics/definition.js';
import { byName, complete, filledList, type Given, list, mapping, optional, required } from '../option.js';
import { text, url, wholeNumber, word } from '../option-kinds.js';
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
import { parseTarget } from '../target-url.js';
import type { AiCrmConfig } from './ai-crm-section.js';
import { type DatabaseAddress, resolveDatabase } from './database-options.js';
import { authOption, httpOptions, namePattern, namesAre } from './http-options.js';
import { definitionOptions, type MetricMapping, seriesOption } from './mapping-options.js';

/** An entry of `sql_sources`: the rows of a query, as a JSON list of objects by column. */
export interface SqlSourceConfig {
  readonly name: string;
  /** Without credentials, for people. */
  readonly target: string;
  readonly address: DatabaseAddress;
  /** A single statement that only reads. */
  readonly query: string;
  /** What stands for $1 in a ready-made query: user names and mail addresses, in lower case, of accounts that it leaves out. */
  readonly excludedAccounts?: readonly string[];
  readonly intervalSeconds: number;
  /** Also the statement timeout of the server. */
  readonly timeoutSeconds: number;
  /** More rows are not read, and that is said. */
  readonly maxRows: number;
  readonly maxSeries: number;
  readonly metrics: readonly MetricMapping[];
}

/** Of one query; never more than the interval. */
const timeoutSeconds = 5;

const metricOptions = {
  ...definitionOptions,
  value: required(text({ type: 'Column' }), 'Where the value is.'),
  labels: optional(
    byName(/./, 'a label must not be empty', text(), 'a mapping of label names to columns'),
    'Label name -> the column with its value.',
  ),
};

const sqlSourceOptions = {
  url: required(url(), 'postgres://user:password@host:port/database, as for an endpoint.'),
  auth: { ...authOption, help: 'The user, if not in the URL: basic.' },
  tls: { ...httpOptions.tls, help: 'TLS of the connection, as for an endpoint, unless the URL has an sslmode.' },
  query: optional(
    text(),
    'A single statement that begins with select or with. Required without a preset.',
    // It may look for what only a few may know.
    { isSecret: true },
  ),
  preset: optional(word(['ai_crm_tables']), 'A ready-made query with its metrics, instead of query and metrics.'),
  exclude_accounts: optional(
    list(text(), 'a list of user names or mail addresses'),
    'Accounts of AI-CRM that the preset does not count, except for failed logins: user names or mail addresses of monitoring and of transactions.',
    { defaultIs: 'the username of ai_crm.login' },
  ),
  interval: optional(intervalKind, 'Time between two queries.', detailedAnalysis),
  timeout: optional(
    timeoutKind,
    'Deadline of one query, login included; the server gets a slightly shorter one. At most the interval.',
    timeoutDefault(timeoutSeconds),
  ),
  max_rows: optional(
    wholeNumber({ minimum: 1, maximum: 100_000 }),
    'Most rows that are read; more are reported as truncated. Rows times columns are at most 500000.',
    { default: 1000 },
  ),
  max_series: seriesOption,
  metrics: optional(
    filledList(mapping(metricOptions), 'a list of metrics'),
    'Metrics from each row; required without a preset. Numbers stay as they are, dates and timestamps become Unix seconds, true and false become 1 and 0. A row with any other value is left out. Other conversions belong in the query.',
  ),
};

type GivenSource = Given<typeof sqlSourceOptions>;
type GivenMetric = Given<typeof metricOptions>;

/** `sql_sources`: name → where a database is, what it is asked, and what becomes of the rows. */
export const sqlSourcesKind = byName(
  namePattern,
  namesAre,
  mapping(sqlSourceOptions),
  'a mapping of source names to options',
);

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
export async function resolveSqlSources(
  given: Readonly<Record<string, GivenSource>>,
  surroundings: SqlSurroundings,
  context: Context,
): Promise<readonly SqlSourceConfig[]> {
  const sources: SqlSourceConfig[] = [];
  for (const [name, source] of Object.entries(given)) {
    const resolved = await resolveSource(name, source, surroundings, context);
    if (resolved !== undefined) sources.push(resolved);
  }
  return sources;
}

async function resolveSource(
  name: string,
  given: GivenSource,
  { defaultIntervalSeconds, ownMetrics, aiCrm, takenNames }: SqlSurroundings,
  context: Context,
): Promise<SqlSourceConfig | undefined> {
  const path: Path = ['sql_sources', name];
  const { max_rows: maxRows, max_series: maxSeries } = complete(sqlSourceOptions, given);
  checkSourceName(name, path, context);
  if (takenNames.has(name)) context.report(path, 'json_sources has a source of this name as well', 'key');
  const asked = whatIsAsked(given, { ownMetrics, aiCrm }, path, context);
  const target = parseTarget(given.url);
  if (typeof target === 'string' || target.kind !== 'postgres') {
    const isFault = typeof target === 'string' && /^(?:jdbc:)?postgres(?:ql)?[:+]|^\$/i.test(given.url);
    context.report([...path, 'url'], isFault ? target : 'must be a URL such as postgres://user@host:5432/database');
    return undefined;
  }
  const address = await resolveDatabase(target, given, path, [...path, 'url'], context);
  const timing = resolveTiming(given, { intervalSeconds: defaultIntervalSeconds, timeoutSeconds }, path, context);
  if (asked === undefined) return undefined;
  return {
    name,
    target: target.shown,
    address,
    ...asked,
    ...timing,
    maxRows,
    maxSeries,
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
      'works only with a preset; exclude accounts in your own query',
      'key',
    );
  if (query === undefined || metrics === undefined) {
    context.report(path, 'needs query and metrics, or a preset', 'key');
    return undefined;
  }
  // That a query only reads, and is a single one, is seen to by the server, see `readRows`. This is for telling mistakes early.
  const firstWord = firstWordOf(query);
  if (firstWord !== 'select' && firstWord !== 'with')
    context.report([...path, 'query'], 'must begin with select or with, because a source only reads', 'key');
  return {
    query,
    metrics: metrics.flatMap(
      (metric, index) => resolveMetric(metric, ownMetrics, [...path, 'metrics', index], context) ?? [],
    ),
  };
}

/** In small letters; comments before it are passed over, also those that contain others. */
function firstWordOf(query: string): string | undefined {
  let code = query;
  for (let before = ''; before !== code && /^(?:\s|--[^\n]*\n)*\/\*/.test(code); ) {
    before = code;
    code = code.replace(/\/\*(?:(?!\/\*|\*\/)[^])*\*\//, ' ');
  }
  return /^(?:\s|--[^\n]*\n)*([a-z]+)\b/i.exec(code)?.[1]?.toLowerCase();
}

/** Each row is a series: an object by column, of the list of rows. */
function resolveMetric(
  given: GivenMetric,
  ownMetrics: OwnMetrics,
  path: Path,
  context: Context,
): MetricMapping | undefined {
  const { name, type, help, value, labels = {} } = complete(metricOptions, given);
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

/**
 * What AI-CRM's web backend keeps in its own database: `users` (id, username, email, last_login), `auth_sessions` (user_id,
 * is_active, expires_at) and `audit_logs` (user_id, event_type, action, result). A session counts until it is ended or runs out,
 * which is seven days after the login. Logins that were refused are rows of the event type LOGIN_ATTEMPT with the result FAILURE;
 * what succeeded counts by its action, or by its event type where AI-CRM wrote no action.
 *
 * The only parameter is a list of user names and mail addresses in lower case: the accounts of monitoring, which log in again and
 * again and are left out. Not of the refused logins: who tries the password of such an account has to be seen.
 *
 * Counted are all rows, not those of the last hour: a total that only grows is what a counter is. Where old rows are
 * deleted it falls, which Prometheus takes for a restart of the counter, with what is left as the growth since.
 */
export const aiCrmTables: { readonly query: string; readonly metrics: readonly MetricMapping[] } = {
  query: `with monitors as (
  select id from users where lower(username) = any($1::text[]) or lower(email) = any($1::text[])
)
select 'concurrent_users' as measure, null as label, count(distinct user_id) as value
from auth_sessions
where is_active and expires_at > now() and user_id not in (select id from monitors)
union all
select 'active_users', span, count(last_login)
from (values ('24h', interval '24 hours'), ('7d', interval '7 days')) as spans (span, length)
left join users on last_login > now() - length and id not in (select id from monitors)
group by span
union all
select 'failed_logins', null, count(*)
from audit_logs
where event_type = 'LOGIN_ATTEMPT' and result = 'FAILURE'
union all
select 'feature_usage', lower(coalesce(action, event_type)), count(*)
from audit_logs
where result = 'SUCCESS' and (user_id is null or user_id not in (select id from monitors))
group by 2`,
  metrics: [
    rowsOf('concurrent_users', concurrentUsers),
    rowsOf('active_users', activeUsers, 'within'),
    rowsOf('failed_logins', failedLogins),
    rowsOf('feature_usage', featureUsage, 'feature'),
  ],
};

function rowsOf(measure: string, definition: Definition, label?: string): MetricMapping {
  const labels = new Map(label === undefined ? [] : [[label, { kind: 'path', path: '$.label' } as const]]);
  return {
    definition,
    path: `$[?@.measure == '${measure}']`,
    value: { kind: 'path', path: '$.value' },
    scale: 1,
    labels,
  };
}
