import type { Log, LogFields } from '../../src/base/log.js';
import { columnsOf, type Look, type Piece, padTo } from '../../src/base/terminal-text.js';
import { printableLine } from '../../src/base/text.js';
import type { Part, PartState } from './programs.js';

/** The time of day in UTC, as `14:03:22`. */
export function clockTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}

/** An alert of the console channel. */
export interface ShownAlert {
  /** Time of the message, not of the start. */
  readonly atSeconds: number;
  readonly status: 'firing' | 'resolved';
  readonly severity: string;
  /** The component, or another subject with a name; empty for the whole. */
  readonly subject: string;
  readonly summary: string;
}

/** More than a screen shows. */
const rememberedAlerts = 50;
const subjects = ['component', 'agent', 'transaction', 'source', 'collector', 'mountpoint'] as const;

/** A log that takes the messages of the console channel for the screen, and passes all others on. */
export class ShownAlerts implements Log {
  readonly #log: Log;
  readonly #nowSeconds: () => number;
  readonly #alerts: ShownAlert[] = [];
  #total = 0;

  constructor(log: Log, nowSeconds: () => number) {
    this.#log = log;
    this.#nowSeconds = nowSeconds;
  }

  /** The latest alerts, the newest last. */
  latest(): readonly ShownAlert[] {
    return this.#alerts;
  }

  /** Number of all alerts so far. */
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

  /** Only messages of the console channel have the field `alertname`. */
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

/** A link with its label. */
interface Link {
  readonly label: string;
  readonly url: string;
}

/** What the live view needs of the stack. */
interface StackViewOptions {
  readonly parts: readonly Part[];
  readonly alerts: readonly ShownAlert[];
  readonly atSeconds: number;
  /** Whether a fault is active, so that an alert is expected. */
  readonly hasFault: boolean;
}

const labelColumns = 'Alertmanager'.length;
const gap: Piece = { text: '  ' };
/** Minimum width for two links in a line. */
const twoLinksColumns = 80;

/** The latest alerts, the newest last, in at most `atMost` lines. Without alerts, a text that says why. */
export function alertLines(
  { alerts, parts, hasFault }: StackViewOptions,
  label: string,
  atMost: number,
): readonly (readonly Piece[])[] {
  const head: Piece = { text: label, look: 'dim' };
  const indent: Piece = { text: ' '.repeat(columnsOf(label)) };
  const shown = alerts.slice(-Math.max(1, atMost));
  if (shown.length === 0) return [[head, gap, { text: waitingText(parts, hasFault), look: 'dim' }]];
  const severityColumns = Math.max(...shown.map((alert) => columnsOf(severityPiece(alert).text)));
  const subjectColumns = Math.max(...shown.map(({ subject }) => columnsOf(subject)));
  return shown.map((alert, index) => {
    const severity = severityPiece(alert);
    const subject = subjectColumns === 0 ? [] : [{ text: padTo(alert.subject, subjectColumns) }, gap];
    return [
      index === 0 ? head : indent,
      gap,
      { text: clockTime(alert.atSeconds), look: 'dim' },
      gap,
      { ...severity, text: padTo(severity.text, severityColumns) },
      gap,
      ...subject,
      { text: printableLine(alert.summary) },
    ];
  });
}

/** Links: programs on the left and the exporter's pages on the right, if there is room. Then missing programs, and how to install them. */
export function linkLines(
  { parts, atSeconds }: StackViewOptions,
  own: readonly Link[],
  width: number,
): readonly (readonly Piece[])[] {
  const here = parts.flatMap(({ name, state }) =>
    state.kind === 'running'
      ? [entry(name, { text: `${state.url}/` })]
      : state.kind === 'starting'
        ? [entry(name, startingPiece(state, atSeconds))]
        : [],
  );
  const ours = own.map(({ label, url }) => ({ label, url }));
  const missing = parts.flatMap(({ name, state }) => missingLines(name, state, width));
  if (width < twoLinksColumns || here.length === 0)
    return [...here, ...ours.map(({ label, url }) => entry(label, { text: url })), ...missing];
  const leftColumns = Math.max(...here.map(columnsOfLine));
  const ownColumns = Math.max(...ours.map(({ label }) => columnsOf(label)));
  const rows = Array.from({ length: Math.max(here.length, ours.length) }, (_, index) => {
    const left = here[index] ?? [];
    const right = ours[index];
    if (right === undefined) return left;
    return [
      ...left,
      { text: ' '.repeat(leftColumns - columnsOfLine(left) + 3) },
      { text: padTo(right.label, ownColumns), look: 'dim' as const },
      gap,
      { text: right.url },
    ];
  });
  return [...rows, ...missing];
}

/** One line for each program with a changed state, for output without a terminal. */
export function linesOfStackChange(previous: readonly Part[], current: readonly Part[], atSeconds: number): string {
  const before = new Map(previous.map(({ name, state }) => [name, state.kind]));
  return current
    .filter(({ name, state }) => before.get(name) !== state.kind)
    .map(({ name, state }) => `${clockTime(atSeconds)} ${partText(name, state)}\n`)
    .join('');
}

/** An alert as one line, for output without a terminal. */
export function lineOfAlert({ atSeconds, status, severity, subject, summary }: ShownAlert): string {
  const mark = severityPiece({ status, severity }).text.split(' ')[0] ?? '';
  return `${clockTime(atSeconds)} ${mark} alert ${status === 'resolved' ? 'resolved, ' : ''}${printableLine(severity)}${subject === '' ? '' : ` ${printableLine(subject)}`}: ${printableLine(summary)}\n`;
}

function entry(label: string, content: Piece): readonly Piece[] {
  return [{ text: padTo(label, labelColumns), look: 'dim' }, gap, content];
}

function columnsOfLine(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { text }) => sum + columnsOf(text), 0);
}

