import { ExporterError } from '../errors.js';

/**
 * A URL that a client of `/probe` named, if one of the patterns permits it.
 *
 * A pattern is `scheme://host[:port][/path]`; `*` stands for any run of characters within the host, the port or the path,
 * a missing port for the scheme's own, a missing path for any. The parsed parts are compared and never the text, so
 * `http://allowed@elsewhere/` is elsewhere. Throws `bad_request` for what is no HTTP URL or carries credentials, and
 * `refused_target` for the rest.
 */
export function allowedTarget(target: string, patterns: readonly string[]): URL {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ExporterError('bad_request', `target must be the name of a component or an http(s) URL that probe.allowed_targets permits`, { expose: true });
  }
  if (url.username !== '' || url.password !== '') {
    throw new ExporterError('bad_request', 'target must not carry credentials; put them into a module under probe.modules', { expose: true });
  }
  if (!patterns.some((pattern) => matches(url, pattern))) {
    throw new ExporterError('refused_target', `target ${url.origin} is neither a component nor permitted by probe.allowed_targets`, { expose: true });
  }
  return url;
}

const shape = /^(https?):\/\/(\[[^\]]+\]|[^/:?#@]+)(?::(\d+|\*))?(\/[^?#]*)?$/;

function matches(url: URL, pattern: string): boolean {
  const parts = shape.exec(pattern.toLowerCase() === pattern ? pattern : lowerHost(pattern));
  if (parts === null) return false;
  const [, scheme = '', host = '', port, path] = parts;
  const defaultPort = scheme === 'https' ? '443' : '80';
  const actualPort = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return (
    url.protocol === `${scheme}:` &&
    glob(host).test(url.hostname) &&
    (port === '*' || actualPort === (port ?? defaultPort)) &&
    (path === undefined || glob(path).test(url.pathname))
  );
}

function lowerHost(pattern: string): string {
  return pattern.replace(/^[^/]+:\/\/[^/]+/, (start) => start.toLowerCase());
}

function glob(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
