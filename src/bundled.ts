import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ExporterError } from './errors.js';

/**
 * Path of a file or folder that comes with this program, such as `prometheus/rules`: it stands beside the compiled program,
 * wherever that is and whatever folder it was started in. Throws `incomplete_installation` when it is not there.
 */
export function bundled(path: string): string {
  const found = findBundled(path);
  if (found === undefined)
    throw new ExporterError(
      'incomplete_installation',
      `${path}, which comes with this program, is not there: install it anew`,
    );
  return found;
}

/** The same for what a program can do without; undefined when it is not there. */
export function findBundled(path: string): string | undefined {
  return above(path, new URL('.', import.meta.url));
}

function above(path: string, folder: URL): string | undefined {
  const found = new URL(path, folder);
  if (existsSync(found)) return fileURLToPath(found);
  const parent = new URL('..', folder);
  return parent.href === folder.href ? undefined : above(path, parent);
}
