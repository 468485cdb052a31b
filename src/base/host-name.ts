import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/**
 * A URL; undefined for what is none. `URL.canParse` is not asked: once Node.js 20 or 22 has compiled what calls it often, it refuses names
 * such as `münchen.example`.
 */
export function readUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/**
 * The host of a URL of any scheme as it is resolved, compared, shown and found in certificates: an address, or a name in
 * ASCII (`münchen.example` is `xn--mnchen-3ya.example`), without brackets. Undefined for what is neither.
 *
 * URLs of http have it like this anyway; those of other schemes have it as it was written, percent-encoded.
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

/** A host name in ASCII; undefined for what is none. */
export function asciiHost(name: string): string | undefined {
  // Names that are ASCII already stay as they are: with underscores, as compose projects have them, and in their own case.
  const ascii = /^[\x21-\x7e]*$/.test(name) ? name : /[\s/\\?#@:%]/.test(name) ? '' : domainToASCII(name);
  return /^[A-Za-z0-9._:-]+$/.test(ascii) ? ascii : undefined;
}

/** A host as it stands in a URL. */
export function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
