import { isIP } from 'node:net';

/** Endings that no public name server knows, so that no stranger can make such a name lead to this machine. */
const privateEndings = [
  'localhost',
  'local',
  'internal',
  'home.arpa',
  'test',
  'svc',
  'localdomain',
  'lan',
  'home',
  'corp',
  'intranet',
  'private',
];

/** The name in a `Host` header or of an origin, lower case and without port; undefined for what is none. */
export function hostnameOf(host: string): string | undefined {
  const shape = /^(\[[0-9a-f:.]+\]|[^\s:/?#@\\[\]%]+)(?::\d{1,5})?$/i.exec(host);
  return shape?.[1]?.toLowerCase().replace(/\.$/, '');
}

/**
 * Under which names the exporter answers browsers.
 *
 * A page from anywhere can have its own name lead to this machine and then read what is answered under that name (DNS
 * rebinding). It needs a name in the public DNS for that. Addresses, names without a dot, names with an ending that is not
 * public and the machine's own name are none; others have to be allowed.
 */
export class AllowedHosts {
  readonly #allowed: readonly string[];
  readonly #own: ReadonlySet<string>;

  /** `allowed` are names, `*.name` for all below one, and `*` for every name; `own` are the machine's. */
  constructor(allowed: readonly string[], own: readonly string[]) {
    this.#allowed = allowed.map((name) => name.toLowerCase());
    this.#own = new Set(own.map((name) => name.toLowerCase()));
  }

  /** Whether a page under this name may be ours. */
  isOurs(hostname: string): boolean {
    if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || !hostname.includes('.') || this.#own.has(hostname)) return true;
    return (
      privateEndings.some((ending) => hostname.endsWith(`.${ending}`)) ||
      this.#allowed.includes('*') ||
      this.isNamed(hostname)
    );
  }

  /** Whether it was allowed by name, as that of a proxy is. */
  isNamed(hostname: string): boolean {
    return this.#allowed.some(
      (name) => name === hostname || (name.startsWith('*.') && hostname.endsWith(name.slice(1))),
    );
  }
}
