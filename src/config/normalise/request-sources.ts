import { resolve } from 'node:path';
import { defaults } from '../defaults.js';
import type { Path } from '../problem.js';
import { combinedFormat, type RequestSourceConfig } from '../request-source.js';
import type { Settings } from '../schema/document.js';
import type { Context } from './context.js';
import { compile, normaliseHttp } from './http.js';
import { checkSourceName } from './source-name.js';
import { parseTarget } from './target.js';
import { normaliseTiming } from './timing.js';

type GivenSources = NonNullable<Settings['request_sources']>;
type GivenSource = GivenSources[string];

/** `request_sources`, without those that have neither a log nor a usable URL. `takenNames`: of other sources, which share the label `source`. */
export async function normaliseRequestSources(
  given: GivenSources,
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
      sources.push({ name, ...normaliseTiming(source, defaults.requestSource, path, context), ...what });
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
  const http = await normaliseHttp(
    { follow_redirects: false },
    { promisesJsonStatus: false, ...(target.credentials && { urlAuth: { kind: 'basic', ...target.credentials } }) },
    path,
    context,
  );
  return { kind: 'stub_status', url: target.url, target: target.shown, http };
}

function patternOf(pattern: string, path: Path, context: Context): RegExp {
  const compiled = compile(pattern, path, context);
  if (compiled !== undefined && !pattern.includes('(?<status>'))
    context.report(path, 'needs a group for the status code: (?<status>\\d{3})', 'key');
  return compiled ?? combinedFormat;
}
