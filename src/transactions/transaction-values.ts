import type { DataAnswer } from '../access/data-access.js';
import { createBoundedCall, TookTooLong } from '../base/bounded-call.js';
import { isOwnTrouble } from '../base/errors.js';
import { type ParsedJson, parseBody } from '../base/json.js';
import { ProbeFailure } from '../base/reason.js';
import { decodeHeader } from '../base/text.js';
import type { JsonPath } from '../config/json-path.js';
import { Secret } from '../config/secret.js';
import type { Authentication } from '../config/sections/credential-options.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import type { Capture, TransactionStep } from '../config/sections/transactions-section.js';
import { type BodyEncoding, bodyEncodingOf, fillTemplate, referencesIn } from '../config/transaction-template.js';
import { fieldOf } from '../net/http-headers.js';

/** Captured values by name. They are secrets: only their names may be shown. */
type Values = ReadonlyMap<string, string>;

/** The names that a step needs. */
export function namesNeededBy({ url, http }: TransactionStep): readonly string[] {
  const texts = [url, ...[...http.headers.values()].map((value) => value.reveal()), http.body?.reveal() ?? ''];
  if (http.auth?.kind === 'bearer') texts.push(http.auth.token.reveal());
  return texts.flatMap((text) => referencesIn(text).names);
}

/**
 * A step ready to send. Each value is encoded for its place, so that it stays one value. Fails with `json` when that is
 * impossible; the message names the value but does not show it.
 */
export function fillStep(
  { url, http }: TransactionStep,
  values: Values,
): { readonly url: string; readonly http: HttpSettings } {
  const encoding = bodyEncodingOf(http.headers);
  const body =
    http.body && new Secret(fillTemplate(http.body.reveal(), (name) => inBody(valueOf(name, values), encoding)));
  const auth = http.auth && filledAuth(http.auth, values);
  return {
    url: filledUrl(url, values),
    http: {
      ...http,
      headers: new Map([...http.headers].map(([header, value]) => [header, inHeader(value, values)])),
      ...(body && { body }),
      ...(auth && { auth }),
    },
  };
}

function valueOf(name: string, values: Values): string {
  const value = values.get(name);
  if (value === undefined) throw new ProbeFailure('json', `{{${name}}} was not captured`);
  return value.toWellFormed();
}

function filledUrl(url: string, values: Values): string {
  const filled = fillTemplate(url, (name) => encodeURIComponent(valueOf(name, values)));
  // Encoding keeps dots, and a segment of only dots leads to another path.
  const [path = ''] = filled.split(/[?#]/);
  if (/\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path))
    throw new ProbeFailure('json', 'a captured value would change the path of the URL');
  return filled;
}

function inHeader(template: Secret, values: Values): Secret {
  const filled = fillTemplate(template.reveal(), (name) => {
    const value = valueOf(name, values);
    // A line end would start another header. Characters outside Latin-1 could become line ends when sent.
    if (!/^[\x20-\x7e\x80-\xff]*$/.test(value))
      throw new ProbeFailure('json', `{{${name}}} has characters that no header may have`);
    return value;
  });
  return new Secret(filled);
}

function inBody(value: string, encoding: BodyEncoding | undefined): string {
  if (encoding === 'json') return JSON.stringify(value).slice(1, -1);
  return encoding === 'form' ? encodeURIComponent(value) : value;
}

function filledAuth(auth: Authentication, values: Values): Authentication {
  return auth.kind === 'bearer' ? { ...auth, token: inHeader(auth.token, values) } : auth;
}

/** Tokens have a few hundred bytes. Longer values do not belong in a header or URL. */
const maxValueBytes = 8 * 1024;
/** A path that takes longer has a regular expression that does not end. The limit is high, because the machine may be busy. */
const patienceMilliseconds = 1000;

/** Values from an answer, and the first problem, if any. */
interface Captured {
  readonly values: ReadonlyMap<string, string>;
  readonly failure: ProbeFailure | null;
}

/**
 * Takes values from an answer, as text. It is a failure with the reason `json` if a value does not exist exactly once,
 * is not text, number, true or false, is empty, or is longer than 8 KiB. The message names the capture and shows
 * nothing of the answer. Other values are still captured, because cleanup may need them.
 */
export async function capture(captures: readonly Capture[], answer: DataAnswer): Promise<Captured> {
  const values = new Map<string, string>();
  let parsed: ParsedJson | undefined;
  const document = () => (parsed ??= parseBody(answer.body, fieldOf(answer.headers, 'content-type')));
  let failure: ProbeFailure | null = null;
  for (const { name, from } of captures) {
    try {
      values.set(
        name,
        textOf(
          name,
          from.kind === 'json' ? await valueAt(from.path, document(), name) : headerOf(answer, from.header, name),
        ),
      );
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      failure ??= error;
    }
  }
  return { values, failure };
}

function headerOf({ headers }: DataAnswer, wanted: string, name: string): string {
  const [first, ...more] = headers.filter(([header]) => header === wanted).map(([, value]) => value);
  if (first === undefined) throw unusable(name, 'nothing found');
  if (more.length > 0) throw unusable(name, 'several values found where one is needed');
  return decodeHeader(first);
}

/** The library is loaded with the first value. */
async function valueAt(path: string, parsed: ParsedJson, name: string): Promise<unknown> {
  if (!('value' in parsed))
    throw unusable(name, `the answer is not JSON${parsed.why === undefined ? '' : `: ${parsed.why}`}`);
  const { JsonPath } = await import('../config/json-path.js');
  return onlyOne(new JsonPath(path), parsed.value, name);
}

function onlyOne(path: JsonPath, document: unknown, name: string): unknown {
  let found: ReturnType<JsonPath['only']>;
  try {
    found = createBoundedCall()(() => path.only(document), patienceMilliseconds);
  } catch (error) {
    if (error instanceof TookTooLong) throw unusable(name, 'its path takes too long in the answer');
    if (isOwnTrouble(error)) throw error;
    throw unusable(name, 'the answer is nested too deeply');
  }
  if (typeof found === 'object') return found.value;
  throw unusable(name, found === 'missing' ? 'nothing found' : 'several values found where one is needed');
}

function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw unusable(
      name,
      `found ${value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object'} where text or a number is needed`,
    );
  }
  // JSON parsing has rounded it, so it would name another object.
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw unusable(name, 'found a number with too many digits');
  const text = String(value);
  if (text === '') throw unusable(name, 'found an empty text');
  if (Buffer.byteLength(text) > maxValueBytes) throw unusable(name, `found more than ${maxValueBytes} bytes`);
  return text;
}

function unusable(name: string, why: string): ProbeFailure {
  return new ProbeFailure('json', `capture ${name}: ${why}`);
}
