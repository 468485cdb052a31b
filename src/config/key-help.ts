import type * as z from 'zod';
import { asQuestion, nearest } from './nearest.js';
import type { Path } from './problem.js';

/** What is appended to "unknown key", or nothing; `known` are the keys that its mapping may have. */
export type KeyHelp = (path: Path, key: string, known: readonly string[]) => string;

/** What other programs, and people, call an option: the first of the names that exists where the key stands, or below. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  services: ['endpoints'], components: ['endpoints'], targets: ['endpoints'], monitors: ['endpoints'], checks: ['endpoints'], hosts: ['endpoints'], urls: ['endpoints'],
  alerts: ['alert_channels'], notifications: ['alert_channels'], notifiers: ['alert_channels'], receivers: ['alert_channels'], channels: ['alert_channels'],
  limits: ['alert_thresholds', 'thresholds'],
  maintenance: ['maintenance_windows'], downtimes: ['maintenance_windows'], silences: ['maintenance_windows'],
  sql: ['sql_sources'], queries: ['sql_sources'], workflows: ['transactions'], scenarios: ['transactions'], grafana: ['grafana_url'],
  aicrm: ['ai_crm'], crm: ['ai_crm'], alert_manager: ['alertmanager'], retention: ['retention_days'],
  smtp_host: ['smtp_server'], smtp_hostname: ['smtp_server'], smarthost: ['smtp_server'], smtp_smarthost: ['smtp_server'], mail_server: ['smtp_server'],
  host: ['smtp_server', 'url'], server: ['smtp_server', 'url'], port: ['smtp_port'],
  user: ['username', 'login.username', 'auth.basic.username'], login: ['username'], smtp_user: ['username'], smtp_username: ['username'], smtp_login: ['username'], auth_username: ['username'],
  pass: ['password', 'login.password', 'auth.basic.password'], passwd: ['password', 'login.password', 'auth.basic.password'],
  smtp_pass: ['password'], smtp_passwd: ['password'], smtp_password: ['password'], auth_password: ['password'], smtp_auth_password: ['password'],
  to: ['recipients'], mail_to: ['recipients'], emails: ['recipients'], addresses: ['recipients'], sender: ['from'], mail_from: ['from'], smtp_from: ['from'], from_address: ['from'],
  tls: ['use_tls'], ssl: ['use_tls', 'tls'], starttls: ['use_tls'], use_ssl: ['use_tls'], require_tls: ['use_tls'], smtp_require_tls: ['use_tls'],
  webhook: ['webhook_url'], api_url: ['webhook_url'], slack_api_url: ['webhook_url'], hook: ['webhook_url'],
  uri: ['url'], target: ['url'], address: ['url'], href: ['url'], endpoint: ['url'], dsn: ['url'], database_url: ['url'], connection_string: ['url'],
  status_code: ['expect.status'], status_codes: ['expect.status'], expected_status: ['expect.status'], expect_status: ['expect.status'], valid_status_codes: ['expect.status'], code: ['status'],
  regex: ['body_regex', 'expect.body_regex'], keyword: ['body_regex', 'expect.body_regex'], contains: ['body_regex', 'expect.body_regex'],
  bearer: ['auth.bearer'], bearer_token: ['auth.bearer.token', 'token', 'login.token'], bearer_token_file: ['auth.bearer.token_file', 'token_file', 'login.token_file'],
  api_key: ['auth.bearer.token', 'token', 'login.token'], authorization: ['auth'], basic_auth: ['auth.basic', 'basic'], authentication: ['auth'], credentials: ['auth', 'login'],
  insecure: ['tls.insecure_skip_verify', 'insecure_skip_verify'], skip_verify: ['tls.insecure_skip_verify', 'insecure_skip_verify'],
  verify_ssl: ['tls.insecure_skip_verify', 'insecure_skip_verify'], ignore_tls: ['tls.insecure_skip_verify'], tls_config: ['tls'],
  every: ['interval'], period: ['interval'], frequency: ['interval'], scrape_interval: ['interval'], check_interval: ['interval'], scrape_timeout: ['timeout'],
  dependencies: ['depends_on'], depends: ['depends_on'], requires: ['depends_on'], attempts: ['retries'], retry: ['retries'],
  cpu: ['cpu_usage_percent'], memory: ['memory_usage_percent'], ram: ['memory_usage_percent'], disk: ['disk_usage_percent'], latency: ['response_time_ms'],
  errors: ['error_rate_percent'], objective: ['availability_percent'], slos: ['slo'], sla: ['slo'],
  filesystems: ['mountpoints'], disks: ['mountpoints'], interfaces: ['devices'], nics: ['devices'],
  warn: ['warning'], crit: ['critical'], tz: ['time_zone'], schedule: ['cron'], length: ['duration'],
};

/** Keys that mean something else in each place: where else they are known says nothing. */
const generic: ReadonlySet<string> = new Set(['title', 'description', 'text', 'key', 'value', 'type', 'help', 'name', 'path', 'parent', 'labels', 'channel', 'job']);

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
    if (answer === undefined && answers.size < 2000) answers.set(question, (answer = find(place, key, known, everywhere)));
    return answer ?? '';
  };
}

function find(place: readonly string[], key: string, known: readonly string[], everywhere: readonly Known[]): string {
  if (key.length > 64) return '';
  const name = key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase().replace(/[^a-z0-9]+/g, '_');
  const meant = Object.hasOwn(synonyms, name) ? (synonyms[name] ?? []) : [];
  const here = meant.find((target) => {
    const parts = target.split('.');
    const last = parts.pop() ?? '';
    return parts.length === 0 ? known.includes(last) : everywhere.some(({ at, keys }) => isSame(at, [...place, ...parts]) && keys.includes(last));
  });
  const spelled = here ?? nearest(key, known);
  if (spelled !== undefined) return asQuestion(spelled);
  const names = [name, ...meant.filter((target) => !target.includes('.'))];
  const below = everywhere.filter(({ at, keys }) => at.length > place.length && isSame(at.slice(0, place.length), place) && !at.slice(place.length).some(isOpen) && keys.includes(name));
  if (below.length === 1 && place.length > 0) return asQuestion([...(below[0]?.at.slice(place.length) ?? []), name].join('.'));
  const above = everywhere.filter(({ at, keys }) => at.length < place.length && isSame(place.slice(0, at.length), at) && keys.includes(name)).at(-1);
  if (above !== undefined) return belongs(above.at, key, name);
  if (generic.has(name)) return '';
  for (const candidate of names) {
    const found = onlyPlace(everywhere.filter(({ keys }) => keys.includes(candidate)));
    if (found !== undefined) return belongs(found.at, key, candidate);
  }
  // A single word is part of too many names.
  if (!name.includes('_')) return '';
  const near = everywhere.flatMap(({ at, keys }) => {
    const closest = at.length === 0 || at.some(isOpen) ? undefined : nearest(name, keys.filter((each) => each.includes('_')));
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
  const shown = at.filter((part) => part !== '[]').map((part) => (part === '*' ? '<name>' : part)).join('.');
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
  return path.length === at.length && at.every((part, index) => (part === '[]' ? typeof path[index] === 'number' : part === '*' || part === path[index]));
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
