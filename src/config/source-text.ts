import { isUtf8 } from 'node:buffer';
import { access, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ExporterError, messageOf, systemCodeOf } from '../base/errors.js';
import { decodeFile } from '../base/text.js';
import { maximumFileBytes } from './limits.js';

/** The names that are looked for when no file is given, first match first. */
export const defaultFileNames: readonly string[] = ['monitoring.yml', 'monitoring.yaml', 'monitoring-config.json'];

/** The first of `defaultFileNames` that exists in the folder, joined with it; undefined when there is none. */
export async function findConfigFile(directory: string): Promise<string | undefined> {
  for (const name of defaultFileNames) {
    const path = join(directory, name);
    try {
      await access(path);
      return path;
    } catch (error) {
      // One that is there but out of reach must be named as the problem, not skipped in favour of the next.
      if (systemCodeOf(error) !== 'ENOENT') return path;
    }
  }
  return undefined;
}

/**
 * The text of a configuration file, without its byte order mark.
 *
 * Throws exposed `ExporterError`s that name the file as `shownAs`: `config_missing`; `config_unreadable` for a folder,
 * missing permission and the like; `config_invalid` for more than 4 MiB and for anything but UTF-8.
 */
export async function readSourceText(path: string, shownAs: string): Promise<string> {
  const bytes = await readBytes(path, shownAs);
  const text = isUtf8(bytes) ? decodeFile(bytes) : undefined;
  if (text === undefined) throw new ExporterError('config_invalid', `${shownAs}: not UTF-8 text`, { expose: true });
  return text;
}

async function readBytes(path: string, shownAs: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const chunks: Buffer[] = [];
      let readBytes = 0;
      for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
        readBytes += chunk.length;
        // Counted while reading, because a pipe or device has no size to ask for.
        if (readBytes > maximumFileBytes) {
          throw new ExporterError('config_invalid', `${shownAs}: larger than ${maximumFileBytes / 1024 / 1024} MiB`, {
            expose: true,
          });
        }
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof ExporterError) throw cause;
    throw unreadable(cause, shownAs);
  }
}

function unreadable(cause: unknown, shownAs: string): ExporterError {
  const code = systemCodeOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ExporterError('config_missing', `${shownAs}: no such file`, { cause, expose: true });
  }
  const why = { EISDIR: 'is a directory', EACCES: 'permission denied', EPERM: 'permission denied' }[code ?? ''];
  return new ExporterError(
    'config_unreadable',
    `${shownAs}: ${why ?? `cannot be read (${code ?? messageOf(cause)})`}`,
    {
      cause,
      expose: true,
    },
  );
}
