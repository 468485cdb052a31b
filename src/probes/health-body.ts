import { isRecord, type JsonRecord } from '../base/json.js';
import { type Level, worstLevel } from '../base/level.js';
import { oneLine } from '../base/text.js';

/** Words in health answers of real services, normalised. "not" before a healthy word makes it critical. */
const words: Readonly<Record<Level, readonly string[]>> = {
  healthy: [
    'healthy',
    'ok',
    'okay',
    'up',
    'pass',
    'passing',
    'passed',
    'success',
    'successful',
    'succeeded',
    'ready',
    'running',
    'serving',
    'operational',
    'available',
    'alive',
    'live',
    'active',
    'online',
    'started',
    'connected',
    'reachable',
    'responding',
    'working',
    'normal',
    'nominal',
    'good',
    'fine',
    'green',
    'pong',
    'true',
    'all systems operational',
    'health ok',
  ],
  warning: [
    'degraded',
    'warning',
    'warn',
    'yellow',
    'amber',
    'impaired',
    'degraded performance',
    'partially degraded',
    'partial outage',
    'minor outage',
    'partially available',
    'health warn',
  ],
  critical: [
    'unhealthy',
    'critical',
    'down',
    'fail',
    'failing',
    'failed',
    'failure',
    'error',
    'errored',
    'err',
    'fatal',
    'unavailable',
    'out of service',
    'offline',
    'inactive',
    'dead',
    'red',
    'stopped',
    'crashed',
    'broken',
    'disconnected',
    'unreachable',
    'outage',
    'major outage',
    'service unavailable',
    'internal server error',
    'timeout',
    'timed out',
    'nok',
    'ko',
    'false',
    'health err',
  ],
  unknown: ['unknown', 'service unknown'],
};

/** The `indicator` of status pages says how severe an incident is. */
const severities: ReadonlyMap<string, Level> = new Map([
  ['none', 'healthy'],
  ['minor', 'warning'],
  ['major', 'critical'],
  ['critical', 'critical'],
]);

const levelsByWord: ReadonlyMap<string, Level> = new Map(
  (Object.keys(words) as Level[]).flatMap((level) => words[level].map((word) => [word, level] as const)),
);

/** A longer text is a sentence, which is not interpreted. */
const longestWord = 32;

/** The level of a status in a health answer; undefined for an unknown word. */
export function levelOfWord(value: unknown): Level | undefined {
  if (typeof value === 'boolean') return value ? 'healthy' : 'critical';
  const word = folded(value);
  const isDenied = word.startsWith('not ') && levelsByWord.get(word.slice('not '.length)) === 'healthy';
  return isDenied ? 'critical' : levelsByWord.get(word);
}

/** The level of an incident's severity; undefined for an unknown one. */
export function levelOfSeverity(value: unknown): Level | undefined {
  return severities.get(folded(value));
}

/** Normalises a word: `NOT_SERVING`, `not-serving`, `NotServing` and ` Not serving. ` are the same. Empty for what cannot be a word. */
function folded(value: unknown): string {
  if (typeof value !== 'string') return '';
  const word = value.trim();
  if (word.length > longestWord) return '';
  return word
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .replace(/[.!]+$/, '');
}

/** The content of a health answer. */
export interface HealthBody {
  /** The status as given, shortened to one line for messages; absent when the answer has none. */
  readonly word?: string;
  /** Absent without a status, and for an unknown one. */
  readonly level?: Level;
  /** Path of the status, as `expect.json` writes it: `status.indicator`. Absent for plain text. */
  readonly path?: string;
  readonly uptimeSeconds?: number;
  readonly checks: HealthChecks;
}

type HealthChecks = readonly { readonly name: string; readonly level: Level }[];

/** A status, and its path below the object. */
interface Status {
  readonly path: readonly string[];
  readonly value: unknown;
  /** Absent for an unknown status. */
  readonly level?: Level;
}

/*
 * Names of fields are compared without case, "_" and "-": ASP.NET writes `Status` or `status`, others `overall_status`
 * or `overallStatus`.
 */

/** Fields with a status; the first with a known value counts. */
const statusKeys = [
  'status',
  'overallstatus',
  'healthstatus',
  'health',
  'healthy',
  'ishealthy',
  'state',
  'ok',
  'ready',
  'alive',
  'success',
] as const;
/** Fields with the status when the status is an object: `{"status": {"indicator": "none"}}`, `{"status": {"code": "UP"}}`. */
const innerStatusKeys = [...statusKeys, 'overall', 'indicator', 'code', 'level'] as const;
/** Fields with checks. In these a check may be a bare word or boolean. */
const checkKeys: readonly string[] = ['components', 'checks', 'services', 'dependencies'];
/** Fields with checks among other information. Only objects with a status are checks; a word may be the name of a database. */
const detailKeys: readonly string[] = ['details', 'entries', 'results', 'checkresults', 'indicators'];
/** Fields with the name of a check in a list. */
const nameKeys = ['name', 'id', 'key', 'component', 'service', 'check'] as const;

const knownNames: ReadonlySet<string> = new Set([...innerStatusKeys, ...checkKeys, ...detailKeys, ...nameKeys]);
/** Longer names are not looked up. */
const longestSpelling = 20;

/** Maximum depth of nested checks; deeper ones are left out. */
const maxDepth = 4;
/** Maximum number of checks; others are left out. Their names become label values, and the server chooses them. */
const maxChecks = 50;
const maxNameLength = 64;

/**
 * Reads the health from a parsed JSON body; never throws. A JSON string is read as plain text: frameworks convert a
 * returned word into one.
 */
