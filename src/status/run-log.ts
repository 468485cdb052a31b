import type { ComponentReading, Reading } from '../collectors/reading.js';
import { levelWord } from '../level.js';
import type { Log } from '../log.js';
import type { RunResult } from '../schedule/run.js';

/** Writes a line when something changes – a level, a reason, whether a collector can measure – and none while it lasts. */
export class RunLog {
  readonly #states = new Map<string, string>();

  constructor(private readonly log: Log) {}

  /** Looks at a result and logs what is new in it. */
  accept(result: RunResult): void {
    const { collector } = result;
    const before = this.#replace(`collector ${collector}`, result.success ? 'works' : result.error);
    if (!result.success) {
      if (before !== result.error) this.log.warn('collector failed', { collector, error: result.error });
      return;
    }
    if (before !== undefined && before !== 'works') this.log.info('collector works again', { collector });
    for (const reading of result.collected.readings ?? []) this.#acceptReading(reading);
  }

  #acceptReading(reading: Reading): void {
    const isComponent = reading.subject === 'component';
    const state = isComponent ? `${reading.level} ${reading.reason ?? ''}` : reading.level;
    const before = this.#replace(`${reading.subject} ${reading.name}`, state);
    // That something works from the start is no news.
    if (before === state || (before === undefined && reading.level === 'healthy')) return;
    const fields = isComponent ? componentFields(reading) : { resource: reading.name, detail: reading.message };
    this.log[reading.level === 'healthy' ? 'info' : 'warn'](`${reading.subject} is ${levelWord(reading.level)}`, fields);
  }

  #replace(key: string, state: string): string | undefined {
    const before = this.#states.get(key);
    this.#states.set(key, state);
    return before;
  }
}

function componentFields(reading: ComponentReading) {
  const { name, target, message, reason, responseSeconds } = reading;
  return { component: name, target, detail: message, reason: reason ?? undefined, response_seconds: Number(responseSeconds.toFixed(4)) };
}
