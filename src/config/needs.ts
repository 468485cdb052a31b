import type { Path } from './problem.js';
import { indivisible } from './salvage.js';

/** Whether a command uses what stands at a path of the configuration. */
export type Needs = (path: Path) => boolean;

/**
 * The secrets that cannot be had and that nobody asks for: a variable that is unset, a file that this user may not read. They are
 * no problem for a command that does not use the part they belong to, and neither is what follows from them in the same entry.
 */
export class MissingSecrets {
  readonly #needs: Needs;
  readonly #entries = new Set<string>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Takes note of a secret that is missing; false when the command needs it, which makes it a problem. */
  tolerates(path: Path): boolean {
    if (this.#needs(path)) return false;
    this.#entries.add(entryOf(path));
    return true;
  }

  /** Whether a problem at this path may be no more than a consequence of what is missing. */
  excuses(path: Path): boolean {
    return this.isIncomplete(path) && !this.#needs(path);
  }

  /** Whether something is missing in the entry that a path belongs to, so that nothing may be concluded from what it lacks. */
  isIncomplete(path: Path): boolean {
    return this.#entries.has(entryOf(path));
  }
}

/** `endpoints.backend`, or the whole section where its parts mean nothing on their own. */
function entryOf(path: Path): string {
  return JSON.stringify(path.slice(0, indivisible.has(String(path[0])) ? 1 : 2));
}
