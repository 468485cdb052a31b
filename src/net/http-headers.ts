import type { CookieJar } from 'tough-cookie';
import { isRecord } from '../base/json.js';
import { ProbeFailure } from '../base/reason.js';
import { oneLine } from '../base/text.js';

/** Fields of a head: names in lower case, values as they came, one character a byte. */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

/** The value of the first header of that name; empty when there is none. */
export function fieldOf(headers: HeaderFields, wanted: string): string {
  return headers.find(([name]) => name === wanted)?.[1] ?? '';
}

const redirectCodes: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Whether a status code sends the client to another place. The others of 3xx do not: 304 means that the client has it already. */
export function isRedirect(statusCode: number): boolean {
  return redirectCodes.has(statusCode);
}

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Headers that say where the answer ends: one of them that is malformed is not passed over. */
const framingHeaders: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

/**
 * The headers, read as browsers read them: a line that begins with a blank goes on with the one before (RFC 9112, 5.2), and one
 * that is no header is passed over, unless it may be about the length of the body. Then nobody knows where the answer ends.
 * Without a pattern for values: one that trims blanks takes hours for a header of 64 KiB of them.
 */
export function parseHeaders(lines: readonly string[]): [string, string][] {
  const headers: [string, string][] = [];
  let name = '';
  for (const line of lines) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      const last = headers.at(-1);
      refuseControls(line, name);
      if (last !== undefined && name !== '') last[1] += ` ${line.trim()}`;
      continue;
    }
    const colon = Math.max(0, line.indexOf(':'));
    name = line.slice(0, colon).toLowerCase();
    refuseControls(line, name);
    if (headerName.test(name)) headers.push([name, line.slice(colon + 1)]);
    else if (framingHeaders.has(name.trim()))
      throw new ProbeFailure('body', `the answer has a malformed header ${quoted(name)}`);
    else name = '';
  }
  return headers.map(([each, value]) => [each, value.trim()]);
}

/** Some readers take a bare carriage return for the end of a line, others a NUL for that of the whole: then nobody knows what is meant. */
function refuseControls(line: string, name: string): void {
  if (line.includes('\r') || line.includes('\0'))
    throw new ProbeFailure('body', `the answer has a malformed header ${quoted(name)}`);
}

/** The elements of a list, in lower case. */
export function listElements(value: string): string[] {
  return value.split(',').map((element) => element.trim().toLowerCase());
}

/** A value of the other side in a message. */
export function quoted(value: string): string {
  return JSON.stringify(oneLine(value, 60));
}

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

/** What changes from one answer to the next, or is the same for all programs: how it is, what time it is there. */
const changing =
  /status|health|state|^ok$|ready|alive|success|time|date|uptime|^(?:ts|now)$|request|latency|duration|message|checks?$|components|services|dependencies|details/i;

/** More than this is hardly a health answer. */
const maxFields = 20;
const maxText = 200;

/**
 * What a health answer says of who answers, fit to be compared with that of another address: AI-CRM's `config_loaded`, a version, a
 * service's name. Undefined where nothing tells it apart: `{"status":"ok"}` is an answer of anybody.
 */
export function identityOf(body: unknown): string | undefined {
  if (!isRecord(body)) return undefined;
  const fields = Object.entries(body);
  if (fields.length > maxFields) return undefined;
  const telling = fields.filter(
    ([key, value]) =>
      !changing.test(key) && (typeof value === 'boolean' || (typeof value === 'string' && value.length <= maxText)),
  );
  if (telling.length === 0) return undefined;
  // Also which of the others there are: two programs of one version hardly have the same fields.
  const names = fields.map(([key]) => key).sort();
  return JSON.stringify([names, telling.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
