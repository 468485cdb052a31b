import { asciiHost } from '../../base/host-name.js';
import { byName, complete, type Given, list, mapping, optional } from '../option.js';
import { text } from '../option-kinds.js';
import { type Context, timeoutKind } from '../resolving.js';
import { probeTimeoutSeconds } from './endpoints-section.js';
import { type HttpSettings, httpOptions, namePattern, namesAre, resolveHttp } from './http-options.js';

/** Targets that `/probe` may probe, besides configured components. */
export interface ProbeConfig {
  /** Patterns `scheme://host[:port][/path]`. `*` means any characters within its part. */
  readonly allowedTargets: readonly string[];
  readonly modules: ReadonlyMap<string, ProbeModule>;
}

interface ProbeModule {
  readonly http: HttpSettings;
  readonly timeoutSeconds: number;
}

const moduleOptions = {
  ...httpOptions,
  timeout: optional(timeoutKind, 'Deadline of one probe.', { default: probeTimeoutSeconds }),
};

/** `probe`. */
export const probeOptions = {
  allowed_targets: optional(
    list(text(), 'a list of patterns such as https://*.example.com/*'),
    'Patterns scheme://host[:port][/path] of http and https URLs that may be probed. "*" stands for both schemes, any port, and any characters in host and path. Without a port it is the port of the scheme, without a path any path. Between two dots of a host there is either a "*" or a letter that is not ASCII.',
    { default: [], quotes: 'asUrl', synonyms: 'allowlist allow_list whitelist' },
  ),
  modules: optional(
    byName(namePattern, namesAre, mapping(moduleOptions), 'a mapping of module names to options'),
    'Sets of options for URLs: name -> mapping of the HTTP options of an endpoint, and timeout. /probe?module=NAME chooses one. Otherwise the module "default" is used. If it is not here, it has the defaults of an endpoint.',
  ),
};

/** `probe` with checked patterns. Modules are like endpoints without a URL; the module `default` always exists. */
export async function resolveProbe(given: Given<typeof probeOptions>, context: Context): Promise<ProbeConfig> {
  const { allowed_targets: allowedTargets } = complete(probeOptions, given);
  allowedTargets.forEach((target, index) => {
    if (targetPattern(target) === undefined) {
      context.report(['probe', 'allowed_targets', index], 'must be a pattern such as https://*.example.com/*');
    }
  });
  const modules = new Map<string, ProbeModule>();
  for (const [name, module] of Object.entries({ default: {}, ...given.modules })) {
    const { timeout, ...http } = complete(moduleOptions, module);
    modules.set(name, {
      http: await resolveHttp(http, { promisesJsonStatus: false }, ['probe', 'modules', name], context),
      timeoutSeconds: timeout,
    });
  }
  return { allowedTargets, modules };
}

/** `scheme://host[:port][/path]`; the host is a name, an address, or an IPv6 address in brackets. */
const shape = /^(https?|\*):\/\/(\[[0-9A-Fa-f:.*]+\]|[^\s/?#@:[\]\\]+)(?::(\d{1,5}|\*))?(\/[^\s?#]*)?$/;

/** A server or proxy may decode these before it resolves `..`, and leave the permitted path. */
const encodedSeparator = /%2f|%5c/i;

/**
 * The check of a URL by a pattern of `probe.allowed_targets`; undefined for an invalid pattern.
 *
 * `*` alone means either scheme or any port; inside host and path it means any characters. A missing port is that of
 * the scheme, a missing path is any. It compares the parsed parts of the URL and not its text, so the host of
 * `http://allowed@elsewhere/` is elsewhere.
 */
export function targetPattern(pattern: string): ((url: URL) => boolean) | undefined {
  const parts = shape.exec(pattern);
  if (parts === null) return undefined;
  const [, scheme = '', host = '', port, path] = parts;
  const hostPattern = hostPatternOf(host);
  if (hostPattern === undefined) return undefined;
  const hostGlob = glob(hostPattern);
  // Encodes the path like in a URL. Encoded characters stay.
  const pathGlob =
    path === undefined ? undefined : glob(path.toWellFormed().replace(/[^\x00-\x7f]+/g, encodeURIComponent));
  return (url) => {
    const ownPort = url.protocol === 'https:' ? '443' : '80';
    return (
      (scheme === '*' || url.protocol === `${scheme}:`) &&
      hostGlob(url.hostname) &&
      (port === '*' || (url.port || ownPort) === (port ?? ownPort)) &&
      (pathGlob === undefined || (pathGlob(url.pathname) && !encodedSeparator.test(url.pathname)))
    );
  };
}

/**
 * A host pattern in ASCII, like the hosts of URLs. The ASCII form of a name has other letters, so a part with other
 * characters must have no star.
 */
function hostPatternOf(host: string): string | undefined {
  if (/^[\x00-\x7f]*$/.test(host)) return /^(?:\[.*\]|[\w.*-]+)$/.test(host) ? host.toLowerCase() : undefined;
  const parts = host
    .split(/[.\u3002\uff0e\uff61]/)
    .map((part) => (/^[\w*-]*$/.test(part) ? part : part.includes('*') ? undefined : asciiHost(part)));
  return parts.includes(undefined) ? undefined : parts.join('.').toLowerCase();
}

/**
 * Searches the parts between the stars in order, each at its first position. It is no regular expression: clients of
 * `/probe` choose the host, and with three stars a host of ten thousand dots takes minutes.
 */
function glob(pattern: string): (text: string) => boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of others) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at + last.length <= text.length && text.endsWith(last);
  };
}
