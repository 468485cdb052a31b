import { inspect } from 'node:util';
import { mask } from '../base/sensitive.js';

/**
 * A value that is never printed. As text, JSON or debug output it is the mask. Only `reveal()` returns the value, so a
 * search for this name finds every use.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value, for the code that sends it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}
