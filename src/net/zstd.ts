import { Decompress } from 'fzstd';
import { createBoundedCall } from '../base/bounded-call.js';

/** The maximum window that an HTTP encoder may use (RFC 9659). */
const maxWindowBytes = 8 * 1024 * 1024;
/** Ten megabytes take a tenth of it. A malicious body would take minutes. */
const patienceMilliseconds = 1000;

const zstandardMagic = 0xfd2fb528;
/** Without its last four bits, which may have any value. */
const skippableMagic = 0x184d2a5;

/**
 * Unpacks Zstandard, which Node.js supports only from 22.15. Rejects with `ERR_BUFFER_TOO_LARGE` like zlib. This module
 * loads the library, so import it late.
 */
export async function decodeZstd(
  body: Buffer,
  { maxOutputLength }: { readonly maxOutputLength: number },
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const stream = new Decompress((part) => {
    bytes += part.length;
    if (bytes > maxOutputLength) throw Object.assign(new RangeError('too large'), { code: 'ERR_BUFFER_TOO_LARGE' });
    parts.push(part);
  });
  checkWindows(body);
  createBoundedCall()(() => stream.push(body, true), patienceMilliseconds);
  return Buffer.concat(parts);
}

/** Throws when a frame needs too large a window, before memory is allocated for it, and when the data has no frames. */
function checkWindows(body: Buffer): void {
  for (let at = 0; at < body.length; ) {
    const magic = body.readUInt32LE(at);
    const isSkippable = magic >>> 4 === skippableMagic;
    if (!isSkippable && magic !== zstandardMagic) throw new RangeError('no frame');
    at = isSkippable ? at + 8 + body.readUInt32LE(at + 4) : endOfFrame(body, at + 4);
  }
}

/** RFC 8878, 3.1.1. */
function endOfFrame(body: Buffer, start: number): number {
  const descriptor = body.readUInt8(start);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentAt = start + (isSingleSegment ? 1 : 2) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  const contentBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const windowBytes = isSingleSegment
    ? contentSize(body, contentAt, contentBytes)
    : windowSize(body.readUInt8(start + 1));
  if (windowBytes > maxWindowBytes) throw new RangeError('the window is too large');
  let at = contentAt + contentBytes;
  for (let isLast = false; !isLast; ) {
    const block = body.readUIntLE(at, 3);
    isLast = (block & 1) === 1;
    const isRepeatedByte = ((block >> 1) & 3) === 1;
    at += 3 + (isRepeatedByte ? 1 : block >> 3);
  }
  return at + ((descriptor & 4) === 0 ? 0 : 4);
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(body: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(body.readBigUInt64LE(at));
  return body.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}
