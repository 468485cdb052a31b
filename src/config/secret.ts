import { inspect } from 'node:util';
import { mask } from '../base/sensitive.js';

/**
 * A value that must never be printed. Turning it into text, JSON or a debug dump gives the mask;
 * only `reveal()` gives the value, so that every use can be found by its name.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself, for the one place that sends it. */
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