export function readHealthBody(body: unknown): HealthBody {
  if (typeof body === 'string') return readHealthText(body) ?? { checks: [] };
  if (!isRecord(body)) return { checks: [] };
  const status = statusIn(body, statusKeys);
  const uptime = body['uptime_seconds'];
  return {
    ...(status === undefined ? {} : { word: wordOf(status.value), path: status.path.join('.') }),
    ...(status?.level === undefined ? {} : { level: status.level }),
    ...(typeof uptime === 'number' && Number.isFinite(uptime) && uptime >= 0 ? { uptimeSeconds: uptime } : {}),
    checks: readChecks(body, status?.level !== undefined),
  };
}

/** Reads a plain text body. It is a health answer if it is one known word, such as `Degraded` of ASP.NET. */
export function readHealthText(text: string): HealthBody | undefined {
  const level = levelOfWord(text);
  return level === undefined ? undefined : { word: oneLine(text, maxNameLength), level, checks: [] };
}

/** The first status with a known value, otherwise the first status. A status may be an object that contains the status. */
function statusIn(object: JsonRecord, keys: readonly string[], depth = 1): Status | undefined {
  const fields = fieldsOf(object);
  let first: Status | undefined;
  for (const name of keys) {
    const key = fields.get(name);
    if (key === undefined) continue;
    const status = statusAt(key, object[key], name, depth);
    if (status?.level !== undefined) return status;
    first ??= status;
  }
  return first;
}

function statusAt(key: string, value: unknown, name: string, depth: number): Status | undefined {
  if (isRecord(value)) {
    const inner = depth < maxDepth ? statusIn(value, innerStatusKeys, depth + 1) : undefined;
    return inner && { ...inner, path: [key, ...inner.path] };
  }
  const level = name === 'indicator' ? levelOfSeverity(value) : levelOfWord(value);
  return { path: [key], value, ...(level === undefined ? {} : { level }) };
}

/** Known name of a field → its spelling in this object. Unknown fields are left out. */
function fieldsOf(object: JsonRecord): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const key of Object.keys(object)) {
    const name = knownNameOf(key);
    if (name !== undefined && !fields.has(name)) fields.set(name, key);
  }
  return fields;
}

function knownNameOf(key: string): string | undefined {
  if (knownNames.has(key)) return key;
  if (key.length > longestSpelling) return undefined;
  const name = key.toLowerCase().replace(/[_-]/g, '');
  return knownNames.has(name) ? name : undefined;
}

/**
 * All checks of an answer, each name once. Several checks of one name, such as instances of a database in the
 * health+json draft, get the worst level. A nested check is called `db/primary`.
 */
function readChecks(body: JsonRecord, isHealthAnswer: boolean): HealthChecks {
  const found = new Map<string, Level>();
  const note = (label: string, level: Level | undefined) => {
    if (label === '' || level === undefined) return;
    const known = found.get(label);
    if (known !== undefined || found.size < maxChecks)
      found.set(label, known === undefined ? level : worstLevel([known, level]));
  };
  const noteCheck = (name: string, check: unknown, mayBeWord: boolean, depth: number) => {
    // The name is cut first, so a name of a megabyte is not copied for each check below it.
    const label = oneLine(name, maxNameLength);
    for (const single of Array.isArray(check) ? (check as readonly unknown[]) : [check]) {
      if (isRecord(single)) {
        note(label, levelOfCheck(single));
        if (depth < maxDepth) search(single, `${label}/`, depth + 1);
      } else if (mayBeWord) note(label, levelOfWord(single));
    }
  };
  const search = (object: JsonRecord, prefix: string, depth: number) => {
    const fields = fieldsOf(object);
    for (const container of [...checkKeys, ...detailKeys]) {
      const key = fields.get(container);
      const checks = key === undefined ? undefined : object[key];
      if (Array.isArray(checks)) {
        for (const check of checks)
          if (isRecord(check)) noteCheck(`${prefix}${nameOf(check) ?? container}`, check, false, depth);
      } else if (isRecord(checks)) {
        for (const [name, check] of Object.entries(checks))
          noteCheck(`${prefix}${name}`, check, checkKeys.includes(container), depth);
      }
    }
  };
  search(body, '', 1);
  if (isHealthAnswer) {
    // Spring Boot 1, GitLab (in lists) and many handwritten answers have the parts beside the overall status.
    for (const [name, part] of Object.entries(body)) {
      const isPart = (single: unknown) => isRecord(single) && statusIn(single, ['status'])?.level !== undefined;
      if (
        knownNameOf(name) === undefined &&
        (Array.isArray(part) ? (part as readonly unknown[]).some(isPart) : isPart(part))
      ) {
        noteCheck(name, part, false, 1);
      }
    }
  }
  return [...found].map(([name, level]) => ({ name, level }));
}

function levelOfCheck(check: JsonRecord): Level | undefined {
  const status = statusIn(check, statusKeys);
  return status && (status.level ?? 'unknown');
}

function nameOf(check: JsonRecord): string | undefined {
  const fields = fieldsOf(check);
  for (const nameKey of nameKeys) {
    const key = fields.get(nameKey);
    const name = key === undefined ? undefined : check[key];
    if ((typeof name === 'string' && name !== '') || typeof name === 'number') return String(name);
  }
  return undefined;
}

/** A list is not shown: converting it to text can fail when it is deeply nested or has its own `toString`. */
function wordOf(status: unknown): string {
  return Array.isArray(status) ? 'a list' : oneLine(String(status), maxNameLength);
}
