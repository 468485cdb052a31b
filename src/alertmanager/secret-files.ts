import { posix } from 'node:path';
import type { Secret } from '../config/secret.js';

/**
 * The secrets that a configuration refers to by file. Alertmanager takes most of these names relative to where it was started,
 * not to its configuration: so they are absolute, in the folder as Alertmanager sees it.
 */
export class SecretFiles {
  readonly #files = new Map<string, Secret>();

  /** `folder` is where Alertmanager finds its configuration: an absolute path. */
  constructor(readonly folder: string) {}

  /** Takes note of a secret and returns the path to refer to it by. The same name twice is a mistake in the program. */
  put(name: string, secret: Secret): string {
    const file = `secrets/${name}`;
    if (this.#files.has(file)) throw new Error(`secret file ${file} is there already`);
    this.#files.set(file, secret);
    return posix.join(this.folder, file);
  }

  /** Path within the folder → content. */
  entries(): ReadonlyMap<string, Secret> {
    return this.#files;
  }
}
