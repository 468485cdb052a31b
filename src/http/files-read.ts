import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { systemCodeOf } from '../errors.js';

/** Reads files and keeps count of them: which they were, found or not, and what was in them all together. */
export class FilesRead {
  readonly #paths = new Set<string>();
  readonly #hash = createHash('sha256');

  /** The bytes of a file; throws what `readFile` throws. */
  async read(path: string): Promise<Buffer> {
    this.#paths.add(path);
    try {
      const bytes = await readFile(path);
      this.#hash.update(`${path}\0${bytes.length}\0`).update(bytes);
      return bytes;
    } catch (error) {
      this.#hash.update(`${path}\0${systemCodeOf(error)}\0`);
      throw error;
    }
  }

  /** Every file that was asked for. */
  get paths(): readonly string[] {
    return [...this.#paths];
  }

  /** The same for the same files with the same contents; may be asked for once, when everything is read. */
  digest(): string {
    return this.#hash.digest('base64');
  }
}
