import type { Clock } from '../base/clock.js';

/** One question to a file system. */
interface Question<T> {
  /** What stands for the file system; there is never more than one question in flight per key. */
  readonly key: string;
  readonly remote: boolean;
  ask(): Promise<T>;
}

/** What became of a question. `crowded`: not asked, because others that hang hold the threads. */
type Outcome<T> =
  | { readonly state: 'answered'; readonly value: T }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'hanging' }
  | { readonly state: 'crowded' };

/**
 * Node.js has four threads for file systems and name resolution together, and a call that hangs keeps its thread. So one
 * is never used here, and another one never for remote file systems, whose server may take them all down at once.
 */
const mostInFlight = 3;
const mostRemoteInFlight = 2;

/** How long a round waits; a healthy file system answers within a millisecond. */
const patienceSeconds = 2;

/**
 * Asks file systems without being held up by one that never answers.
 *
 * There must be one for the whole process: what hangs keeps its thread even when a reload has replaced who asked.
 */
export class HangGuard {
  readonly #clock: Clock;
  /** The keys of all questions without an answer, of earlier rounds too, and whether each is remote. */
  readonly #inFlight = new Map<string, boolean>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Asks all of them, whose keys must differ, and resolves with the outcomes in the same order: when the last has
   * answered, patience is over or `signal` is aborted. What still hangs from an earlier round is not asked again and not waited for. Never rejects.
   */
  async askAll<T>(questions: readonly Question<T>[], signal: AbortSignal): Promise<readonly Outcome<T>[]> {
    const outcomes = questions.map(
      ({ key }): Outcome<T> => ({ state: this.#inFlight.has(key) ? 'hanging' : 'crowded' }),
    );
    if (signal.aborted) return outcomes;
    let waiting = [...questions.keys()].filter((index) => outcomes[index]?.state === 'crowded');
    let awaited = 0;
    let isOver = false;
    let release = () => {};

    await new Promise<void>((resolve) => {
      const end = () => {
        isOver = true;
        resolve();
      };
      const askNext = () => {
        if (isOver) return;
        waiting = waiting.filter((index) => {
          const question = questions[index];
          if (question === undefined || !this.#hasRoomFor(question)) return true;
          awaited += 1;
          outcomes[index] = { state: 'hanging' };
          void this.#ask(question).then((outcome) => {
            awaited -= 1;
            if (!isOver) outcomes[index] = outcome;
            askNext();
          });
          return false;
        });
        if (awaited === 0) end();
      };
      const cancelTimer = this.#clock.setTimer(end, patienceSeconds);
      signal.addEventListener('abort', end, { once: true });
      release = () => {
        cancelTimer();
        signal.removeEventListener('abort', end);
      };
      askNext();
    });
    release();
    return outcomes;
  }

  #hasRoomFor({ remote }: Question<unknown>): boolean {
    if (this.#inFlight.size >= mostInFlight) return false;
    return !remote || [...this.#inFlight.values()].filter(Boolean).length < mostRemoteInFlight;
  }

  async #ask<T>({ key, remote, ask }: Question<T>): Promise<Outcome<T>> {
    this.#inFlight.set(key, remote);
    try {
      return { state: 'answered', value: await ask() };
    } catch (error) {
      return { state: 'failed', error };
    } finally {
      this.#inFlight.delete(key);
    }
  }
}
