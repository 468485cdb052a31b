import { isUtf8 } from 'node:buffer';
import { oneLine } from './text.js';

/** What bytes say, and in what encoding. */
export interface DecodedText {
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
