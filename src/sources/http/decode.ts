import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { systemCodeOf } from '../../errors.js';
import { ProbeFailure } from '../failure.js';

const decoders: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * The body without its content encoding. Probes ask for none, but some servers compress all the same. What unpacks to more
 * than the limit is given up at the limit, with the reason `size`; what cannot be unpacked fails with `body`.
 */
export async function decodeBody(body: Buffer, encoding: string | undefined, maxBodyBytes: number): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity' || body.length === 0) return body;
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (decode === undefined) throw new ProbeFailure('body', 'the answer has an unknown content encoding');
  try {
    return await decode(body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if (systemCodeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw new ProbeFailure('size', `the body unpacks to more than ${maxBodyBytes} bytes`);
    throw new ProbeFailure('body', `the ${name} body cannot be unpacked`, { cause: error });
  }
}
