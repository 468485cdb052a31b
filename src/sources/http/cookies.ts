import type { CookieJar } from 'tough-cookie';
import type { HeaderFields } from './headers.js';

/**
 * The cookies of one probe, or of one run of a transaction: kept from one answer to the next request and never longer, and never
 * shown. Domain, path, expiry and public suffixes are judged as browsers judge them, with two rules that are stricter: a `Secure`
 * cookie is sent over https only, also on this machine, and a cookie of one port is not sent to another, since another
 * port is another program.
 */
export class Cookies {
  /** By port, '' for that of the scheme. */
  readonly #jars = new Map<string, CookieJar>();

  /** Takes what an answer from `url` sets; what is no cookie, or not for that server to set, is passed over. */
  async keep(url: URL, headers: HeaderFields): Promise<void> {
    const given = headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
    if (given.length === 0) return;
    const { Cookie, CookieJar: Jar } = await import('tough-cookie');
    const jar = this.#jars.get(url.port) ?? new Jar();
    this.#jars.set(url.port, jar);
    for (const text of given) {
      const cookie = Cookie.parse(text);
      if (cookie === undefined || cookie.key === '') continue;
      const isTaken = jar.setCookieSync(cookie, url.href, { ignoreError: true }) !== undefined;
      if (isTaken || cookie.domain !== url.hostname) continue;
      // A host may name itself, even one without a dot such as a container, which the library takes for a public suffix.
      cookie.domain = null;
      jar.setCookieSync(cookie, url.href, { ignoreError: true });
    }
  }

  /** The value of the `Cookie` header of a request to `url`, or undefined for none. `given` is one that the user configured: it stays. */
  headerFor(url: URL, given: string | undefined): string | undefined {
    const own = new Set(given?.split(';').map((pair) => pair.split('=')[0]?.trim()));
    const kept = this.#jars.get(url.port)?.getCookiesSync(url.href) ?? [];
    const sent = kept
      .filter(({ key, secure }) => !own.has(key) && (!secure || url.protocol === 'https:'))
      .map((cookie) => cookie.cookieString());
    return given === undefined && sent.length === 0
      ? undefined
      : [...(given === undefined ? [] : [given]), ...sent].join('; ');
  }
}
