import { createBoundedCall, TookTooLong } from '../../bounded-call.js';
import type { JsonPath } from '../../config/json-path.js';
import type { Capture } from '../../config/transaction.js';
import { decodeHeader } from '../../decode-text.js';
import { isOwnTrouble } from '../../errors.js';
import { type ParsedJson, parseJson } from '../../json.js';
import type { DataAnswer } from '../../sources/data/data-client.js';
import { ProbeFailure } from '../../sources/failure.js';
import { fieldOf } from '../../sources/http/headers.js';

/** Tokens have a few hundred bytes; anything longer was not meant to be put into a header or URL. */
const maxValueBytes = 8 * 1024;
/** A path that takes longer has a regular expression in it that does not come to an end. Generous, since the machine may be busy. */
const patienceMilliseconds = 1000;

/** What could be taken out of an answer, and what was wrong first, if anything. */
export interface Captured {
  readonly values: ReadonlyMap<string, string>;
  readonly failure: ProbeFailure | null;
}

/**
 * Takes values out of an answer, as text. What is not there exactly once, is neither text nor a number nor true or false, is
 * empty or longer than 8 KiB is a failure of reason `json`, whose message names the capture and shows nothing of the answer;
 * the others are captured all the same, since cleanup may need them.
 */
export async function capture(captures: readonly Capture[], answer: DataAnswer): Promise<Captured> {
  const values = new Map<string, string>();
  const parsed = captures.some(({ from }) => from.kind === 'json')
    ? parseJson(answer.body, fieldOf(answer.headers, 'content-type'))
    : undefined;
  let failure: ProbeFailure | null = null;
  for (const { name, from } of captures) {
    try {
      values.set(
        name,
        textOf(
          name,
          from.kind === 'json' ? await valueAt(from.path, parsed, name) : headerOf(answer, from.header, name),
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

/** The library comes with the first value that is looked for. */
async function valueAt(path: string, parsed: ParsedJson | undefined, name: string): Promise<unknown> {
  if (parsed === undefined || !('value' in parsed))
    throw unusable(name, `the answer is not JSON${parsed?.why === undefined ? '' : `: ${parsed.why}`}`);
  const { JsonPath } = await import('../../config/json-path.js');
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
  // Reading JSON has rounded it, and it would name something else.
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw unusable(name, 'found a number of too many digits');
  const text = String(value);
  if (text === '') throw unusable(name, 'found an empty text');
  if (Buffer.byteLength(text) > maxValueBytes) throw unusable(name, `found more than ${maxValueBytes} bytes`);
  return text;
}

function unusable(name: string, why: string): ProbeFailure {
  return new ProbeFailure('json', `capture ${name}: ${why}`);
}
