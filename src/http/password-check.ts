import { createHmac, randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.js';
import type { Secret } from '../config/secret.js';
import { PasswordThread } from './password-thread.js';

type Task = () => Promise<unknown>;

/**
 * Does tasks one after the other, one of each client in turn: whoever has one waits for no more than one of every other client,
 * however many those have sent.
 */
export class Turns {
  /** Client → its tasks; the client whose turn is next comes first. */
  readonly #waiting = new Map<string, Task[]>();
  #isBusy = false;

  /** `limit`: so many tasks of one client may wait. */
  constructor(private readonly limit: number) {}

  /** Does `work` when its turn comes; undefined when too many of this client wait already. */
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

/** How many verdicts of each kind are remembered; the one that was not asked for the longest goes first. */
const maxRemembered = 100;

/** How many comparisons of one client may wait for their turn. */
const maxWaiting = 64;

/** What came of a password: `busy` when too many of the same client are being compared already. */
export type PasswordVerdict = 'right' | 'wrong' | 'busy';

/** The credentials that a client gave, and its address. */
interface GivenCredentials {
  readonly name: string;
  readonly password: string;
  readonly client: string;
}

/**
 * Compares passwords with their bcrypt hashes.
 *
 * A comparison takes a tenth of a second of CPU by design, so they run one after the other in a thread of their own, with
 * clients taking turns, and verdicts are remembered, under a keyed hash of the credentials that says nothing outside this
 * process; wrong ones do not push right ones out. An unknown user costs a comparison too: how long the answer takes does not
 * tell which users there are.
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

  /** Whether these are the credentials of one of `users`, name → bcrypt hash, of which there must be at least one. */
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

  /** Whether a thread compares, or has done so lately. */
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
