import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import { isOwnTrouble, systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';
import { oneLine } from '../base/text.js';
import type { HeaderFields } from './http-headers.js';

type Decode = (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const [unzip, inflateZlib, inflateBare, unbrotli] = [
  promisify(gunzip),
  promisify(inflate),
  promisify(inflateRaw),
  promisify(brotliDecompress),
];

const decoders: Readonly<Record<string, Decode>> = {
  gzip: unzip,
  'x-gzip': unzip,
  // The standard means zlib's format, and some servers send the bare one.
  deflate: (body, options) => (hasZlibHeader(body) ? inflateZlib(body, options) : inflateBare(body, options)),
  br: unbrotli,
  zstd: async (body, options) => (await import('./zstd.js')).decodeZstd(body, options),
};

/** Codings that are known and that nobody sends any more. */
const refused: ReadonlySet<string> = new Set(['compress', 'x-compress']);

/** More codings, one upon the other, are no answer but a trick. */
const maxCodings = 5;

/**
 * The body without its content codings. Probes ask for none, but some servers compress all the same. What unpacks to more
 * than the limit is given up at the limit, with the reason `size`; what cannot be unpacked fails with `body`. A coding that nobody
 * knows leaves the body as it is, and is hardly ever one (`gzip, UTF-8`): see `remarkOnCoding`.
 */
export async function decodeBody(body: Buffer, headers: HeaderFields, maxBodyBytes: number): Promise<Buffer> {
  const codings = codingsOf(headers);
  if (codings.length === 0 || body.length === 0) return body;
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
        `the ${coding} body cannot be unpacked: this coding (Content-Encoding) is out of use`,
      );
    if (Object.hasOwn(decoders, coding)) decoded = await unpack(decoded, coding, maxBodyBytes);
  }
  return decoded;
}

/** What to add to a message about a body that could not be understood: the coding that `decodeBody` passed over, if there is one. */
export function remarkOnCoding(headers: HeaderFields): string {
  const unknown = codingsOf(headers).findLast((coding) => !Object.hasOwn(decoders, coding));
  return unknown === undefined
    ? ''
    : `; it has the unknown content coding ${JSON.stringify(oneLine(unknown, 40))} (Content-Encoding)`;
}

/** In the order in which they were applied. */
function codingsOf(headers: HeaderFields): string[] {
  const values = headers.filter(([name]) => name === 'content-encoding').flatMap(([, value]) => value.split(','));
  return values
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity' && coding !== 'none');
}

async function unpack(body: Buffer, coding: string, maxBodyBytes: number): Promise<Buffer> {
  try {
    return (await decoders[coding]?.(body, { maxOutputLength: maxBodyBytes })) ?? body;
  } catch (error) {
    if (systemCodeOf(error) === 'ERR_BUFFER_TOO_LARGE')
      throw new ProbeFailure('size', `the ${coding} body unpacks to more than ${maxBodyBytes} bytes`);
    if (isOwnTrouble(error)) throw error;
    throw new ProbeFailure('body', `the ${coding} body cannot be unpacked (Content-Encoding)`, { cause: error });
  }
}

/** RFC 1950: method 8, and both bytes together a multiple of 31. */
function hasZlibHeader(body: Buffer): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
