import { isUtf8 } from 'node:buffer';

/**
 * What is no text to be read: controls (ESC and C1 among them), line separators, lone surrogates, marks that turn the direction
 * of text, and characters without width. The selectors that choose between the looks of an emoji stay.
 */
// biome-ignore lint/suspicious/noMisleadingCharacterClass: the selectors are meant by themselves
const unprintable = /(?![\t\n\ufe00-\ufe0f])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/** Nothing but this needs no second look, and nearly every text is nothing but this. */
const plain = /^[\t\n\x20-\x7e]*$/;

/** Text of others as it may be shown anywhere, with U+FFFD in the place of everything that is not to be read. Line ends stay. */
export function printable(text: string): string {
  return plain.test(text) ? text : text.replace(unprintable, '\uFFFD');
}

/** The same as a line that stays one, its spaces kept. */
export function printableLine(text: string): string {
  return printable(text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' '));
}

/** The same on one line, runs of white space and controls as one space, cut after so many characters: for labels, messages and fields of a log. */
export function oneLine(text: string, maxCharacters = Number.POSITIVE_INFINITY): string {
  // Cut before as well as after, so that a text of megabytes costs nothing.
  const beginning =
    text.length > 8 * maxCharacters ? text.slice(0, 8 * maxCharacters).replace(/[\ud800-\udbff]$/, '') : text;
  return beginningOf(printable(beginning.replace(/[\s\p{Cc}]+/gu, ' ').trim()), maxCharacters).trimEnd();
}

/** A text cut to so many characters, with an ellipsis where something is missing. */
export function shortened(text: string, characters: number): string {
  const beginning = beginningOf(text, characters);
  return beginning === text ? text : `${beginningOf(text, characters - 1).trimEnd()}…`;
}

/** The first characters of a text; none of them is cut in two. */
function beginningOf(text: string, characters: number): string {
  if (text.length <= characters) return text;
  return [...text.slice(0, 2 * characters)].slice(0, characters).join('');
}

/** What bytes say, and in what encoding. */
interface DecodedText {
  /** Without byte order mark; U+FFFD stands for what could not be read. */
  readonly text: string;
  /** What is wrong with the bytes, as in "the body …"; absent when nothing is. */
  readonly problem?: string;
}

/** Where a page may say its encoding (HTML, "prescan a byte stream"). */
const prescannedBytes = 1024;

/**
 * The text of a body. A byte order mark decides, then the `charset` of its Content-Type, then UTF-8. A charset that nobody
 * knows counts as none.
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

/** The text of a page to search in: what a browser makes of it, whose users know neither charsets nor byte order marks. */
export function decodePage(bytes: Buffer, contentType = ''): string {
  const stated = markedEncoding(bytes) ?? charsetOf(contentType) ?? metaCharset(bytes);
  const { text, problem } =
    stated === undefined ? decodeUtf8(bytes) : decodeText(bytes, `text/html; charset="${stated}"`);
  return stated === undefined && problem !== undefined ? (decode(bytes, 'windows-1252')?.text ?? text) : text;
}

/**
 * The text of a file: UTF-8, or UTF-16 with a byte order mark, as editors and shells of Windows write it. Undefined for anything
 * else.
 */
export function decodeFile(bytes: Buffer): string | undefined {
  const { text, problem } = decodeText(bytes);
  return problem === undefined ? text : undefined;
}

/** The value of a header, which arrives as one character a byte, as the UTF-8 that most servers send; Latin-1 where it is none. */
export function decodeHeader(value: string): string {
  if (/^[\0-\x7f]*$/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}

function decodeUtf8(bytes: Buffer): DecodedText {
  const text = bytes.toString('utf8', bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  return isUtf8(bytes) ? { text } : { text, problem: 'is not UTF-8' };
}

/** Undefined for an encoding that this Node.js does not know. */
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

/** What Windows-1252, as which ISO-8859-1 is read on the web, has in the place of the controls U+0080 to U+009F. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Not by the decoder: that of Node.js 20 takes it for Latin-1. */
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

/** What `<meta charset>` says, or the older form with a whole content type; UTF-16 cannot be meant where it could be read. */
function metaCharset(bytes: Buffer): string | undefined {
  const charset = /<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([^\s"'/>;]+)/i.exec(
    bytes.toString('latin1', 0, prescannedBytes),
  )?.[1];
  return charset !== undefined && /^utf-?16/i.test(charset) ? 'utf-8' : charset;
}

function shown(charset: string): string {
  return JSON.stringify(oneLine(charset, 40));
}
