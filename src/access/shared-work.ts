import { isDeadline } from '../base/deadline.js';

/**
 * Does one thing once for everybody who asks for it while it is being done. It ends early when nobody waits for it any
 * more, and only then.
 */
export class SharedWork<T> {
  #underWay: { readonly result: Promise<T>; readonly end: AbortController; waiting: number } | undefined;

  /** `late` makes the error for those whose time is up. */
  constructor(private readonly late: () => Error) {}

  /** Whether somebody has begun it and it is not done. */
  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /** Joins the work under way, or begins it. Rejects as `work` does, and when `signal` is aborted with its reason or `late`. */
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
      if (this.#underWay?.result === result) this.#underWay = undefined;
    });
    // Whoever waits gets the error; when nobody does, it is nobody's.
    result.catch(() => {});
    return { result, end, waiting: 0 };
  }
}
