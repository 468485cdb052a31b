import type { Authentication, ComponentConfig } from '../config.js';
import { defaults } from '../defaults.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import type { Context } from './context.js';
import { normaliseDatabase } from './database.js';
import { normaliseHttp } from './http.js';
import { parseTarget } from './target.js';
import { normaliseComponentThresholds } from './thresholds.js';
import { normaliseTiming } from './timing.js';

type GivenEndpoint = Exclude<NonNullable<Settings['endpoints']>[string], string>;

const httpOnly = ['method', 'headers', 'body', 'expect', 'follow_redirects', 'max_body_bytes'] as const;

/** One entry of `endpoints`; undefined, with a report, when its target is not one. */
export async function normaliseComponent(
  name: string,
  endpoint: string | GivenEndpoint,
  defaultIntervalSeconds: number,
  context: Context,
): Promise<ComponentConfig | undefined> {
  const path: Path = ['endpoints', name];
  const given: GivenEndpoint = typeof endpoint === 'string' ? { url: endpoint } : endpoint;
  const urlPath = typeof endpoint === 'string' ? path : [...path, 'url'];
  const target = parseTarget(given.url);
  const base = {
    name,
    ...normaliseTiming(
      given,
      { intervalSeconds: defaultIntervalSeconds, timeoutSeconds: defaults.timeoutSeconds },
      path,
      context,
    ),
    dependsOn: [...new Set(given.depends_on)],
    thresholds: normaliseComponentThresholds(given.thresholds ?? {}, [...path, 'thresholds'], context.report),
  };
  if (typeof target === 'string') {
    context.report(urlPath, target);
    return undefined;
  }
  const refuse = (keys: readonly (keyof GivenEndpoint)[]) => {
    for (const key of keys)
      if (given[key] !== undefined)
        context.report([...path, key], `not an option of ${target.kind}:// endpoints`, 'key');
  };
  if ('host' in target) {
    refuse(target.kind === 'tcp' ? [...httpOnly, 'auth', 'tls'] : httpOnly);
    if (target.kind === 'tcp')
      return { ...base, kind: 'tcp', target: target.shown, host: target.host, port: target.port };
    return {
      ...base,
      kind: target.kind,
      target: target.shown,
      database: await normaliseDatabase(target, given, path, urlPath, context),
    };
  }
  const urlAuth: Authentication | undefined = target.credentials && { kind: 'basic', ...target.credentials };
  const promisesJsonStatus = defaults.jsonStatusComponents.some((component) => component === name);
  const extra = { promisesJsonStatus, ...(urlAuth === undefined ? {} : { urlAuth }) };
  return {
    ...base,
    kind: target.kind,
    target: target.shown,
    url: target.url,
    http: await normaliseHttp(given, extra, path, context),
    ...(isDefaultEndpoint(name, given.url) ? { mayBeMissing: true } : {}),
  };
}

/** Whether this is what is watched without any configuration, as in the file of the monitoring document. */
function isDefaultEndpoint(name: string, url: string): boolean {
  return Object.entries(defaults.endpoints).some(
    ([defaultName, defaultUrl]) => name === defaultName && url === defaultUrl,
  );
}
