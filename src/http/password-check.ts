import { createHmac, randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.js';
import type { Secret } from '../config/secret.js';
import { PasswordThread } from './password-thread.js';

type Task = () => Promise<unknown>;

/**
 * Runs tasks one after the other; clients take turns. So a client waits for at most one task of each other client, even
 * if they sent many.
 */
export class Turns {
  /** Client → its tasks; the client with the next turn comes first. */
  readonly #waiting = new Map<string, Task[]>();
  #isBusy = false;

  /** `limit`: maximum number of waiting tasks per client. */
  constructor(private readonly limit: number) {}

  /** Runs `work` when its turn comes; undefined when too many tasks of this client are waiting. */
  take<T>(client: string, work: () => Promise<T>): Promise<T> | undefined {
    const tasks = this.#waiting.get(client) ?? [];
    if (tasks.length >= this.limit) return undefined;
    const done = new Promise<T>((resolve, reject) => tasks.push(() => work().then(resolve, reject)));
    this.#waiting.set(client, tasks);
    if (!this.#isBusy) void this.#doAll();
    return done;
  }

  async #doAll(): Promise<void> {
    this.#isBusy = true;
    for (let task = this.#next(); task !== undefined; task = this.#next()) await task();
    this.#isBusy = false;
  }

  #next(): Task | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [client, tasks] = first;
    const task = tasks.shift();
    this.#waiting.delete(client);
    if (tasks.length > 0) this.#waiting.set(client, tasks);
    return task;
  }
}

/** Maximum number of remembered verdicts of each kind. The one unused for longest is dropped first. */
const maxRemembered = 100;

/** Maximum number of waiting comparisons per client. */
const maxWaiting = 64;

/** The verdict on a password; `busy` when too many comparisons of this client are waiting. */
export type PasswordVerdict = 'right' | 'wrong' | 'busy';

/** The credentials of a request, and the client's address. */
interface GivenCredentials {
  readonly name: string;
  readonly password: string;
  readonly client: string;
}

/**
 * Compares passwords with their bcrypt hashes.
 *
 * A comparison takes a tenth of a second of CPU by design. So comparisons run one after the other in their own thread,
 * with clients taking turns. Verdicts are remembered under a keyed hash of the credentials, which is useless outside
 * this process. Wrong ones do not displace right ones. An unknown user costs a comparison too, so the response time
 * does not reveal which users exist.
 */
export class PasswordCheck {
  readonly #key = randomBytes(32);
  readonly #remembered = { right: new Set<string>(), wrong: new Set<string>() };
  readonly #underWay = new Map<string, Promise<boolean>>();
  readonly #turns = new Turns(maxWaiting);
  readonly #thread: PasswordThread;

  constructor(clock: Clock = systemClock) {
    this.#thread = new PasswordThread(clock);
  }

  /** Whether these are the credentials of one of `users` (name → bcrypt hash, at least one). */
  async check(
    users: ReadonlyMap<string, Secret>,
    { name, password, client }: GivenCredentials,
  ): Promise<PasswordVerdict> {
    const known = users.get(name)?.reveal();
    const hash = known ?? [...users.values()][0]?.reveal() ?? '';
    const id = createHmac('sha256', this.#key)
      .update(JSON.stringify([name, known, password]))
      .digest('base64');
    for (const verdict of ['right', 'wrong'] as const)
      if (this.#remembered[verdict].has(id)) return this.#remember(verdict, id);
    let comparison = this.#underWay.get(id);
    if (comparison === undefined) {
      comparison = this.#turns.take(client, () => this.#thread.compare(password, hash));
      if (comparison === undefined) return 'busy';
      this.#underWay.set(id, comparison);
    }
    try {
      return this.#remember((await comparison) && known !== undefined ? 'right' : 'wrong', id);
    } finally {
      this.#underWay.delete(id);
    }
  }

  /** Whether the thread is running. */
  get isThreadThere(): boolean {
    return this.#thread.isThere;
  }

  #remember(verdict: 'right' | 'wrong', id: string): PasswordVerdict {
    const ids = this.#remembered[verdict];
    ids.delete(id);
    ids.add(id);
    const [oldest] = ids;
    if (ids.size > maxRemembered && oldest !== undefined) ids.delete(oldest);
    return verdict;
  }
}
