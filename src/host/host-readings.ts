import type { Log } from '../base/log.js';

/** Interval and timeout of the host's collectors. */
export interface HostTiming {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly isLocal: true;
}

const binaryPrefixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** A size for people: `9.3 GiB`, `512 B`. Bytes have no decimals. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let prefix = 0;
  // 1023.95 would be shown as 1024.0.
  while (value >= 1023.95 && prefix < binaryPrefixes.length - 1) {
    value /= 1024;
    prefix += 1;
  }
  return `${prefix === 0 ? Math.round(value) : value.toFixed(1)} ${binaryPrefixes[prefix]}B`;
}

/** A ratio for people in whole percent, rounded up like in `df`: so "90 %" is never above a threshold of 90 %. */
export function percentText(ratio: number): string {
  const percent = ratio * 100;
  const nearest = Math.round(percent);
  return `${Math.abs(percent - nearest) < 1e-6 ? nearest : Math.ceil(percent)} %`;
}

/** Problems: name of the thing → reason. */
type Complaints = ReadonlyMap<string, string>;

/** How a problem is logged: the constant messages, and the field with the name of the thing. */
interface NoticeWording {
  readonly field: string;
  readonly begins: string;
  readonly ends: string;
}

/** Logs a problem once when it starts or its reason changes, and once when it ends, not in each run. */
export class Notices {
  readonly #log: Log;
  readonly #wording: NoticeWording;
  #current: Complaints = new Map();

  constructor(log: Log, wording: NoticeWording) {
    this.#log = log;
    this.#wording = wording;
  }

  /** Takes the problems of this run. Earlier ones that are missing have ended. */
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
