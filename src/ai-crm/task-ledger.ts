import { createHash } from 'node:crypto';

/** A task as the ledger sees it. */
export interface LedgerEntry {
  readonly id: string;
  readonly isDone: boolean;
  /** It stands on another board. */
  readonly isForeign: boolean;
}

type Known = 'foreign' | 'open' | 'done';

/**
 * Of this many tasks is remembered that they were seen, those seen last; a poll shows 1000 at most. A task that comes into
 * sight again after so many others counts as a new one. Some 50 bytes each.
 */
const maxRemembered = 20_000;

/**
 * Counts tasks that are created and completed, from what is seen of them: AI-CRM has neither counters nor times.
 *
 * Created is an id that was not seen before, completed one that stands in Done for the first time, which a new one may do
 * at once. The first look counts nothing. Neither does a look that is cut off, nor the one after it: what comes into sight
 * there may be old, and what was out of sight may have changed at any time. What comes over from another board is neither
 * created nor completed.
 */
export class TaskLedger {
  #createdTotal = 0;
  #completedTotal = 0;
  /** By the hash of the id, in the order in which they were seen last. */
  readonly #seen = new Map<number, Known>();
  #hasLooked = false;
  #isCut = false;

  /** Takes over what one look at board and archive has shown. */
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

  /** What was counted so far; undefined before the first look, and while nobody can count. */
  totals(): { readonly created: number; readonly completed: number } | undefined {
    return this.#hasLooked && !this.#isCut
      ? { created: this.#createdTotal, completed: this.#completedTotal }
      : undefined;
  }

  /** How many tasks are remembered. */
  get size(): number {
    return this.#seen.size;
  }
}

/** Once done is done, and a task that goes to another board may come back. */
function knownAfter({ isDone, isForeign }: LedgerEntry, before: Known | undefined): Known {
  if (isForeign) return before ?? 'foreign';
  return isDone || before === 'done' ? 'done' : 'open';
}

/** 48 bits of an id: among twenty thousand, two alike are one chance in a million. */
function hashOf(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 6);
}
