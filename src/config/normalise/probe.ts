import type { ProbeConfig } from '../config.js';
import { defaults } from '../defaults.js';
import type { Settings } from '../schema/document.js';
import type { Context } from './context.js';
import { normaliseHttp } from './http.js';

/** `scheme://host[:port][/path]`, each part with `*`; a host is a name, an address or an IPv6 address in brackets. */
const pattern = /^([a-z*]+):\/\/(\[[0-9A-Fa-f:.*]+\]|[A-Za-z0-9_.*-]+)(:(\d{1,5}|\*))?(\/[^\s?#]*)?$/;

/** `probe`: the patterns checked, the modules like endpoints without a URL. */
export async function normaliseProbe(given: NonNullable<Settings['probe']>, context: Context): Promise<ProbeConfig> {
  const allowedTargets = given.allowed_targets ?? [];
  allowedTargets.forEach((target, index) => {
    if (!isPattern(target)) {
      context.report(['probe', 'allowed_targets', index], 'must be a pattern such as https://*.example.com/*');
    }
  });
  const modules = new Map<string, ProbeConfig['modules'] extends ReadonlyMap<string, infer Module> ? Module : never>();
  for (const [name, { timeout, ...http }] of Object.entries(given.modules ?? {})) {
    modules.set(name, {
      http: await normaliseHttp(http, { promisesJsonStatus: false }, ['probe', 'modules', name], context),
      timeoutSeconds: timeout ?? defaults.timeoutSeconds,
    });
  }
  return { allowedTargets, modules };
}

function isPattern(target: string): boolean {
  const scheme = pattern.exec(target)?.[1];
  if (scheme === undefined) return false;
  const matcher = new RegExp(`^${scheme.replaceAll('*', '.*')}$`);
  return ['http', 'https', 'tcp'].some((known) => matcher.test(known));
}
