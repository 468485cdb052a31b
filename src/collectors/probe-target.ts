import { ExporterError } from '../base/errors.js';
import { readUrl } from '../base/host-name.js';
import type { Config } from '../config/config.js';
import { ordinary } from '../config/sections/about-component.js';
import type { ComponentConfig } from '../config/sections/endpoints-section.js';
import { targetPattern } from '../config/sections/probe-section.js';

/** Maximum lengths of the URL of a health check, and of a host name (RFC 1035). The host becomes a label of every series. */
const maxUrlCharacters = 2048;
const maxHostCharacters = 253;

/** What a client of `/probe` wants to be probed. */
export interface ProbeTarget {
  readonly component: ComponentConfig;
  /** A URL, and no component of the configuration. */
  readonly isForeign: boolean;
  /** The same for all ways to write the target. */
  readonly key: string;
}

/**
 * Finds a component by name, or makes one of a permitted URL with the settings of a module. Throws `bad_request` or
 * `refused_target`.
 */
export function findTarget(
  { components, probe: { allowedTargets, modules } }: Pick<Config, 'components' | 'probe'>,
  target: string,
  module: string | undefined,
): ProbeTarget {
  const known = components.find(({ name }) => name === target);
  if (known !== undefined) {
    if (module !== undefined)
      throw badRequest(`target ${target} is a component and has its own settings; leave module out`);
    return { component: known, isForeign: false, key: known.name };
  }
  const url = allowedTarget(target, allowedTargets);
  url.hash = '';
  const name = module ?? 'default';
  const settings = modules.get(name);
  if (settings === undefined)
    throw badRequest(`there is no module ${JSON.stringify(name.slice(0, 64))} under probe.modules`);
  const { http, timeoutSeconds } = settings;
  const component: ComponentConfig = {
    name: url.host,
    target: `${url.origin}${url.pathname}`,
    kind: url.protocol === 'https:' ? 'https' : 'http',
    url: url.href,
    http,
    intervalSeconds: timeoutSeconds,
    timeoutSeconds,
    dependsOn: [],
    thresholds: {},
    ...ordinary,
  };
  return { component, isForeign: true, key: `${name} ${url.href}` };
}

/**
 * The URL that a client of `/probe` named, if a pattern (see `targetPattern`) permits it. Throws `bad_request` for
 * anything but an HTTP URL, and for credentials; `refused_target` for all other URLs.
 */
function allowedTarget(target: string, patterns: readonly string[]): URL {
  const url = readUrl(target);
  if (target.length > maxUrlCharacters || (url?.hostname.length ?? 0) > maxHostCharacters) {
    throw badRequest(
      `target is too long: at most ${maxUrlCharacters} characters, of which the host may have ${maxHostCharacters}`,
    );
  }
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw badRequest(`target must be the name of a component or an http(s) URL that probe.allowed_targets permits`);
  }
  if (url.username !== '' || url.password !== '') {
    throw badRequest('target must not carry credentials; put them into a module under probe.modules');
  }
  if (!patterns.some((pattern) => targetPattern(pattern)?.(url) === true)) {
    throw new ExporterError(
      'refused_target',
      `target ${url.origin} is neither a component nor permitted by probe.allowed_targets`,
      { expose: true },
    );
  }
  return url;
}

function badRequest(message: string): ExporterError {
  return new ExporterError('bad_request', message, { expose: true });
}
