import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/**
 * A text as URL; undefined if it is none. Not checked with `URL.canParse`: after Node.js 20 or 22 has optimized its
 * caller, it refuses names such as `münchen.example`.
 */
export function readUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/**
 * The host of a URL of any scheme, in the form of name look-ups and certificates: an address without brackets, or a
 * name in ASCII (`xn--mnchen-3ya.example` for `münchen.example`). Undefined if it is neither.
 *
 * `URL` does the same for http only. It leaves hosts of other schemes as they were written, percent-encoded.
 */
export function hostOf({ hostname }: { readonly hostname: string }): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIPv6(bare)) return bare;
  let name: string;
  try {
    name = decodeURIComponent(bare);
  } catch {
    return undefined;
  }
  return asciiHost(name);
}

/** A host name in ASCII; undefined if it is not valid. */
export function asciiHost(name: string): string | undefined {
  // A name in ASCII is not changed, because names of Docker Compose have underscores and capitals.
  const ascii = /^[\x21-\x7e]*$/.test(name) ? name : /[\s/\\?#@:%]/.test(name) ? '' : domainToASCII(name);
  return /^[A-Za-z0-9._:-]+$/.test(ascii) ? ascii : undefined;
}

/** A host in the form of URLs, which have IPv6 addresses in brackets. */
export function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
