import { isUtf8 } from 'node:buffer';

/**
 * Characters that nobody can read or that mislead readers: controls (also ESC and C1), line separators, lone
 * surrogates, marks that change the direction of text, characters without width. Variation selectors, which choose the
 * look of an emoji, are permitted.
 */
// biome-ignore lint/suspicious/noMisleadingCharacterClass: the selectors are meant by themselves
const unprintable = /(?![\t\n\ufe00-\ufe0f])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/** Nearly every text has only these characters, so the slow expression is rarely needed. */
const plain = /^[\t\n\x20-\x7e]*$/;

/** Text from outside in a form that is safe to show: U+FFFD replaces each unprintable character. Line ends stay. */
export function printable(text: string): string {
  return plain.test(text) ? text : text.replace(unprintable, '\uFFFD');
}

/** The same on one line: a space replaces tabs and line ends. Other spaces stay. */
export function printableLine(text: string): string {
  return printable(text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' '));
}

/**
 * The same on one line and cut to `maxCharacters`, for labels, messages and fields of a log. One space replaces each
 * run of white space and controls.
 */
export function oneLine(text: string, maxCharacters = Number.POSITIVE_INFINITY): string {
  // Cut here, too, so that a text of megabytes costs nothing.
  const beginning =
    text.length > 8 * maxCharacters ? text.slice(0, 8 * maxCharacters).replace(/[\ud800-\udbff]$/, '') : text;
  return beginningOf(printable(beginning.replace(/[\s\p{Cc}]+/gu, ' ').trim()), maxCharacters).trimEnd();
}

/** A text of at most `characters`, with an ellipsis if it was cut. */
export function shortened(text: string, characters: number): string {
  const beginning = beginningOf(text, characters);
  return beginning === text ? text : `${beginningOf(text, characters - 1).trimEnd()}…`;
}

/** The first characters of a text. Does not cut a surrogate pair. */
function beginningOf(text: string, characters: number): string {
  if (text.length <= characters) return text;
  return [...text.slice(0, 2 * characters)].slice(0, characters).join('');
}

interface DecodedText {
  /** Without byte order mark. U+FFFD replaces what cannot be decoded. */
  readonly text: string;
  /** The problem, as in "the body …"; absent if there is none. */
  readonly problem?: string;
}

/** Browsers look for the encoding in the first 1024 bytes of a page (HTML, "prescan a byte stream"). */
const prescannedBytes = 1024;

/**
 * The text of a body. The encoding is that of the byte order mark, else the `charset` of the Content-Type, else UTF-8.
 * An unknown charset is ignored.
 */
export function decodeText(bytes: Buffer, contentType = ''): DecodedText {
  const named = charsetOf(contentType);
  const encoding = markedEncoding(bytes) ?? named ?? 'utf-8';
  if (/^utf-?8$/i.test(encoding)) return decodeUtf8(bytes);
  const text = decode(bytes, encoding);
  if (text !== undefined) return text;
  const { problem, ...rest } = decodeUtf8(bytes);
  return problem === undefined
    ? rest
    : { ...rest, problem: `is neither of the unknown charset ${shown(encoding)} nor UTF-8` };
}

/** The text of a page, decoded like a browser does it. Users who search a page for a text do not know its charset. */
export function decodePage(bytes: Buffer, contentType = ''): string {
  const stated = markedEncoding(bytes) ?? charsetOf(contentType) ?? metaCharset(bytes);
  const { text, problem } =
    stated === undefined ? decodeUtf8(bytes) : decodeText(bytes, `text/html; charset="${stated}"`);
  return stated === undefined && problem !== undefined ? (decode(bytes, 'windows-1252')?.text ?? text) : text;
}

/** The text of a file in UTF-8, or in UTF-16 with a byte order mark, which Windows writes. Undefined for anything else. */
export function decodeFile(bytes: Buffer): string | undefined {
  const { text, problem } = decodeText(bytes);
  return problem === undefined ? text : undefined;
}

/**
 * The value of a header. Node.js gives one character a byte; most servers send UTF-8. Bytes that are not UTF-8 count as
 * Latin-1.
 */
export function decodeHeader(value: string): string {
  if (/^[\0-\x7f]*$/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}

function decodeUtf8(bytes: Buffer): DecodedText {
  const text = bytes.toString('utf8', bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  return isUtf8(bytes) ? { text } : { text, problem: 'is not UTF-8' };
}

/** Undefined for an encoding that Node.js does not know. */
function decode(bytes: Buffer, encoding: string): DecodedText | undefined {
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(encoding);
  } catch {
    return undefined;
  }
  if (decoder.encoding === 'windows-1252') return { text: decodeWindows1252(bytes) };
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch {
    return { text: decoder.decode(bytes), problem: `is not ${shown(encoding)}` };
  }
}

/** Characters of Windows-1252 in the place of the controls U+0080 to U+009F. Browsers read ISO-8859-1 as Windows-1252. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Not done by `TextDecoder`: that of Node.js 20 decodes Windows-1252 as Latin-1. */
function decodeWindows1252(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, (control) => windows1252[control.charCodeAt(0) - 0x80] ?? control);
}

function markedEncoding(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function charsetOf(contentType: string): string | undefined {
  const [, quoted, bare] = /;\s*charset\s*=\s*(?:"([^"]*)"|'?([^\s;"']+))/i.exec(contentType) ?? [];
  return (quoted ?? bare)?.trim() || undefined;
}

/**
 * The charset of `<meta charset>` or of the older form with a content type. UTF-16 there must be wrong, because this
 * reads the tag byte by byte.
 */
function metaCharset(bytes: Buffer): string | undefined {
  const charset = /<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([^\s"'/>;]+)/i.exec(
    bytes.toString('latin1', 0, prescannedBytes),
  )?.[1];
  return charset !== undefined && /^utf-?16/i.test(charset) ? 'utf-8' : charset;
}

function shown(charset: string): string {
  return JSON.stringify(oneLine(charset, 40));
}
