import type { Clock } from '../../clock.js';
import { ProbeFailure } from '../../sources/failure.js';

type Outcome<T> = { readonly value: T } | { readonly failure: ProbeFailure };

/** For how long an answer, or the failure to get one, serves everybody who asks. */
export interface Freshness {
  readonly answerSeconds: number;
  readonly failureSeconds: number;
}

/**
 * An answer that several collectors need: asked for once, by whoever comes first, and given to the others while it is
 * fresh, so that AI-CRM is not asked the same twice.
 */
export class SharedAnswer<T> {
  #outcome: (Outcome<T> & { readonly atSeconds: number }) | undefined;
  #underWay: Promise<void> | undefined;

  /** `ask` is called when there is nothing fresh; one call at a time. */
  constructor(
    private readonly ask: (signal: AbortSignal) => Promise<T>,
    private readonly clock: Clock,
    private readonly fresh: Freshness,
  ) {}

  /** The answer. Rejects with the `ProbeFailure` of `ask`, and with the reason of `signal` when that is aborted. */
  async get(signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      const outcome = this.#freshOutcome() ?? (this.#underWay === undefined ? await this.#askNow(signal) : undefined);
      if (outcome !== undefined) {
        if ('failure' in outcome) throw outcome.failure;
        return outcome.value;
      }
      // Whoever asks may be called off; then the next in line does it.
      if (this.#underWay !== undefined) await settled(this.#underWay, signal);
    }
  }

  async #askNow(signal: AbortSignal): Promise<Outcome<T>> {
    let done = (): void => {};
    this.#underWay = new Promise<void>((resolve) => (done = resolve));
    try {
      const outcome: Outcome<T> = await this.ask(signal).then((value) => ({ value }), asFailure);
      this.#outcome = { ...outcome, atSeconds: this.clock.monotonicSeconds() };
      return outcome;
    } finally {
      this.#underWay = undefined;
      done();
    }
  }

  #freshOutcome(): Outcome<T> | undefined {
    if (this.#outcome === undefined) return undefined;
    const { answerSeconds, failureSeconds } = this.fresh;
    const ageSeconds = this.clock.monotonicSeconds() - this.#outcome.atSeconds;
    return ageSeconds < ('failure' in this.#outcome ? failureSeconds : answerSeconds) ? this.#outcome : undefined;
  }
}

function asFailure(error: unknown): { readonly failure: ProbeFailure } {
  if (error instanceof ProbeFailure) return { failure: error };
  throw error;
}

/** Resolves when `promise` has, and rejects with the reason of `signal` if that comes first. */
async function settled(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  await Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', stop));
}
