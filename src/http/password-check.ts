import { createHmac, randomBytes } from 'node:crypto';
import type { Secret } from '../config/secret.js';

/** How many verdicts are remembered; the one that was not asked for the longest goes first. */
const maxRemembered = 100;

/** How many comparisons may wait for their turn. */
const maxWaiting = 16;

/** What came of a password: `busy` when too many others are being compared already. */
export type Verdict = 'right' | 'wrong' | 'busy';

/**
 * Compares passwords with their bcrypt hashes.
 *
 * A comparison takes a tenth of a second of CPU by design, so verdicts are remembered, under a keyed hash of the
 * credentials that says nothing outside this process, and comparisons run one after the other. An unknown user costs
 * a comparison too: how long the answer takes does not tell which users there are.
 */
export class PasswordCheck {
  readonly #key = randomBytes(32);
  readonly #remembered = new Map<string, Promise<boolean>>();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Whether these are the credentials of one of `users`, name → bcrypt hash, of which there must be at least one. */
  async check(users: ReadonlyMap<string, Secret>, given: { readonly name: string; readonly password: string }): Promise<Verdict> {
    const known = users.get(given.name)?.reveal();
    const hash = known ?? [...users.values()][0]?.reveal() ?? '';
    const id = createHmac('sha256', this.#key).update(JSON.stringify([given.name, known, given.password])).digest('base64');
    let outcome = this.#remembered.get(id);
    if (outcome === undefined) {
      if (this.#waiting >= maxWaiting) return 'busy';
      outcome = this.#compare(given.password, hash).then((equal) => equal && known !== undefined);
      // A failure to compare is no verdict and must not be remembered as one.
      outcome.catch(() => this.#remembered.delete(id));
    }
    this.#remember(id, outcome);
    return (await outcome) ? 'right' : 'wrong';
  }

  #compare(password: string, hash: string): Promise<boolean> {
    this.#waiting += 1;
    const turn = this.#last.then(async () => {
      const { compare } = await import('bcryptjs');
      return compare(password, hash);
    });
    this.#last = turn.catch(() => {}).then(() => (this.#waiting -= 1));
    return turn;
  }

  #remember(id: string, outcome: Promise<boolean>): void {
    this.#remembered.delete(id);
    this.#remembered.set(id, outcome);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > maxRemembered && oldest !== undefined) this.#remembered.delete(oldest);
  }
}
