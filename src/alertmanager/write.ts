import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundled } from '../bundled.js';
import { systemCodeOf } from '../errors.js';
import type { Rendering } from './render.js';

/**
 * Writes a configuration of Alertmanager into a folder, with the templates that come with this program, and its secrets in
 * files that only their owner may read. The folder is made if the one above it exists. Returns the paths of the files, as they
 * were written. Throws what the file system throws, and `incomplete_installation` without templates.
 */
export async function writeRendering(
  { text, isSecret, secretFiles }: Rendering,
  folder: string,
): Promise<readonly string[]> {
  const written: string[] = [];
  const write = async (file: string, content: string | Buffer, mode: number) => {
    await replaceFile(join(folder, file), content, mode);
    written.push(join(folder, file));
  };
  const source = bundled('alertmanager/templates');
  await makeFolder(folder);
  await makeFolder(join(folder, 'templates'));
  if (source !== join(folder, 'templates')) {
    for (const name of await readdir(source))
      await write(join('templates', name), await readFile(join(source, name)), 0o644);
  }
  if (secretFiles.size > 0) {
    await makeFolder(join(folder, 'secrets'));
    await chmod(join(folder, 'secrets'), 0o700);
  }
  for (const [file, secret] of secretFiles) await write(file, secret.reveal(), 0o600);
  // Last, as an Alertmanager that reloads at this moment needs the others.
  await write('alertmanager.yml', text, isSecret ? 0o600 : 0o644);
  return written;
}

/** Only the last part of the path, so that a mistyped one is noticed. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  }
}

/** Whoever reads the file sees the old content or the new one, and a secret is never in a file that others may read. */
async function replaceFile(path: string, content: string | Buffer, mode: number): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, content, { mode, flag: 'wx' });
    await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
