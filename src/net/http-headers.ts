import type { CookieJar } from 'tough-cookie';
import { isRecord } from '../base/json.js';
import { ProbeFailure } from '../base/reason.js';
import { oneLine } from '../base/text.js';

/** Headers: names in lower case, values as received, one character per byte. */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

/** The value of the first header with this name; empty when there is none. */
export function fieldOf(headers: HeaderFields, wanted: string): string {
  return headers.find(([name]) => name === wanted)?.[1] ?? '';
}

const redirectCodes: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Whether a status code sends the client to another URL. Other codes of 3xx do not: 304 means that the client has the content already. */
export function isRedirect(statusCode: number): boolean {
  return redirectCodes.has(statusCode);
}

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Headers that say where the answer ends. A malformed one is an error. */
const framingHeaders: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

/**
 * Parses headers as browsers do: a line that starts with a blank continues the line before (RFC 9112, 5.2). A malformed
 * line is ignored, unless it may be about the length of the body: then the end of the answer is unknown. No regular
 * expression trims values, because that takes hours for a header of 64 KiB of blanks.
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

/** Some parsers take a bare carriage return as the end of a line, and NUL as the end of all headers. So the meaning is ambiguous. */
function refuseControls(line: string, name: string): void {
  if (line.includes('\r') || line.includes('\0'))
    throw new ProbeFailure('body', `the answer has a malformed header ${quoted(name)}`);
}

/** The elements of a list, in lower case. */
export function listElements(value: string): string[] {
  return value.split(',').map((element) => element.trim().toLowerCase());
}

/** A value from the other side, quoted for a message. */
export function quoted(value: string): string {
  return JSON.stringify(oneLine(value, 60));
}

/**
 * The cookies of one probe, or of one run of a transaction. They are dropped after it, and never shown. Domain, path,
 * expiry and public suffixes follow the rules of browsers, with two stricter rules: a `Secure` cookie is sent over
 * https only, also on this machine. A cookie of one port is not sent to another port, because that is another program.
 */
export class Cookies {
  /** By port; '' is the default port of the scheme. */
  readonly #jars = new Map<string, CookieJar>();

  /** Stores the cookies of an answer from `url`. Invalid cookies, and those that this server may not set, are ignored. */
  async keep(url: URL, headers: HeaderFields): Promise<void> {
    const given = headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
    if (given.length === 0) return;
    const { Cookie, CookieJar: Jar } = await import('tough-cookie');
    const jar = this.#jars.get(url.port) ?? new Jar();
    this.#jars.set(url.port, jar);
    for (const text of given) {
      const cookie = Cookie.parse(text);
      if (cookie === undefined) continue;
      const isTaken = jar.setCookieSync(cookie, url.href, { ignoreError: true }) !== undefined;
      if (isTaken || cookie.domain !== url.hostname) continue;
      // A host may set a cookie for itself. The library takes a name without a dot, such as that of a container, for a public suffix.
      cookie.domain = null;
      jar.setCookieSync(cookie, url.href, { ignoreError: true });
    }
  }

  /** The value of the `Cookie` header for a request to `url`; undefined for none. `given` is the configured value, which stays. */
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

/** Fields that change between answers, or that are the same in all programs, such as status and time. */
const changing =
  /status|health|state|^ok$|ready|alive|success|time|date|uptime|^(?:ts|now)$|request|latency|duration|message|checks?$|components|services|dependencies|details/i;

/** Maximum number of fields. Health answers have fewer. */
const maxFields = 20;
const maxText = 200;

/**
 * What a health answer says about the program that answers, to compare the answers of two addresses: `config_loaded` of
 * AI-CRM, a version, the name of a service. Undefined when nothing identifies it: every program can answer
 * `{"status":"ok"}`.
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
  // The names of all fields count too: two different programs rarely have the same fields.
  const names = fields.map(([key]) => key).sort();
  return JSON.stringify([names, telling.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
