import type { Clock } from '../base/clock.js';

/** One request to a file system. */
interface Question<T> {
  /** Identifies the file system. Only one request per key runs at a time. */
  readonly key: string;
  readonly remote: boolean;
  ask(): Promise<T>;
}

/** The result of a request. `crowded`: not sent, because hanging requests use the threads. */
type Outcome<T> =
  | { readonly state: 'answered'; readonly value: T }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'hanging' }
  | { readonly state: 'crowded' };

/**
 * Node.js has four threads for file systems and name resolution together, and a hanging call keeps its thread. So this
 * never uses one of them, and remote file systems never use a second one, because their server may make all of them
 * hang at once.
 */
const mostInFlight = 3;
const mostRemoteInFlight = 2;

/** Maximum time of a round. A healthy file system answers within a millisecond. */
const patienceSeconds = 2;

/**
 * Sends requests to file systems. One that never answers does not delay the others.
 *
 * The process must have only one: a hanging request keeps its thread even after a reload has replaced the caller.
 */
export class HangGuard {
  readonly #clock: Clock;
  /** Keys of all requests without an answer, from earlier rounds too, and whether each is remote. */
  readonly #inFlight = new Map<string, boolean>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Sends all requests, whose keys must differ. Resolves with the outcomes in the same order: after the last answer, at
   * the time limit, or when `signal` is aborted. A file system that hangs since an earlier round gets no new request.
   * Never rejects.
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
      signal.addEventListener('abort', end);
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
