import { decodeText } from './text.js';

/** What a body says as JSON, or that it is none. */
export type ParsedJson =
  | { readonly value: unknown }
  | {
      /** As in "it is not UTF-8", where more can be told than that it is no JSON; quotes nothing but what no JSON has. */
      readonly why?: string;
      /** The same of the body alone, where it is no text at all. */
      readonly undecodable?: string;
      /** It begins as JSON does, and ends before it does. */
      readonly isCut: boolean;
    };

/** Under this name an object or list keeps the digits of its members that no number of JavaScript has. */
const exactDigits = Symbol('exact digits');

/** Marks such a member while the text is parsed; no text that people write begins with it. */
const digitsMark = '\uE000\uE001digits ';

/** So many digits may be too many; not where text before would be no JSON. */
const manyDigits = /(?:^|[[,:])\s*-?[1-9]\d{15}/;
const wholeNumber = /-?[1-9]\d{15,}(?![\w.]|\s*:)/g;

/** Reads a body as JSON, in its encoding; see `decodeText`. Never throws. */
export function parseBody(body: Buffer, contentType = ''): ParsedJson {
  const { text, problem } = decodeText(body, contentType);
  if (problem !== undefined) return { why: `it ${problem}`, undecodable: `the body ${problem}`, isCut: false };
  try {
    return { value: manyDigits.test(text) ? parseExactly(text) : (JSON.parse(text) as unknown) };
  } catch (error) {
    const word = wordOfPython(text);
    // The parser's own message quotes the text, so that only the kind is told.
    const isCut =
      error instanceof SyntaxError &&
      /end of JSON input|Unterminated|after (?:array element|property)/.test(error.message) &&
      !/[}\]]\s*$/.test(text);
    return { ...(word === undefined ? {} : { why: `it has ${word.text} ${placeOf(text, word.offset)}` }), isCut };
  }
}

/** That a body is no JSON, in words. */
export function invalidJson(why?: string): string {
  return `the body is not valid JSON${why === undefined ? '' : `: ${why}`}`;
}

/** The digits of the whole number at this place of a document, where they are more than a number can hold; otherwise undefined. */
export function digitsAt(document: unknown, location: readonly (string | number)[]): string | undefined {
  const key = location.at(-1);
  if (key === undefined) return undefined;
  let holder = document;
  for (const step of location.slice(0, -1))
    holder = (holder as Readonly<Record<string | number, unknown>> | null | undefined)?.[step];
  if (typeof holder !== 'object' || holder === null) return undefined;
  return (holder as { readonly [exactDigits]?: ReadonlyMap<string, string> })[exactDigits]?.get(String(key));
}

/** Has `holder` keep the digits of a whole number, for `digitsAt`, if they are more than a number can hold. */
export function keepDigits(holder: object, key: string, digits: string): void {
  if (!/^-?\d+$/.test(digits) || Number.isSafeInteger(Number(digits))) return;
  const kept = (holder as { [exactDigits]?: Map<string, string> })[exactDigits] ?? new Map<string, string>();
  if (kept.size === 0) Object.defineProperty(holder, exactDigits, { value: kept });
  kept.set(key, digits);
}

/** Node.js 20 does not tell a reviver what stood in the text, so that long numbers go through it as texts. */
function parseExactly(text: string): unknown {
  let marked = '';
  for (const [start, end, next] of betweenStrings(text)) {
    const piece = text.slice(start, end);
    marked +=
      piece.replace(wholeNumber, (digits, offset: number) =>
        isValueAt(piece, offset) ? `"${digitsMark}${digits}"` : digits,
      ) + text.slice(end, next);
  }
  try {
    return JSON.parse(marked, function (this: object, key: string, value: unknown) {
      if (typeof value !== 'string' || !value.startsWith(digitsMark)) return value;
      const digits = value.slice(digitsMark.length);
      keepDigits(this, key, digits);
      return Number(digits);
    }) as unknown;
  } catch {
    // Nested too deeply for that, or no JSON: then the text itself has to tell.
    return JSON.parse(text) as unknown;
  }
}

/** Whether what stands there begins a value: a colon, a comma or a bracket goes before it, or nothing. */
function isValueAt(piece: string, offset: number): boolean {
  let at = offset - 1;
  while (/\s/.test(piece[at] ?? '')) at -= 1;
  return at < 0 || '[,:'.includes(piece[at] ?? '');
}

/** Where a JSON text is outside of its strings: from `start` to `end`, where a string begins that goes up to `next`. */
function* betweenStrings(text: string): Generator<readonly [start: number, end: number, next: number]> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('"', start);
    if (end === -1) return yield [start, text.length, text.length];
    const next = endOfString(text, end);
    yield [start, end, next];
    start = next;
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start; ; ) {
    at = text.indexOf('"', at + 1);
    if (at === -1) return text.length;
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
}

/**
 * The first of what Python and JavaScript know and JSON does not, where a value or key stands: numbers that are none, words such as
 * `None` and `True`, and single quotes, which `str()` of a dictionary has.
 */
function wordOfPython(text: string): { readonly text: string; readonly offset: number } | undefined {
  if (!/^\s*(?:[[{]|-?Infinity\s*$|NaN\s*$)/.test(text)) return undefined;
  for (const [start, end] of betweenStrings(text)) {
    const found = /(?:^|[[{,:])\s*(')|(?:^|[[,:])\s*(-?(?:NaN|Infinity)|None|True|False|undefined)\b/.exec(
      text.slice(start, end),
    );
    const word = found?.[1] ?? found?.[2];
    if (found !== null && word !== undefined)
      return { text: word, offset: start + found.index + found[0].length - word.length };
  }
  return undefined;
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

/** A JSON object. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object; lists and null are not. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
