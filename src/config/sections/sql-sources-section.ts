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
  /** One statement that only reads. */
  readonly query: string;
  /** The parameter $1 of a ready-made query: user names and mail addresses, in lower case, of accounts that do not count. */
  readonly excludedAccounts?: readonly string[];
  readonly intervalSeconds: number;
  /** In seconds; also the statement timeout of the server. */
  readonly timeoutSeconds: number;
  /** Maximum number of rows. More are not read, and that is reported. */
  readonly maxRows: number;
  readonly maxSeries: number;
  readonly metrics: readonly MetricMapping[];
}

/** Default deadline of a query in seconds. It is at most the interval. */
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
    // A query may contain a secret.
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

/** `sql_sources`: name → database, query, and metrics of the rows. */
export const sqlSourcesKind = byName(
  namePattern,
  namesAre,
  mapping(sqlSourceOptions),
  'a mapping of source names to options',
);

/** Parts of the configuration that sources need. */
export interface SqlSurroundings {
  readonly defaultIntervalSeconds: number;
  readonly ownMetrics: OwnMetrics;
  /** Undefined or null: its account is not known. */
  readonly aiCrm: AiCrmConfig | null | undefined;
  /** Names of other sources, because all sources share the label `source`. */
  readonly takenNames: ReadonlySet<string>;
}

/** `sql_sources`, without those whose URL, query or metrics are not usable. */
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
      if (given[key] !== undefined)
        context.report([...path, key], 'the preset already has this: remove it here', 'key');
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
  // The server ensures that a query is one statement and only reads, see `readRows`. This check only reports mistakes
  // early.
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

/** The first word in small letters. Comments before it are skipped, also nested ones. */
function firstWordOf(query: string): string | undefined {
  let code = query;
  for (let before = ''; before !== code && /^(?:\s|--[^\n]*\n)*\/\*/.test(code); ) {
    before = code;
    code = code.replace(/\/\*(?:(?!\/\*|\*\/)[^])*\*\//, ' ');
  }
  return /^(?:\s|--[^\n]*\n)*([a-z]+)\b/i.exec(code)?.[1]?.toLowerCase();
}

/** Each row is a series. A row is an object by column in the list of rows. */
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

/** JSONPath quotes names like JSON. */
function columnPath(column: string): string {
  return `$[${JSON.stringify(column)}]`;
}

/**
 * Numbers from the database of AI-CRM's web backend: `users` (id, username, email, last_login), `auth_sessions`
 * (user_id, is_active, expires_at) and `audit_logs` (user_id, event_type, action, result). A session counts until the
 * logout, or until it expires seven days after the login. A refused login is a row with the event type LOGIN_ATTEMPT
 * and the result FAILURE. A successful event counts by its action, or by its event type if AI-CRM wrote no action.
 *
 * The only parameter is a list of user names and mail addresses in lower case. These accounts of monitoring log in
 * often and do not count. Their refused logins do count, because somebody may be trying their passwords.
 *
 * All rows count and not those of the last hour, because a counter is a total that only grows. When old rows are
 * deleted, it falls. Prometheus treats this as a restart of the counter, and counts the remaining rows as growth.
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
