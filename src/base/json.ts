import { decodeText } from './text.js';

/** The value of a JSON text, or why it is not valid JSON. */
export type ParsedJson =
  | { readonly value: unknown }
  | {
      /**
       * What is wrong, as in "it is not UTF-8"; absent if only the parser failed. Quotes nothing of the text except a
       * word that JSON does not know.
       */
      readonly why?: string;
      /** The same with "the body" as subject; only if the bytes are not text. */
      readonly undecodable?: string;
      /** The text begins like JSON but is cut off. */
      readonly isCut: boolean;
    };

/** Key under which an object or list keeps the digits of whole numbers that JavaScript cannot hold exactly. */
const exactDigits = Symbol('exact digits');

/** Marks such a number while the text is parsed. No ordinary text begins with it. */
const digitsMark = '\uE000\uE001digits ';

/** Whole numbers of 16 digits or more may be inexact in JavaScript. Matches them only where JSON permits a value. */
const manyDigits = /(?:^|[[,:])\s*-?[1-9]\d{15}/;
const wholeNumber = /-?[1-9]\d{15,}(?![\w.]|\s*:)/g;

/** Reads a body as JSON, in its encoding (see `decodeText`). Never throws. */
export function parseBody(body: Buffer, contentType = ''): ParsedJson {
  const { text, problem } = decodeText(body, contentType);
  if (problem !== undefined) return { why: `it ${problem}`, undecodable: `the body ${problem}`, isCut: false };
  try {
    return { value: manyDigits.test(text) ? parseExactly(text) : (JSON.parse(text) as unknown) };
  } catch (error) {
    const word = wordOfPython(text);
    // The message of the parser quotes the text, which may be a secret. So it only tells whether the text is cut off.
    const isCut =
      error instanceof SyntaxError &&
      /end of JSON input|Unterminated|after (?:array element|property)/.test(error.message) &&
      !/[}\]]\s*$/.test(text);
    return { ...(word === undefined ? {} : { why: `it has ${word.text} ${placeOf(text, word.offset)}` }), isCut };
  }
}

/** The message for a body that is not valid JSON. */
export function invalidJson(why?: string): string {
  return `the body is not valid JSON${why === undefined ? '' : `: ${why}`}`;
}

/** The digits of a whole number in a document, by its path, if JavaScript cannot hold it exactly; otherwise undefined. */
export function digitsAt(document: unknown, location: readonly (string | number)[]): string | undefined {
  const key = location.at(-1);
  if (key === undefined) return undefined;
  let holder = document;
  for (const step of location.slice(0, -1))
    holder = (holder as Readonly<Record<string | number, unknown>> | null | undefined)?.[step];
  if (typeof holder !== 'object' || holder === null) return undefined;
  return (holder as { readonly [exactDigits]?: ReadonlyMap<string, string> })[exactDigits]?.get(String(key));
}

/** Keeps the digits of a whole number in `holder` for `digitsAt`, if JavaScript cannot hold it exactly. */
export function keepDigits(holder: object, key: string, digits: string): void {
  if (!/^-?\d+$/.test(digits) || Number.isSafeInteger(Number(digits))) return;
  const kept = (holder as { [exactDigits]?: Map<string, string> })[exactDigits] ?? new Map<string, string>();
  if (kept.size === 0) Object.defineProperty(holder, exactDigits, { value: kept });
  kept.set(key, digits);
}

/** A reviver of Node.js 20 does not get the source text. So long numbers are marked and parsed as strings. */
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
    // The marked text is nested too deeply or not JSON. The parser then reads the original text, or throws its error.
    return JSON.parse(text) as unknown;
  }
}

/** Whether a value begins at this offset: before it is a colon, a comma, a bracket or nothing. */
function isValueAt(piece: string, offset: number): boolean {
  let at = offset - 1;
  while (/\s/.test(piece[at] ?? '')) at -= 1;
  return at < 0 || '[,:'.includes(piece[at] ?? '');
}

/** The parts of a JSON text outside its strings, from `start` to `end`. A string begins at `end` and goes up to `next`. */
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
 * The first word that Python or JavaScript writes but JSON does not permit, in the place of a value or key: `NaN`,
 * `None`, `True`, or the single quotes of `str()` of a dictionary.
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

/** Whether a value is a JSON object. Lists and null are not. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
