import type * as z from 'zod';
import { asQuestion, nearest } from './nearest.js';
import type { Path } from './problem.js';

/** What is appended to "unknown key", or nothing; `known` are the keys that its mapping may have. */
export type KeyHelp = (path: Path, key: string, known: readonly string[]) => string;

/**
 * What other programs, and people, call an option: the first of the names that exists where the key stands, or below. The
 * beginning of a name may be where the key stands: in `expect`, `expect.status` is `status`.
 */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  ...called('endpoints', 'components targets monitors checks hosts urls'),
  services: ['components', 'endpoints'],
  ...called('alert_channels', 'alerts alerting notifications notifiers notifier channels'),
  receivers: ['recipients', 'alert_channels'],
  limits: ['alert_thresholds', 'thresholds'],
  ...called('maintenance_windows', 'maintenance downtime downtimes silences'),
  ...called('sql_sources', 'sql queries'),
  ...called('request_sources', 'nginx apache access_logs requests'),
  ...called('access_log', 'log_file logfile'),
  ...called('transactions', 'workflows scenarios'),
  ...called('ai_crm', 'aicrm crm'),
  grafana: ['grafana_url'],
  alert_manager: ['alertmanager'],
  retention: ['retention_days'],
  ...called('email', 'smtp mail e_mail'),
  ...called('slack', 'slack_configs'),
  ...called('console', 'stdout log'),
  ...called('smtp_server', 'smtp_host smtp_hostname smarthost smtp_smarthost mail_server mailserver mail_host'),
  ...called('smtp_server url', 'server hostname'),
  host: ['smtp_server', 'url', 'system_metrics'],
  port: ['alert_channels.email.smtp_port', 'url'],
  ...called('username login.username auth.basic.username', 'user user_name login'),
  ...called('username', 'smtp_user smtp_username smtp_login auth_username smtp_auth_username'),
  ...called('password login.password auth.basic.password', 'pass passwd pwd'),
  ...called('password', 'smtp_pass smtp_passwd smtp_password auth_password smtp_auth_password'),
  ...called('recipients', 'mail_to emails addresses send_to'),
  to: ['recipients', 'end'],
  ...called('from', 'sender mail_from mailfrom smtp_from from_address from_addr'),
  from: ['start'],
  ...called('use_tls tls', 'ssl'),
  tls: ['use_tls'],
  ...called('use_tls', 'starttls use_ssl enable_ssl enable_tls smtp_tls smtp_ssl require_tls smtp_require_tls'),
  ...called('webhook_url url', 'webhook api_url slack_api_url hook'),
  webhook_url: ['url'],
  slack_webhook_url: ['webhook_url'],
  slack_webhook: ['webhook_url', 'slack'],
  channel_name: ['channel'],
  ...called('url', 'uri target address href endpoint dsn database_url connection_string base_url'),
  ...called(
    'expect.status',
    'status_code status_codes statuses code codes expected_status expected_status_code expected_status_codes expect_status',
  ),
  ...called('expect.status', 'valid_status_codes accepted_statuscodes accepted_status_codes accepted_codes'),
  ...called(
    'expect.body_regex',
    'regex regexp pattern keyword contains text match matches fail_if_body_not_matches_regexp expected_body',
  ),
  ...called('expect.json', 'json_path json_query'),
  ...called('auth.bearer login.token', 'bearer'),
  ...called('auth.bearer.token token login.token headers', 'bearer_token api_key apikey access_token'),
  ...called('auth.bearer.token_file token_file login.token_file', 'bearer_token_file'),
  credentials: ['login', 'auth.bearer.token'],
  credentials_file: ['auth.bearer.token_file'],
  token: ['auth.bearer.token', 'login.token', 'headers'],
  ...called('auth auth.bearer login headers', 'authorization'),
  ...called('auth.basic login headers', 'basic_auth auth_basic'),
  authentication: ['auth', 'login'],
  auth: ['login', 'headers'],
  ...called(
    'tls.insecure_skip_verify',
    'insecure skip_verify verify verify_ssl ssl_verify verify_tls tls_verify ignore_tls reject_unauthorized skip_tls_verify',
  ),
  ...called('tls.ca_file', 'ca ca_cert cacert ca_certificate root_ca ca_path'),
  ...called('tls.cert_file', 'cert certificate client_cert'),
  ...called('tls.key_file', 'private_key client_key'),
  ...called('tls.server_name', 'sni servername'),
  tls_config: ['tls'],
  ...called('headers', 'http_headers request_headers'),
  ...called('method', 'http_method request_method verb'),
  ...called('body', 'payload data post_data request_body'),
  ...called('follow_redirects', 'max_redirects maxredirects'),
  ...called('interval cron', 'every frequency'),
  ...called('interval', 'period check_interval scrape_interval'),
  interval: ['check_intervals.health_checks'],
  scrape_timeout: ['timeout'],
  agent_metrics: ['agent_performance'],
  details: ['detailed_analysis'],
  ...called('depends_on', 'dependencies dependency depends requires'),
  ...called('retries', 'attempts retry max_retries maxretries failure_threshold'),
  ...called('cpu_usage_percent', 'cpu cpu_threshold'),
  ...called('memory_usage_percent', 'memory mem ram mem_usage mem_usage_percent memory_threshold'),
  ...called('disk_usage_percent', 'disk disk_threshold'),
  ...called('response_time_ms', 'latency latency_ms max_response_time'),
  errors: ['error_rate_percent'],
  ...called('availability_percent', 'objective availability uptime'),
  ...called('slo', 'slos sla'),
  ...called('mountpoints', 'mounts filesystems disks'),
  ...called('devices', 'interfaces nics'),
  root: ['rootfs'],
  ...called('allowed_targets', 'allowlist allow_list whitelist'),
  ...called('enabled', 'active disabled disable'),
  warn: ['warning'],
  crit: ['critical'],
  tz: ['time_zone'],
  schedule: ['cron', 'interval'],
  ...called('duration', 'length for'),
  ...called('weekly.start', 'begin start_time starts_at begins'),
  ...called('weekly.end', 'until end_time ends_at ends'),
  ...called('weekly.days', 'weekday weekdays'),
};

