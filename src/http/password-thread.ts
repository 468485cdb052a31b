import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.js';
import type { Comparison } from './password-worker.js';

/** Without work for so long the thread is ended, and gives back what it holds of memory. */
const idleSeconds = 30;

/** A comparison needs four KiB; the rest is what any thread of Node.js takes. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/**
 * Compares passwords with bcrypt hashes in a thread of their own, which is there while there is work: a comparison takes a tenth
 * of a second of processor time by design, in which nothing else of this program would run.
 */
export class PasswordThread {
  #worker: Worker | undefined;
  #cancelEnd = () => {};

  constructor(private readonly clock: Clock) {}

  /** Not to be called again before it has settled. Rejects when no thread can be had. */
  async compare(password: string, hash: string): Promise<boolean> {
    this.#cancelEnd();
    this.#worker ??= this.#start();
    const worker = this.#worker;
    worker.ref();
    const ended = new AbortController();
    try {
      const { signal } = ended;
      const [isEqual] = await new Promise<readonly unknown[]>((resolve, reject) => {
        once(worker, 'message', { signal }).then(resolve, reject);
        once(worker, 'exit', { signal }).then(
          ([code]) => reject(new Error(`the thread that compares passwords ended with ${code}`)),
          reject,
        );
        worker.postMessage({ password, hash } satisfies Comparison);
      });
      return isEqual === true;
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      ended.abort();
      worker.unref();
      this.#cancelEnd = this.clock.setTimer(() => this.#end(), idleSeconds);
    }
  }

  /** Whether the thread is there now. */
  get isThere(): boolean {
    return this.#worker !== undefined;
  }

  #start(): Worker {
    const worker = new Worker(new URL('./password-worker.js', import.meta.url), { resourceLimits, execArgv: [] });
    // It may fail when nobody waits for it, which would end the process.
    worker.on('error', () => {});
    return worker;
  }

  #end(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}
