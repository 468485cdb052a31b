import type { Level } from '../../level.js';
import { isRecord } from '../../sources/json-record.js';
import { oneLine } from '../../text.js';
import { levelOfWord } from './health-words.js';

/** What a JSON health answer says. */
export interface HealthBody {
  /** The status word as it was given, cut and on one line, fit for a message; absent when the answer has none. */
  readonly word?: string;
  /** Absent when there is no status, `unknown` when there is one that is not understood. */
  readonly level?: Level;
  readonly uptimeSeconds?: number;
  readonly checks: readonly { readonly name: string; readonly level: Level }[];
}

/** Where the status of the whole is found, in this order: FastAPI's and most others', the monitoring app's. */
const statusKeys = ['status', 'overall_status', 'health', 'healthy'] as const;
/** Where nested checks are found: the monitoring app's, the health+json draft's, others'. */
const checkKeys = ['components', 'checks', 'services', 'dependencies'] as const;

/** More checks than this are left out: their names become label values, and AI-CRM decides on those names. */
const maxChecks = 50;
const maxNameLength = 64;

/** Reads the health out of a parsed JSON body; never throws, whatever the shape. */
export function readHealthBody(body: unknown): HealthBody {
  if (!isRecord(body)) return { checks: [] };
  const key = statusKeys.find((name) => Object.hasOwn(body, name) && !isRecord(body[name]));
  const status = key === undefined ? undefined : body[key];
  const uptime = body['uptime_seconds'];
  return {
    ...(key === undefined ? {} : { word: wordOf(status), level: levelOfWord(status) ?? 'unknown' }),
    ...(typeof uptime === 'number' && Number.isFinite(uptime) && uptime >= 0 ? { uptimeSeconds: uptime } : {}),
    checks: readChecks(body),
  };
}

function readChecks(body: Readonly<Record<string, unknown>>): HealthBody['checks'] {
  const found = new Map<string, Level>();
  for (const key of checkKeys) {
    const nested = body[key];
    if (!isRecord(nested)) continue;
    for (const [name, check] of Object.entries(nested)) {
      const label = oneLine(name, maxNameLength);
      if (label === '' || found.has(label) || found.size >= maxChecks) continue;
      const level = levelOfCheck(check);
      if (level !== undefined) found.set(label, level);
    }
  }
  return [...found].map(([name, level]) => ({ name, level }));
}

/** A list is named and not shown: turning one into text can fail, when it is nested deeply or holds a `toString` of its own. */
function wordOf(status: unknown): string {
  return Array.isArray(status) ? 'a list' : oneLine(String(status), maxNameLength);
}

/** A check is a word, or an object with a status, or – in the health+json draft – a list of such objects. */
function levelOfCheck(check: unknown): Level | undefined {
  const single: unknown = Array.isArray(check) ? check[0] : check;
  if (!isRecord(single)) return levelOfWord(single);
  return Object.hasOwn(single, 'status') ? (levelOfWord(single['status']) ?? 'unknown') : undefined;
}
