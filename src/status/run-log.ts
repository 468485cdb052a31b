import { levelWord } from '../base/level.js';
import type { Log, LogFields } from '../base/log.js';
import type { Reading, SourceReading } from '../collector.js';
import type { RunResult } from '../schedule/run.js';

/** Logs a line when something changes – a level, a reason, whether a collector works – and none while it stays the same. */
export class RunLog {
  /** By collector: the last logged state of it and of each of its readings. */
  readonly #states = new Map<string, Map<string, string>>();
  /** Collectors whose source is down for a shared reason, with its message. */
  readonly #shared = new Map<string, string>();

  constructor(private readonly log: Log) {}

  /** Logs what is new in a result. */
  accept(result: RunResult): void {
    const { collector } = result;
    const before = this.#replace(collector, 'itself', result.success ? 'works' : result.error);
    if (!result.success) {
      if (before !== result.error) this.log.warn('collector failed', { collector, error: result.error });
      return;
    }
    if (before !== undefined && before !== 'works') this.log.info('collector works again', { collector });
    for (const reading of result.collected.readings ?? []) this.#acceptReading(reading, collector);
  }

  /** Drops collectors that are no longer configured. */
  retain(collectors: ReadonlySet<string>): void {
    for (const known of [this.#states, this.#shared])
      for (const collector of known.keys()) if (!collectors.has(collector)) known.delete(collector);
  }

  #acceptReading(reading: Reading, collector: string): void {
    const { subject, name } = reading;
    // The source of a measure without a value reports why.
    if (subject === 'measure' && reading.level === 'unknown') return;
    if (subject === 'source') {
      if (reading.isShared === true) return this.#acceptShared(reading, collector);
      this.#leaveShared(reading, collector);
    }
    const isWell = subject === 'source' ? reading.up : reading.level === 'healthy';
    const state = stateOf(reading);
    const before = this.#replace(collector, `${subject} ${name}`, state);
    // If something works from the start, no line is logged, unless a source leaves out something or everything.
    const isComplete = subject !== 'source' || (reading.notices.length === 0 && reading.isOff !== true);
    if (before === state || (before === undefined && isWell && isComplete)) return;
    const word = subject === 'source' ? sourceWord(reading) : levelWord(reading.level);
    this.log[isWell ? 'info' : 'warn'](`${subject} is ${word}`, fieldsOf(reading));
  }

  /** One line for all sources with the same shared reason. None for a source that is already down for its own reason. */
  #acceptShared({ name, message, reason, reportedBy }: SourceReading, collector: string): void {
    if (reportedBy !== undefined) this.#shared.delete(collector);
    if (reportedBy !== undefined || isDown(this.#states.get(collector)?.get(`source ${name}`))) return;
    const text = withoutCounts(message);
    const isKnown = [...this.#shared.values()].includes(text);
    this.#shared.set(collector, text);
    if (!isKnown) this.log.warn('data sources are down', { detail: message, reason: reason ?? undefined });
  }

  #leaveShared({ up, message }: SourceReading, collector: string): void {
    const text = this.#shared.get(collector);
    if (text === undefined) return;
    this.#shared.delete(collector);
    if (up && ![...this.#shared.values()].includes(text)) this.log.info('data sources are back', { detail: message });
  }

  #replace(collector: string, what: string, state: string): string | undefined {
    const states = this.#states.get(collector) ?? new Map<string, string>();
    this.#states.set(collector, states);
    const before = states.get(what);
    states.set(what, state);
    return before;
  }
}

/** A change of this text is logged. */
function stateOf(reading: Reading): string {
  switch (reading.subject) {
    case 'component':
      return `${reading.level} ${reading.reason ?? ''}`;
    case 'transaction':
      return `${reading.level} ${reading.reason ?? ''} ${reading.failedStep ?? ''}`;
    case 'source':
      // One reason has several causes: a wrong password and missing rights are both `auth`.
      return [
        reading.reason ?? sourceWord(reading),
        sourceWord(reading) === 'up' ? '' : withoutCounts(reading.message),
        ...reading.notices.map(withoutCounts),
      ].join('\n');
    default:
      return reading.level;
  }
}

/** Whether the last state of a source, if any, is a failure. */
function isDown(state: string | undefined): boolean {
  return state !== undefined && !['up', 'off'].includes(state.split('\n', 1)[0] ?? '');
}

function sourceWord({ up, isOff }: SourceReading): 'up' | 'down' | 'off' {
  if (isOff === true) return 'off';
  return up ? 'up' : 'down';
}

/** A text without numbers, with singular and plural alike: one row more, or a second longer, is not logged. */
function withoutCounts(text: string): string {
  return text.replace(/\d[\d.,]*/g, '#').replace(/(# \p{L}+?)s?(?!\p{L})/gu, '$1');
}

function fieldsOf(reading: Reading): LogFields {
  switch (reading.subject) {
    case 'component': {
      const { name, target, message, reason, responseSeconds } = reading;
      return {
        component: name,
        target,
        detail: message,
        reason: reason ?? undefined,
        response_seconds: Number(responseSeconds.toFixed(4)),
      };
    }
    case 'host':
      return { resource: reading.name, detail: reading.message };
    case 'measure':
      return { measure: reading.name, detail: reading.message };
    case 'transaction':
      return {
        transaction: reading.name,
        detail: reading.message,
        step: reading.failedStep ?? undefined,
        reason: reading.reason ?? undefined,
      };
    case 'source': {
      const { name, message, reason, notices } = reading;
      return {
        source: name,
        detail: message,
        reason: reason ?? undefined,
        notices: notices.length === 0 ? undefined : notices.join('; '),
      };
    }
  }
}
