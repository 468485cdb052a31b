import type { ProbeConfig } from '../config.js';
import { defaults } from '../defaults.js';
import type { Settings } from '../schema/document.js';
import { targetPattern } from '../target-pattern.js';
import type { Context } from './context.js';
import { normaliseHttp } from './http.js';

type GivenModule = NonNullable<NonNullable<Settings['probe']>['modules']>[string];

/** `probe`: the patterns checked, the modules like endpoints without a URL; there is always one called `default`. */
export async function normaliseProbe(given: NonNullable<Settings['probe']>, context: Context): Promise<ProbeConfig> {
  const allowedTargets = given.allowed_targets ?? [];
  allowedTargets.forEach((target, index) => {
    if (targetPattern(target) === undefined) {
      context.report(['probe', 'allowed_targets', index], 'must be a pattern such as https://*.example.com/*');
    }
  });
  const modules = new Map<string, ProbeConfig['modules'] extends ReadonlyMap<string, infer Module> ? Module : never>();
  for (const [name, { timeout, ...http }] of Object.entries<GivenModule>({ default: {}, ...given.modules })) {
    modules.set(name, {
      http: await normaliseHttp(http, { promisesJsonStatus: false }, ['probe', 'modules', name], context),
      timeoutSeconds: timeout ?? defaults.timeoutSeconds,
    });
  }
  return { allowedTargets, modules };
}
