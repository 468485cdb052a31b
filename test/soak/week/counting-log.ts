import type { Log, LogFields } from '../../../src/base/log.js';
import { alarming } from '../alarms.js';

/** A log that keeps only alarming lines. */
export class CountingLog implements Log {
  readonly alarms: string[] = [];
  count = 0;

  readonly debug = (message: string, fields?: LogFields) => this.#take(message, fields);
  readonly info = this.debug;
  readonly warn = this.debug;
  readonly error = this.debug;

  #take(message: string, fields: LogFields = {}): void {
    this.count += 1;
    const line = `${message} ${JSON.stringify(fields)}`;
    if (alarming.test(line)) this.alarms.push(line);
  }
}
