import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExporterError, messageOf, systemCodeOf } from '../errors.js';

/** Makes a folder of one's own for what need not last; returns its path. Throws `output_unwritable`, which says how to have another one. */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), prefix));
  } catch (error) {
    throw new ExporterError(
      'output_unwritable',
      `no temporary folder can be made in ${tmpdir()} (${systemCodeOf(error) ?? messageOf(error)}); TMPDIR can name another place`,
      { cause: error },
    );
  }
}