/** The options for each of these names; both are words on a line. */
function called(options: string, names: string): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, options.split(' ')]));
}

/** What other programs have in their file, and is a flag of this one. */
const flags: Readonly<Record<string, string>> = {
  ...asFlag('--web.listen-address', 'port listen listen_address listen_port bind web server http_port metrics_port'),
  ...asFlag('--web.telemetry-path', 'metrics_path telemetry_path'),
  ...asFlag('--log.level', 'log_level logging loglevel verbose'),
  ...asFlag('--log.format', 'log_format'),
};

function asFlag(flag: string, names: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, flag]));
}

/** Keys that mean something else in each place: where else they are known says nothing. */
const generic: ReadonlySet<string> = new Set([
  'title',
  'description',
  'text',
  'key',
  'value',
  'type',
  'help',
  'name',
  'path',
  'parent',
  'labels',
  'channel',
  'job',
]);

/** A mapping of the schema: `*` stands for any name and `[]` for any position. */
interface Known {
  readonly at: readonly string[];
  readonly keys: readonly string[];
}

/** Help for unknown keys of a document of this schema. Answers are remembered: a mistake is often made in every entry. */
export function createKeyHelp(schema: z.core.$ZodType): KeyHelp {
  let everywhere: readonly Known[] | undefined;
  const answers = new Map<string, string>();
  return (path, key, known) => {
    everywhere ??= [...mappingsOf(schema, [])];
    const place = everywhere.find(({ at, keys }) => isAt(path, at) && keys.length === known.length)?.at ?? [];
    const question = JSON.stringify([place, key]);
    let answer = answers.get(question);
    // With very many different mistakes, the thousandth answer helps nobody.
    if (answer === undefined && answers.size < 2000)
      answers.set(question, (answer = find(place, key, known, everywhere)));
    return answer ?? '';
  };
}

