import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import { isOwnTrouble, systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';
import { oneLine } from '../base/text.js';
import type { HeaderFields } from './http-headers.js';

type Decode = (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

// `promisify` is called late, because it loads `node:zlib`.
const decoders: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['gzip', (body, options) => promisify(gunzip)(body, options)],
  ['x-gzip', (body, options) => promisify(gunzip)(body, options)],
  // The standard says zlib format, but some servers send raw deflate.
  ['deflate', (body, options) => promisify(hasZlibHeader(body) ? inflate : inflateRaw)(body, options)],
  ['br', (body, options) => promisify(brotliDecompress)(body, options)],
  ['zstd', async (body, options) => (await import('./zstd.js')).decodeZstd(body, options)],
]);

/** Known codings that are out of use. */
const refused: ReadonlySet<string> = new Set(['compress', 'x-compress']);

/** A body with more codings is an attack. */
const maxCodings = 5;

/**
 * The body without its content codings. Probes do not ask for compression, but some servers compress anyway. Fails with
 * `size` when the result is larger than the limit, and with `body` when the data is invalid. An unknown coding leaves
 * the body as it is, because it is mostly a mistake (`gzip, UTF-8`): see `remarkOnCoding`.
 */
export async function decodeBody(body: Buffer, headers: HeaderFields, maxBodyBytes: number): Promise<Buffer> {
  const codings = codingsOf(headers);
  if (body.length === 0) return body;
  if (codings.length > maxCodings)
    throw new ProbeFailure(
      'body',
      `the body has ${codings.length} content codings (Content-Encoding), more than ${maxCodings}`,
    );
  let decoded = body;
  for (const coding of codings.reverse()) {
    if (refused.has(coding))
      throw new ProbeFailure(
        'body',
        `the ${coding} body cannot be unpacked: this coding (Content-Encoding) is obsolete`,
      );
    const decode = decoders.get(coding);
    if (decode !== undefined) decoded = await unpack(decoded, coding, decode, maxBodyBytes);
  }
  return decoded;
}

/** Addition to a message about an invalid body: the unknown coding that `decodeBody` ignored. Empty without one. */
export function remarkOnCoding(headers: HeaderFields): string {
  const unknown = codingsOf(headers).findLast((coding) => !decoders.has(coding));
  return unknown === undefined
    ? ''
    : `; it has the unknown content coding ${JSON.stringify(oneLine(unknown, 40))} (Content-Encoding)`;
}

/** In the order in which the server applied them. */
function codingsOf(headers: HeaderFields): string[] {
  const values = headers.filter(([name]) => name === 'content-encoding').flatMap(([, value]) => value.split(','));
  return values
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity' && coding !== 'none');
}

async function unpack(body: Buffer, coding: string, decode: Decode, maxBodyBytes: number): Promise<Buffer> {
  try {
    return await decode(body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if (systemCodeOf(error) === 'ERR_BUFFER_TOO_LARGE')
      throw new ProbeFailure('size', `the ${coding} body unpacks to more than ${maxBodyBytes} bytes`);
    if (isOwnTrouble(error)) throw error;
    throw new ProbeFailure('body', `the ${coding} body cannot be unpacked (Content-Encoding)`, { cause: error });
  }
}

/** RFC 1950: method 8, and both bytes together are a multiple of 31. */
function hasZlibHeader(body: Buffer): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