function startingPiece({ version, sinceSeconds }: PartState & { readonly kind: 'starting' }, atSeconds: number): Piece {
  return {
    text: `${printableLine(version)} is starting: ${Math.max(0, Math.round(atSeconds - sinceSeconds))} s`,
    look: 'dim',
  };
}

/** One line if it fits, to save rows on a small terminal. */
function missingLines(name: string, state: PartState, width: number): readonly (readonly Piece[])[] {
  if (state.kind === 'ended') return [entry(name, { text: `✖ stopped: ${state.why}`, look: 'red' })];
  if (state.kind !== 'unfit') return [];
  const { why } = state;
  if (state.getIt.length === 0) return [entry(name, { text: why })];
  const ways = state.getIt.join(' or ');
  const inOneLine = entry(name, { text: `${why}; ${ways}` });
  return columnsOfLine(inOneLine) <= width ? [inOneLine] : [entry(name, { text: why }), entry('', { text: ways })];
}

function partText(name: string, state: PartState): string {
  switch (state.kind) {
    case 'unfit':
      return `${name}: ${state.why}${state.getIt.length === 0 ? '' : `; ${state.getIt.join(' or ')}`}`;
    case 'starting':
      return `${name} ${printableLine(state.version)} is starting`;
    case 'running':
      return `${name} is ready after ${state.afterSeconds.toFixed(1)} s: ${state.url}/`;
    case 'ended':
      return `✖ ${name} stopped: ${state.why}`;
  }
}

function severityPiece({ status, severity }: Pick<ShownAlert, 'status' | 'severity'>): Piece & { readonly look: Look } {
  if (status === 'resolved') return { text: '✔ resolved', look: 'green' };
  if (severity === 'critical') return { text: '✖ critical', look: 'red' };
  return { text: `${severity === 'info' ? '·' : '▲'} ${printableLine(severity)}`, look: 'yellow' };
}

function waitingText(parts: readonly Part[], hasFault: boolean): string {
  const isNotifying = (['Prometheus', 'Alertmanager'] as const).every((name) =>
    ['starting', 'running'].includes(parts.find((part) => part.name === name)?.state.kind ?? ''),
  );
  if (!isNotifying) return 'none: alerts need Prometheus and Alertmanager';
  return hasFault ? 'none yet: an alert fires when an outage has lasted half a minute' : 'none';
}