function find(place: readonly string[], key: string, known: readonly string[], everywhere: readonly Known[]): string {
  if (key.length > 64) return '';
  const name = key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');
  const meant = Object.hasOwn(synonyms, name) ? (synonyms[name] ?? []) : [];
  if (place.length === 0 && Object.hasOwn(flags, name)) return `, that is the flag ${flags[name] ?? ''} here`;
  const isOption = (at: readonly string[], last: string) =>
    everywhere.some((each) => isSame(each.at, at) && each.keys.includes(last));
  const spellings = meant.flatMap((target) => {
    const parts = target.split('.');
    return parts.flatMap((_part, from) =>
      isSame(place.slice(place.length - from), parts.slice(0, from)) ? [parts.slice(from)] : [],
    );
  });
  const here = spellings.find((parts) =>
    parts.length === 1
      ? known.includes(parts[0] ?? '')
      : isOption([...place, ...parts.slice(0, -1)], parts.at(-1) ?? ''),
  );
  const spelled = here?.join('.') ?? nearest(key, known);
  if (spelled !== undefined) return asQuestion(spelled);
  const names = [name, ...meant.filter((target) => !target.includes('.'))];
  if (place.length > 0) {
    const below = everywhere.filter(
      ({ at }) =>
        at.length > place.length && isSame(at.slice(0, place.length), place) && !at.slice(place.length).some(isOpen),
    );
    const found = names.flatMap((each) =>
      below.filter(({ keys }) => keys.includes(each)).map(({ at }) => ({ at, option: each })),
    );
    const alike = below.flatMap(({ at, keys }) => {
      // A single word is part of too many names.
      const option = name.includes('_') ? nearest(name, keys) : undefined;
      return option === undefined ? [] : [{ at, option }];
    });
    const [only, ...others] = found.length > 0 ? found : alike;
    if (only !== undefined && others.length === 0)
      return asQuestion([...only.at.slice(place.length), only.option].join('.'));
  }
  const above = everywhere
    .filter(({ at, keys }) => at.length < place.length && isSame(place.slice(0, at.length), at) && keys.includes(name))
    .at(-1);
  if (above !== undefined) return belongs(above.at, key, name);
  if (generic.has(name)) return '';
  for (const candidate of names) {
    const found = onlyPlace(everywhere.filter(({ keys }) => keys.includes(candidate)));
    // `smtp` in `alert_channels.email` is not that `email` once more.
    const isAround = found !== undefined && isSame([...found.at, candidate], place.slice(0, found.at.length + 1));
    if (found !== undefined && !isAround) return belongs(found.at, key, candidate);
  }
  // A single word is part of too many names.
  if (!name.includes('_')) return '';
  const near = everywhere.flatMap(({ at, keys }) => {
    const closest =
      at.length === 0 || at.some(isOpen)
        ? undefined
        : nearest(
            name,
            keys.filter((each) => each.includes('_')),
          );
    return closest === undefined ? [] : [{ at, closest }];
  });
  const [only] = near;
  return only !== undefined && near.length === 1 ? belongs(only.at, key, only.closest) : '';
}

/** The place, if there is one only, or one only that does not depend on a name: `alert_thresholds` before `endpoints.*.thresholds`. */
function onlyPlace(places: readonly Known[]): Known | undefined {
  if (places.length === 1) return places[0];
  const fixed = places.filter(({ at }) => !at.some(isOpen));
  return fixed.length === 1 && places.length === 2 ? fixed[0] : undefined;
}

function belongs(at: readonly string[], key: string, name: string): string {
  const shown = at
    .filter((part) => part !== '[]')
    .map((part) => (part === '*' ? '<name>' : part))
    .join('.');
  const as = key === name ? '' : ` as ${JSON.stringify(name)}`;
  return at.length === 0 ? `, it belongs to the top level${as}` : `, it belongs under ${shown}${as}`;
}

function isOpen(part: string): boolean {
  return part === '*' || part === '[]';
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

function isAt(path: Path, at: readonly string[]): boolean {
  return (
    path.length === at.length &&
    at.every((part, index) => (part === '[]' ? typeof path[index] === 'number' : part === '*' || part === path[index]))
  );
}

function* mappingsOf(schema: z.core.$ZodType, at: readonly string[]): Generator<Known> {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      yield { at, keys: Object.keys(def.shape) };
      for (const [key, value] of Object.entries(def.shape)) yield* mappingsOf(value, [...at, key]);
      break;
    case 'record':
      yield* mappingsOf(def.valueType, [...at, '*']);
      break;
    case 'array':
      yield* mappingsOf(def.element, [...at, '[]']);
      break;
    case 'union':
      for (const option of def.options) yield* mappingsOf(option, at);
      break;
    case 'optional':
      yield* mappingsOf(def.innerType, at);
      break;
    case 'pipe':
      yield* mappingsOf(def.in, at);
      break;
    default:
  }
}
