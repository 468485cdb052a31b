import { asciiHost } from '../base/host-name.js';

/** `scheme://host[:port][/path]`; a host is a name, an address or an IPv6 address in brackets. */
const shape = /^(https?|\*):\/\/(\[[0-9A-Fa-f:.*]+\]|[^\s/?#@:[\]\\]+)(?::(\d{1,5}|\*))?(\/[^\s?#]*)?$/;

/** A server or proxy may decode these before it looks for `..`, and so end up outside of the path that was permitted. */
const encodedSeparator = /%2f|%5c/i;

/**
 * Whether a URL fits a pattern of `probe.allowed_targets`; undefined for a text that is no pattern.
 *
 * `*` alone stands for either scheme or any port, and within host and path for any run of characters. A missing port is the
 * scheme's own, a missing path is any. The parsed parts of the URL are compared and never its text, so that
 * `http://allowed@elsewhere/` is elsewhere.
 */
export function targetPattern(pattern: string): ((url: URL) => boolean) | undefined {
  const parts = shape.exec(pattern);
  if (parts === null) return undefined;
  const [, scheme = '', host = '', port, path] = parts;
  const hostPattern = hostPatternOf(host);
  if (hostPattern === undefined) return undefined;
  const hostGlob = glob(hostPattern);
  // As paths of URLs are written; what is written so already stays.
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
 * A host pattern in ASCII, as URLs have their hosts. A star stands in ASCII for other letters than in the name as people write it,
 * so that within a part that is not ASCII there may be none.
 */
function hostPatternOf(host: string): string | undefined {
  if (/^[\x00-\x7f]*$/.test(host)) return /^(?:\[.*\]|[\w.*-]+)$/.test(host) ? host.toLowerCase() : undefined;
  const parts = host
    .split(/[.\u3002\uff0e\uff61]/)
    .map((part) => (/^[\w*-]*$/.test(part) ? part : part.includes('*') ? undefined : asciiHost(part)));
  return parts.includes(undefined) ? undefined : parts.join('.').toLowerCase();
}

/**
 * Looks for the parts between the stars one after the other, each as early as it can be. Not a regular expression: one with
 * three stars keeps the process busy for minutes with a host of ten thousand dots, and clients of `/probe` choose the host.
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
