import { resolve } from 'node:path';
import { byName, type Given, mapping, optional } from '../option.js';
import { fileName, text, url } from '../option-kinds.js';
import type { Path } from '../problem.js';
import {
  type Context,
  checkSourceName,
  compilePattern,
  intervalKind,
  resolveTiming,
  timeoutDefault,
  timeoutKind,
} from '../resolving.js';
import { parseTarget } from '../target-url.js';
import { type HttpSettings, namePattern, namesAre, resolveHttp } from './http-options.js';

/** A source that counts requests: the access log of a server before AI-CRM, or nginx itself. */
export type RequestSourceConfig = {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
} & (
  | {
      readonly kind: 'stub_status';
      readonly url: string;
      /** For people. */
      readonly target: string;
      readonly http: HttpSettings;
    }
  | {
      readonly kind: 'access_log';
      /** Absolute. */
      readonly file: string;
      readonly pattern: RegExp;
    }
);

/**
 * The combined format of nginx and Apache, the common format, and lines with more text after them. Each part ends at a
 * character that it cannot contain, so matching is fast for every line.
 */
const combinedFormat =
  /^\S+ \S+ [^[]*\[[^\]]*\] "(?:[^"\\]|\\.)*" (?<status>\d{3}) (?:\d+|-)(?: "(?:[^"\\]|\\.)*" "(?<user_agent>(?:[^"\\]|\\.)*)")?/;

const intervalSeconds = 15;
/** Default deadline of a reading in seconds. It is at most the interval. */
const timeoutSeconds = 10;

const requestSourceOptions = {
  access_log: optional(
    fileName(),
    'Access log of nginx, Apache or anything else that writes a line for each request. New lines count, except those of the exporter (by its user agent). A status code of 500 or more is an error. The log may be rotated by renaming or emptying it. The exporter must be able to read the file, in Debian as a member of adm.',
    { synonyms: 'log_file logfile' },
  ),
  pattern: optional(
    text({ type: 'JavaScript regular expression' }),
    'Pattern of its lines, with the group status and, if the lines have a user agent, user_agent.',
    { defaultIs: 'the combined format, or the common one, and any text after it' },
  ),
  stub_status: optional(
    url(),
    "The page of nginx's stub_status instead of an access log. It counts only requests, also those of the exporter. http:// or https://, with user name and password if needed.",
  ),
  interval: optional(
    intervalKind,
    'Time between two readings. One reading is at most 16 MiB; the next one reads the rest.',
    {
      default: intervalSeconds,
    },
  ),
  timeout: optional(timeoutKind, 'Deadline of one reading; at most the interval.', timeoutDefault(timeoutSeconds)),
};

type GivenSource = Given<typeof requestSourceOptions>;

/** `request_sources`: name → log or page with the requests to AI-CRM. */
export const requestSourcesKind = byName(
  namePattern,
  namesAre,
  mapping(requestSourceOptions),
  'a mapping of source names to options',
);

/**
 * `request_sources`, without those with neither a log nor a usable URL. `takenNames` are the names of other sources,
 * because all sources share the label `source`.
 */
export async function resolveRequestSources(
  given: Readonly<Record<string, GivenSource>>,
  takenNames: ReadonlySet<string>,
  context: Context,
): Promise<readonly RequestSourceConfig[]> {
  const sources: RequestSourceConfig[] = [];
  for (const [name, source] of Object.entries(given)) {
    const path: Path = ['request_sources', name];
    checkSourceName(name, path, context);
    if (takenNames.has(name))
      context.report(path, 'json_sources or sql_sources has a source of this name as well', 'key');
    const what = await whatIsRead(source, path, context);
    if (what !== undefined)
      sources.push({ name, ...resolveTiming(source, { intervalSeconds, timeoutSeconds }, path, context), ...what });
  }
  return sources;
}

type What = RequestSourceConfig extends infer Source
  ? Source extends RequestSourceConfig
    ? Omit<Source, 'name' | 'intervalSeconds' | 'timeoutSeconds'>
    : never
  : never;

async function whatIsRead(given: GivenSource, path: Path, context: Context): Promise<What | undefined> {
  const { access_log: file, stub_status: url, pattern } = given;
  if ((file === undefined) === (url === undefined)) {
    context.report(path, 'needs either access_log or stub_status', 'key');
    return undefined;
  }
  if (file !== undefined) {
    return {
      kind: 'access_log',
      file: resolve(context.directory, file),
      pattern: pattern === undefined ? combinedFormat : patternOf(pattern, [...path, 'pattern'], context),
    };
  }
  if (pattern !== undefined)
    context.report([...path, 'pattern'], 'only for access_log: stub_status has a fixed form', 'key');
  const target = parseTarget(url ?? '');
  if (typeof target === 'string' || !('url' in target)) {
    context.report([...path, 'stub_status'], 'must be a URL that begins with http:// or https://');
    return undefined;
  }
  const http = await resolveHttp(
    { follow_redirects: false },
    { promisesJsonStatus: false, ...(target.credentials && { urlAuth: { kind: 'basic', ...target.credentials } }) },
    path,
    context,
  );
  return { kind: 'stub_status', url: target.url, target: target.shown, http };
}

function patternOf(pattern: string, path: Path, context: Context): RegExp {
  const compiled = compilePattern(pattern, path, context);
  if (compiled !== undefined && !pattern.includes('(?<status>'))
    context.report(path, 'needs a group for the status code: (?<status>\\d{3})', 'key');
  return compiled ?? combinedFormat;
}
