import { createHash } from 'node:crypto';

/** A task in the ledger. */
export interface LedgerEntry {
  readonly id: string;
  readonly isDone: boolean;
  /** It is on another board. */
  readonly isForeign: boolean;
}

type Known = 'foreign' | 'open' | 'done';

/**
 * Maximum number of remembered tasks, the last seen ones; a poll shows at most 1000. A task that reappears after so
 * many others counts as new. About 50 bytes each.
 */
const maxRemembered = 20_000;

/**
 * Counts created and completed tasks from what is seen of them, because AI-CRM has neither counters nor times.
 *
 * An id that was not seen before counts as created. A task that is in Done for the first time counts as completed; a
 * new one may be both. The first look counts nothing. A look that is cut off counts nothing, nor does the one after it:
 * tasks that appear then may be old, and unseen ones may have changed at any time. Tasks that come from another board
 * count as neither.
 */
export class TaskLedger {
  #createdTotal = 0;
  #completedTotal = 0;
  /** By the hash of the id, in the order in which they were last seen. */
  readonly #seen = new Map<number, Known>();
  #hasLooked = false;
  #isCut = false;

  /** Takes the tasks of board and archive at one moment. */
  take(entries: Iterable<LedgerEntry>, isCut: boolean): void {
    const counts = this.#hasLooked && !isCut && !this.#isCut;
    this.#isCut = isCut;
    for (const entry of entries) {
      const key = hashOf(entry.id);
      const before = this.#seen.get(key);
      if (counts && !entry.isForeign && before !== 'foreign') {
        if (before === undefined) this.#createdTotal += 1;
        if (entry.isDone && before !== 'done') this.#completedTotal += 1;
      }
      // Deleted first, so that it moves to the end.
      this.#seen.delete(key);
      this.#seen.set(key, knownAfter(entry, before));
    }
    this.#hasLooked = true;
    for (const key of this.#seen.keys()) {
      if (this.#seen.size <= maxRemembered) break;
      this.#seen.delete(key);
    }
  }

  /** The counts so far; undefined before the first look, and while the list is cut off. */
  totals(): { readonly created: number; readonly completed: number } | undefined {
    return this.#hasLooked && !this.#isCut
      ? { created: this.#createdTotal, completed: this.#completedTotal }
      : undefined;
  }

  /** Number of remembered tasks. */
  get size(): number {
    return this.#seen.size;
  }
}

/** A done task stays done. A task that moves to another board may come back. */
function knownAfter({ isDone, isForeign }: LedgerEntry, before: Known | undefined): Known {
  if (isForeign) return before ?? 'foreign';
  return isDone || before === 'done' ? 'done' : 'open';
}

/** 48 bits of an id: among twenty thousand, the chance of two equal ones is one in a million. */
function hashOf(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 6);
}
