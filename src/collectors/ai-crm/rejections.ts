/** What of an answer was of no use, and what to tell people about it: once for each kind, however often it occurs. */
export class Rejections {
  #count = 0;
  readonly #notices = new Set<string>();

  /** Takes note of values that were left out. The notice names the field and quotes nothing of the answer. */
  add(notice: string, count = 1): void {
    this.#count += count;
    this.#notices.add(notice);
  }

  /** How many values were left out. */
  get count(): number {
    return this.#count;
  }

  /** One line each, in the order in which they came up first. */
  get notices(): readonly string[] {
    return [...this.#notices];
  }
}
