import { isDeadline } from '../base/deadline.js';

/** Shares one running work among all callers. It is cancelled only when no caller waits any more. */
export class SharedWork<T> {
  #underWay: { readonly result: Promise<T>; readonly end: AbortController; waiting: number } | undefined;

  /** `late` creates the error at a caller's deadline. */
  constructor(private readonly late: () => Error) {}

  /** Whether the work is running. */
  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /**
   * Joins the running work, or starts it. Rejects with the error of `work`. When `signal` is aborted, rejects with its
   * reason or, at a deadline, with `late`.
   */
  async do(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (signal.aborted) throw this.#leaving(signal);
    const shared = (this.#underWay ??= this.#begin(work));
    shared.waiting += 1;
    let onAbort = () => {};
    const left = new Promise<never>((_resolve, reject) => {
      onAbort = () => reject(this.#leaving(signal));
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([shared.result, left]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      shared.waiting -= 1;
      if (shared.waiting === 0) {
        if (this.#underWay === shared) this.#underWay = undefined;
        shared.end.abort(signal.reason ?? new Error('nobody waits for it'));
      }
    }
  }

  #leaving(signal: AbortSignal): Error {
    return isDeadline(signal) ? this.late() : (signal.reason as Error);
  }

  #begin(work: (signal: AbortSignal) => Promise<T>) {
    const end = new AbortController();
    const result = work(end.signal).finally(() => {
      // Callers leave one after the other. Nobody may join work that has ended.
      if (this.#underWay?.result === result) this.#underWay = undefined;
    });
    return { result, end, waiting: 0 };
  }
}
