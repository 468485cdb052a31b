import type { Capture } from '../../config/transaction.js';
import type { DataAnswer } from '../../sources/data/data-client.js';
import { ProbeFailure } from '../../sources/failure.js';
import { parseJson } from '../component/json-body.js';

/** Tokens have a few hundred bytes; anything longer was not meant to be put into a header or URL. */
const maxValueBytes = 8 * 1024;

/**
 * Takes values out of an answer, as text. Fails with `json` for one that is not there exactly once, is neither text nor a
 * number nor true or false, is empty or longer than 8 KiB; the message names the capture and shows nothing of the answer.
 */
export async function capture(captures: readonly Capture[], answer: DataAnswer): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  let document: { readonly value: unknown } | undefined;
  for (const { name, from } of captures) {
    if (from.kind === 'json') {
      document ??= { value: documentOf(name, answer) };
      values.set(name, textOf(name, await nodesAt(from.path, document.value, name)));
    } else {
      const found = answer.headers.filter(([header]) => header === from.header).map(([, value]) => value);
      values.set(name, textOf(name, found));
    }
  }
  return values;
}

function documentOf(name: string, { body }: DataAnswer): unknown {
  const value = parseJson(body);
  if (value === undefined) throw unusable(name, 'the answer is not JSON');
  return value;
}

/** The library comes with the first value that is looked for. */
async function nodesAt(path: string, document: unknown, name: string): Promise<readonly unknown[]> {
  const { query } = await import('json-p3');
  try {
    return query(path, document as Parameters<typeof query>[1]).values();
  } catch {
    // The syntax is known to be right; what is left is an answer that is nested too deeply for the path.
    throw unusable(name, 'the answer is nested too deeply');
  }
}

function textOf(name: string, found: readonly unknown[]): string {
  const [value] = found;
  if (found.length === 0) throw unusable(name, 'nothing found');
  if (found.length > 1) throw unusable(name, `${found.length} values found where one is needed`);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw unusable(name, `found ${value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object'} where text or a number is needed`);
  }
  // Reading JSON has rounded it, and it would name something else.
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) throw unusable(name, 'found a number of too many digits');
  const text = String(value);
  if (text === '') throw unusable(name, 'found an empty text');
  if (Buffer.byteLength(text) > maxValueBytes) throw unusable(name, `found more than ${maxValueBytes} bytes`);
  return text;
}

function unusable(name: string, why: string): ProbeFailure {
  return new ProbeFailure('json', `capture ${name}: ${why}`);
}
