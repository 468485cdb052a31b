import type { Log } from '../../log.js';

/** Something that is wrong, by what it is about, with the reason. */
export type Complaints = ReadonlyMap<string, string>;

/** How a kind of complaint is logged: the constant messages, and the field that names the thing. */
export interface NoticeWording {
  readonly field: string;
  readonly begins: string;
  readonly ends: string;
}

/** Logs what is wrong once when it begins or its reason changes, and once when it is over, however many runs lie between. */
export class Notices {
  readonly #log: Log;
  readonly #wording: NoticeWording;
  #current: Complaints = new Map();

  constructor(log: Log, wording: NoticeWording) {
    this.#log = log;
    this.#wording = wording;
  }

  /** Takes the complaints of this run; what was complained about before and is not now is over. */
  update(complaints: Complaints): void {
    const { field, begins, ends } = this.#wording;
    for (const [name, why] of complaints) {
      if (this.#current.get(name) !== why) this.#log.warn(begins, { [field]: name, why });
    }
    for (const name of this.#current.keys()) {
      if (!complaints.has(name)) this.#log.info(ends, { [field]: name });
    }
    this.#current = complaints;
  }
}
