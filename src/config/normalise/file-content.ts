import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { systemCodeOf } from '../../base/errors.js';
import { decodeFile } from '../../base/text.js';
import { maximumSecretFileBytes } from '../limits.js';
import type { Path } from '../problem.js';
import type { Context } from './context.js';

/**
 * The text of a file that the configuration names, without the line end that editors leave behind.
 *
 * Returns undefined, and reports why unless it may be missing, for a file that is missing, empty, unreadable or larger than
 * 1 MiB. The report names the file, never what is in it.
 */
export async function readNamedFile(file: string, path: Path, context: Context): Promise<string | undefined> {
  const absolute = resolve(context.directory, file);
  try {
    const chunks: Buffer[] = [];
    // One byte more than may be, and counted while reading, because a pipe or device has no size to ask for.
    for await (const chunk of createReadStream(absolute, { end: maximumSecretFileBytes }) as AsyncIterable<Buffer>)
      chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (bytes.length > maximumSecretFileBytes) {
      return unread(path, 'must be the name of a file of at most 1 MiB', context);
    }
    const text = decodeFile(bytes)?.replace(/\r?\n$/, '');
    if (text !== undefined && text !== '') return text;
    return unread(
      path,
      text === undefined ? 'must be the name of a file of UTF-8 text' : 'must be the name of a file that is not empty',
      context,
    );
  } catch (error) {
    return unread(path, expectation(systemCodeOf(error)), context);
  }
}

function unread(path: Path, message: string, context: Context): undefined {
  if (context.missing?.tolerates(path) !== true) context.report(path, message);
}

function expectation(code: string | undefined): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'must be the name of a file that exists';
  if (code === 'EISDIR') return 'names a folder, a file is needed';
  // A line end or NUL means that somebody put the content where the name belongs: say nothing that would quote it.
  if (code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE') return 'not the name of a file';
  return `must be the name of a file that can be read (${code ?? 'unknown error'})`;
}
