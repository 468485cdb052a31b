/** Lets so many things happen at once and keeps the rest waiting, first come first served. */
export class Limiter {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  /** How many wait for a place now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Starts `task` as soon as there is a place, which is at once if there is one now. `task` calls back when it has ended. */
  start(task: (ended: () => void) => void): void {
    if (this.#running >= this.limit) {
      this.#waiting.push(() => this.#run(task));
      return;
    }
    this.#run(task);
  }

  /** Forgets everything that has not been started. */
  clear(): void {
    this.#waiting.length = 0;
  }

  #run(task: (ended: () => void) => void): void {
    this.#running += 1;
    let hasEnded = false;
    task(() => {
      if (hasEnded) return;
      hasEnded = true;
      this.#running -= 1;
      this.#waiting.shift()?.();
    });
  }
}
