import { createHash } from 'node:crypto';

/** A task as the ledger sees it. */
export interface LedgerEntry {
  readonly id: string;
  readonly isDone: boolean;
  readonly isArchived: boolean;
}

/** Which of the two lists AI-CRM has cut off. */
export interface CutLists {
  readonly board: boolean;
  readonly archive: boolean;
}

/**
 * Of this many tasks is remembered that they were seen, those seen last; a poll shows 2000 at most. A task that comes into
 * sight again after so many others counts as a new one. Some 50 bytes each.
 */
const maxRemembered = 20_000;

/**
 * Counts tasks that are created and completed, from what is seen of them: AI-CRM has neither counters nor times.
 *
 * Created is an id that was not seen before, completed one that stands in Done for the first time, which a new one may do
 * at once. The first look counts nothing. Where a list is cut off, what was not seen before may be old all the same, and is
 * only remembered: both are lower bounds then. A task that is archived without having been seen in Done is not completed: nothing says whether it was.
 */
export class TaskLedger {
  #createdTotal = 0;
  #completedTotal = 0;
  /** Hash of the id to whether the task was ever done; in the order in which they were seen last. */
  readonly #seen = new Map<number, boolean>();
  #hasLooked = false;
  #wasCut: CutLists = { board: false, archive: false };

  /** Takes over what one look at both lists has shown. */
  take(entries: Iterable<LedgerEntry>, isCut: CutLists): void {
    // Tasks come into sight as others leave a list that was cut off, so the look after it knows no better.
    const hides = { board: isCut.board || this.#wasCut.board, archive: isCut.archive || this.#wasCut.archive };
    this.#wasCut = isCut;
    for (const { id, isDone, isArchived } of entries) {
      const mayBeOld = hides.board || (isArchived && hides.archive);
      const key = hashOf(id);
      const wasDone = this.#seen.get(key);
      const isNew = wasDone === undefined;
      const counts = this.#hasLooked && !(isNew && mayBeOld);
      if (counts && isNew) this.#createdTotal += 1;
      if (counts && isDone && wasDone !== true) this.#completedTotal += 1;
      // Deleted first, so that it moves to the end.
      this.#seen.delete(key);
      this.#seen.set(key, isDone || wasDone === true);
    }
    this.#hasLooked = true;
    for (const key of this.#seen.keys()) {
      if (this.#seen.size <= maxRemembered) break;
      this.#seen.delete(key);
    }
  }

  /** What was counted so far; undefined before the first look. */
  totals(): { readonly created: number; readonly completed: number } | undefined {
    return this.#hasLooked ? { created: this.#createdTotal, completed: this.#completedTotal } : undefined;
  }

  /** How many tasks are remembered. */
  get size(): number {
    return this.#seen.size;
  }
}

/** 48 bits of an id: among twenty thousand, two alike are one chance in a million. */
function hashOf(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 6);
}
