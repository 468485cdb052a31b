import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.js';
import type { Comparison } from './password-worker.js';

/** After this time without work the thread ends, and its memory is freed. */
const idleSeconds = 30;

/** A comparison needs four KiB. The rest is what any thread of Node.js takes. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/**
 * Compares passwords with bcrypt hashes in its own thread, which exists only while needed. A comparison takes a tenth
 * of a second of CPU by design, and would block the rest of the program.
 */
export class PasswordThread {
  #worker: Worker | undefined;
  #cancelEnd = () => {};

  constructor(private readonly clock: Clock) {}

  /** Must not be called again before it has settled. Rejects when no thread can start. */
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

  /** Whether the thread is running. */
  get isThere(): boolean {
    return this.#worker !== undefined;
  }

  #start(): Worker {
    const worker = new Worker(new URL('./password-worker.js', import.meta.url), { resourceLimits, execArgv: [] });
    // A failure without a waiting caller would end the process.
    worker.on('error', () => {});
    return worker;
  }

  #end(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}
