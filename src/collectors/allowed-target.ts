import { ExporterError } from '../base/errors.js';
import { readUrl } from '../base/host-name.js';
import { targetPattern } from '../config/sections/probe-section.js';

/** Maximum lengths of the URL of a health check, and of a host name (RFC 1035). The host becomes a label of every series. */
const maxUrlCharacters = 2048;
const maxHostCharacters = 253;

/**
 * The URL that a client of `/probe` named, if a pattern (see `targetPattern`) permits it. Throws `bad_request` for
 * anything but an HTTP URL, and for credentials; `refused_target` for all other URLs.
 */
export function allowedTarget(target: string, patterns: readonly string[]): URL {
  const url = readUrl(target);
  if (target.length > maxUrlCharacters || (url?.hostname.length ?? 0) > maxHostCharacters) {
    throw new ExporterError(
      'bad_request',
      `target is too long: at most ${maxUrlCharacters} characters, of which the host may have ${maxHostCharacters}`,
      { expose: true },
    );
  }
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ExporterError(
      'bad_request',
      `target must be the name of a component or an http(s) URL that probe.allowed_targets permits`,
      { expose: true },
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new ExporterError(
      'bad_request',
      'target must not carry credentials; put them into a module under probe.modules',
      { expose: true },
    );
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
