import type { Log, LogFields } from '../../log.js';

/** An alert as the console channel told it. */
export interface ShownAlert {
  /** When it was told, not when it began. */
  readonly atSeconds: number;
  readonly status: 'firing' | 'resolved';
  readonly severity: string;
  /** What it is about: a component, or whatever else has a name of its own; empty for the whole. */
  readonly subject: string;
  readonly summary: string;
}

/** More than fit on any screen. */
const rememberedAlerts = 50;
const subjects = ['component', 'agent', 'transaction', 'source', 'collector', 'mountpoint'] as const;

/** The exporter's log, of which what the console channel says goes to the screen and the rest where it always goes. */
export class ShownAlerts implements Log {
  readonly #log: Log;
  readonly #nowSeconds: () => number;
  readonly #alerts: ShownAlert[] = [];
  #total = 0;

  constructor(log: Log, nowSeconds: () => number) {
    this.#log = log;
    this.#nowSeconds = nowSeconds;
  }

  /** The most recent ones, the last of them last. */
  latest(): readonly ShownAlert[] {
    return this.#alerts;
  }

  /** How many there have been. */
  total(): number {
    return this.#total;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log.debug(message, fields);
  }

  info(message: string, fields?: LogFields): void {
    if (!this.#take(fields)) this.#log.info(message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    if (!this.#take(fields)) this.#log.warn(message, fields);
  }

  error(message: string, fields?: LogFields): void {
    if (!this.#take(fields)) this.#log.error(message, fields);
  }

  /** Only the console channel has a field with the name of an alert. */
  #take(fields: LogFields | undefined): boolean {
    if (fields?.['alertname'] === undefined) return false;
    const subject = subjects.map((name) => fields[name]).find((value) => value !== undefined);
    this.#alerts.push({
      atSeconds: this.#nowSeconds(),
      status: fields['status'] === 'resolved' ? 'resolved' : 'firing',
      severity: String(fields['severity'] ?? 'none'),
      subject: String(subject ?? ''),
      summary: String(fields['summary'] ?? fields['alertname']),
    });
    this.#total += 1;
    if (this.#alerts.length > rememberedAlerts) this.#alerts.shift();
    return true;
  }
}
