/** `scheme://host[:port][/path]`; a host is a name, an address or an IPv6 address in brackets. */
const shape = /^(https?|\*):\/\/(\[[0-9A-Fa-f:.*]+\]|[A-Za-z0-9_.*-]+)(?::(\d{1,5}|\*))?(\/[^\s?#]*)?$/;

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
  const hostGlob = glob(host.toLowerCase());
  const pathGlob = path === undefined ? undefined : glob(path);
  return (url) => {
    const ownPort = url.protocol === 'https:' ? '443' : '80';
    return (
      (scheme === '*' || url.protocol === `${scheme}:`) &&
      hostGlob.test(url.hostname) &&
      (port === '*' || (url.port || ownPort) === (port ?? ownPort)) &&
      (pathGlob === undefined || pathGlob.test(url.pathname))
    );
  };
}

function glob(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
