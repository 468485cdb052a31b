/** Things with a due time, the earliest first: a binary heap, since a thousand components are sixty-six starts a second. */
export class DueQueue<T> {
  readonly #heap: { readonly dueSeconds: number; readonly item: T }[] = [];

  /** When the earliest is due, or undefined if there is nothing. */
  get nextDueSeconds(): number | undefined {
    return this.#heap[0]?.dueSeconds;
  }

  add(item: T, dueSeconds: number): void {
    const entry = { dueSeconds, item };
    this.#rise(entry, this.#heap.push(entry) - 1);
  }

  /** Makes an item due at this time, if it is there and due later. */
  bringForward(item: T, dueSeconds: number): void {
    const at = this.#heap.findIndex((entry) => entry.item === item);
    const found = this.#heap[at];
    if (found !== undefined && found.dueSeconds > dueSeconds) this.#rise({ item, dueSeconds }, at);
  }

  /** Takes out the earliest if it is due by `nowSeconds`. */
  takeDue(nowSeconds: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueSeconds > nowSeconds) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first.item;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #rise(entry: { readonly dueSeconds: number; readonly item: T }, from: number): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.dueSeconds <= entry.dueSeconds) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #sink(entry: { readonly dueSeconds: number; readonly item: T }): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const smaller = right !== undefined && left !== undefined && right.dueSeconds < left.dueSeconds ? right : left;
      if (smaller === undefined || smaller.dueSeconds >= entry.dueSeconds) break;
      heap[at] = smaller;
      at = smaller === left ? 2 * at + 1 : 2 * at + 2;
    }
    heap[at] = entry;
  }
}
