import type { App } from '../../src/app.js';
import { type Level, levelWord } from '../../src/base/level.js';
import { columnsOf, type Look, type Piece, padTo, renderLine } from '../../src/base/terminal-text.js';
import { printableLine } from '../../src/base/text.js';
import { type OwnNumbers, ownNumbersOf } from '../../src/status/numbers.js';
import type { ComponentOverview, Overview } from '../../src/status/overview.js';
import type { RunningAiCrm } from '../ai-crm.js';
import { type ActiveFault, faultWord } from '../faults.js';
import type { Stack } from './demo-stack.js';
import type { Part } from './programs.js';
import {
  alertLines,
  clockTime,
  lineOfAlert,
  linesOfStackChange,
  linkLines,
  type ShownAlert,
  type ShownAlerts,
} from './stack-view.js';

/** Options of the live view, and the content below the table. */
export interface LiveViewOptions {
  /** Columns of the terminal; maximum length of a line. */
  readonly width: number;
  /** Rows of the terminal; maximum number of lines. Default: unlimited. */
  readonly height?: number;
  readonly colour: boolean;
  readonly urls: { readonly metrics: string; readonly status: string; readonly control: string };
  readonly faults: readonly ActiveFault[];
  readonly numbers: Pick<OwnNumbers, 'tasksByColumn' | 'agents' | 'usersByState'>;
  /** The other programs and their alerts; absent without a stack. */
  readonly stack?: { readonly parts: readonly Part[]; readonly alerts: readonly ShownAlert[] };
}

/** The mark before a level, visible without colour. */
const symbols: Readonly<Record<Level, string>> = { healthy: '✔', warning: '▲', critical: '✖', unknown: '?' };
const looks: Readonly<Record<Level, Look>> = {
  healthy: 'green',
  warning: 'yellow',
  critical: 'red',
  unknown: 'magenta',
};

const gap: Piece = { text: '  ' };
const levelColumns = columnsOf('✖ CRITICAL');
const responseColumns = 8;
const longestName = 24;
const labelColumns = 'Metrics'.length;
const mostAlerts = 8;

/** The complete state as a table for a terminal, with a final newline. */
export function renderLiveView(overview: Overview, options: LiveViewOptions): string {
  const nameColumns = Math.min(
    longestName,
    Math.max('COMPONENT'.length, ...overview.components.map(({ name }) => columnsOf(name))),
  );
  const { urls, faults } = options;
  const faultText =
    faults.length === 0 ? 'none' : faults.map(({ service, fault }) => `${service}: ${faultWord(fault)}`).join(' · ');
  const lines: readonly (readonly Piece[])[] = [
    [
      { text: 'AI-CRM', look: 'bold' },
      gap,
      levelPiece(overview.levelWithoutHost),
      gap,
      { text: `${clockTime(overview.atSeconds)} UTC`, look: 'dim' },
    ],
    [],
    tableLine({ text: padTo('COMPONENT', nameColumns) }, { text: 'LEVEL' }, 'RESPONSE', { text: 'ANSWER' }, 'dim'),
    ...overview.components.map((component) =>
      tableLine({ text: padTo(component.name, nameColumns) }, levelPiece(component.level), responseText(component), {
        text: answerText(component),
      }),
    ),
    [],
    labelled('Host', hostPieces(overview)),
    ...(overview.measures.length + overview.transactions.length === 0
      ? []
      : [labelled('Inside', insidePieces(overview))]),
    ...numberLines(options.numbers),
    ...(overview.sources.length === 0 ? [] : [labelled('Sources', sourcePieces(overview))]),
    labelled('Faults', [{ text: faultText, ...(faults.length === 0 ? {} : { look: 'bold' as const }) }]),
  ];
  const below = stackLines(overview.atSeconds, lines.length, options) ?? [
    [],
    ...[urls.metrics, urls.status, urls.control].map((url, index) =>
      labelled(['Metrics', 'Status', 'Switch'][index] ?? '', [{ text: url }]),
    ),
  ];
  return fitted([...lines, ...below], options.height)
    .map((line) => `${renderLine(line, options.width, options.colour)}\n`)
    .join('');
}

/** Removes lines that do not fit: first empty ones, the lowest first, then the last lines. */
function fitted(lines: readonly (readonly Piece[])[], height = lines.length): readonly (readonly Piece[])[] {
  let excess = Math.max(0, lines.length - height);
  return lines
    .toReversed()
    .filter((line) => line.length > 0 || excess-- <= 0)
    .toReversed()
    .slice(0, height);
}

/** Alerts and links below the lines above; undefined without a stack. */
function stackLines(
  atSeconds: number,
  linesAbove: number,
  { stack, urls, width, height, faults }: LiveViewOptions,
): readonly (readonly Piece[])[] | undefined {
  if (stack === undefined) return undefined;
  const view = { ...stack, atSeconds, hasFault: faults.length > 0 };
  const links = linkLines(
    view,
    [
      { label: 'Status', url: urls.status },
      { label: 'Metrics', url: urls.metrics },
      { label: 'Switch', url: urls.control },
    ],
    width,
  );
  const room = height === undefined ? mostAlerts : height - linesAbove - links.length - 2;
  return [[], ...alertLines(view, padTo('Alerts', labelColumns), Math.min(room, mostAlerts)), [], ...links];
}

/**
 * One line for each component, transaction, measure or host resource with a changed level, for output without a
 * terminal. Empty without changes. Without a previous overview all known levels are new.
 */
export function lineOfChange(previous: Overview | undefined, current: Overview): string {
  const before = new Map(
    previous === undefined
      ? []
      : [...previous.components.filter(({ reading }) => reading !== undefined), ...levelled(previous)].map(
          ({ name, level }) => [name, level],
        ),
  );
  const now = [
    ...current.components
      .filter(({ reading }) => reading !== undefined)
      .map((component) => ({ ...component, text: answerText(component) })),
    ...levelled(current).map((reading) => ({ ...reading, text: printableLine(reading.message) })),
  ];
  return now
    .filter(({ name, level }) => before.get(name) !== level)
    .map(({ name, level, text }) => {
      const was = before.get(name);
      const change = was === undefined ? levelWord(level) : `${levelWord(was)} -> ${levelWord(level)}`;
      return `${clockTime(current.atSeconds)} ${symbols[level]} ${name}: ${change}${text === '' ? '' : ` (${text})`}\n`;
    })
    .join('');
}

function tableLine(name: Piece, level: Piece, response: string, answer: Piece, look?: Look): readonly Piece[] {
  const cells = [
    name,
    gap,
    { ...level, text: padTo(level.text, levelColumns) },
    gap,
    { text: padTo(response, responseColumns, 'right') },
    gap,
    answer,
  ];
  return look === undefined ? cells : cells.map(({ text }) => ({ text, look }));
}

function labelled(label: string, content: readonly Piece[]): readonly Piece[] {
  return [{ text: padTo(label, labelColumns), look: 'dim' }, gap, ...content];
}

function levelPiece(level: Level): Piece {
  return { text: `${symbols[level]} ${levelWord(level)}`, look: looks[level] };
}

/** All other things with a level. Names include their kind, because a measure may have the name of a component. */
function levelled({
  transactions,
  measures,
  host,
}: Overview): readonly { readonly name: string; readonly level: Level; readonly message: string }[] {
  const run = transactions.flatMap(({ name, level, reading }) =>
    reading === undefined ? [] : [{ name: `transaction ${name}`, level, message: reading.message }],
  );
  return [
    ...run,
    ...measures.map(({ name, level, message }) => ({ name: `measure ${name}`, level, message })),
    ...host,
  ];
}

function insidePieces({ transactions, measures }: Overview): readonly Piece[] {
  return [...transactions, ...measures].flatMap(({ name, level }, index) =>
    marked(index, symbols[level], looks[level], name),
  );
}

/** AI-CRM's known numbers; empty before the first one is known. */
function numberLines({
  tasksByColumn,
  agents,
  usersByState,
}: LiveViewOptions['numbers']): readonly (readonly Piece[])[] {
  const total = usersByState?.find(({ word }) => word === 'total')?.count;
  const known = [
    ...(tasksByColumn === null ? [] : [`${tasksByColumn.reduce((sum, { count }) => sum + count, 0)} tasks`]),
    ...(agents === null ? [] : [`${agents} agents`]),
    ...(total === undefined ? [] : [`${total} users`]),
  ];
  return known.length === 0 ? [] : [labelled('Numbers', [{ text: known.join('   ') }])];
}

/** Sources that are down for their own reason are named, the others are counted. */
function sourcePieces({ sources }: Overview): readonly Piece[] {
  const allDown = sources.filter(({ reading }) => reading?.up === false);
  const down = allDown.filter(({ reading }) => reading?.isShared !== true);
  const up = sources.filter(({ reading }) => reading?.up === true && reading.isOff !== true);
  return [
    { text: `${up.length} up` },
    ...down.flatMap(({ name }) => marked(1, symbols.critical, looks.critical, name)),
    ...(allDown.length === down.length
      ? []
      : marked(
          1,
          symbols.critical,
          looks.critical,
          `${allDown.length - down.length}${down.length === 0 ? ' down' : ' more'}`,
        )),
  ];
}

function marked(index: number, symbol: string, look: Look, name: string): readonly Piece[] {
  return [...(index === 0 ? [] : [{ text: '   ' }]), { text: symbol, look }, { text: ` ${printableLine(name)}` }];
}

function hostPieces({ host }: Overview): readonly Piece[] {
  if (host.length === 0) return [{ text: 'not read yet', look: 'dim' }];
  return host.flatMap(({ name, level, usageRatio }, index) =>
    marked(index, symbols[level], looks[level], `${name} ${(usageRatio * 100).toFixed(0)} %`),
  );
}

function answerText({ reading, inMaintenance, suspects }: ComponentOverview): string {
  if (reading === undefined) return 'not probed yet';
  const hint = suspects.length === 0 ? '' : `look at ${suspects.join(', ')} first; `;
  return `${inMaintenance ? 'maintenance; ' : ''}${hint}${printableLine(reading.message)}`;
}

function responseText({ reading }: ComponentOverview): string {
  if (reading === undefined) return '-';
  const { responseSeconds } = reading;
  if (responseSeconds >= 1) return `${responseSeconds.toFixed(2)} s`;
  const milliseconds = responseSeconds * 1000;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/** What is shown, and where. */
interface ShowOptions {
  readonly app: App;
  readonly aiCrm: RunningAiCrm;
  /** URL of the exporter. */
  readonly url: string;
  /** The `monitoring.yml` in use. */
  readonly configFile: string;
  readonly alerts: ShownAlerts;
  /** Absent without other programs. */
  readonly stack?: Stack;
  readonly out: NodeJS.WriteStream;
  /** Resolves when the demo ends. */
  readonly ended: Promise<void>;
}

const redrawSeconds = 1;
const clearScreen = '\x1b[H\x1b[2J';

/** Shows a running demo until it ends: on a terminal a view that is redrawn every second, elsewhere one line per change. */
export async function show(options: ShowOptions): Promise<void> {
  const { out, ended } = options;
  const step = out.isTTY ? viewOf(options) : linesOf(options);
  step();
  const timer = setInterval(step, redrawSeconds * 1000);
  await ended;
  clearInterval(timer);
  out.write(options.stack === undefined ? '\n' : '\nStopping everything …\n');
}

function viewOf({ app, aiCrm: { urls, faults }, url, out, stack, alerts }: ShowOptions): () => void {
  const links = linksOf(url, urls.control);
  out.write(clearScreen);
  return () => {
    const text = renderLiveView(app.overview(), {
      width: out.columns,
      height: out.rows,
      colour: out.hasColors(),
      urls: links,
      faults: faults.active(),
      numbers: ownNumbersOf(app.figures()),
      ...(stack === undefined ? {} : { stack: { parts: stack.parts(), alerts: alerts.latest() } }),
    });
    // Written over the old content, because clearing first flickers.
    out.write(`\x1b[H${text.trimEnd().replaceAll('\n', '\x1b[K\n')}\x1b[K\x1b[J`);
  };
}

function linesOf({ app, aiCrm, url, configFile, out, stack, alerts }: ShowOptions): () => void {
  const { metrics, status, control } = linksOf(url, aiCrm.urls.control);
  out.write(
    `metrics   ${metrics}\nstatus    ${status}\nfaults    ${control}\nconfig    ${configFile}\nCtrl-C stops everything.\n\n`,
  );
  let last: Overview | undefined;
  let lastParts: readonly Part[] = [];
  let alertsShown = 0;
  return () => {
    const current = app.overview();
    const parts = stack?.parts() ?? [];
    const news = alerts.total() - alertsShown;
    out.write(
      linesOfStackChange(lastParts, parts, current.atSeconds) +
        lineOfChange(last, current) +
        (news === 0 ? '' : alerts.latest().slice(-news).map(lineOfAlert).join('')),
    );
    last = current;
    lastParts = parts;
    alertsShown += news;
  };
}

function linksOf(url: string, control: string) {
  return { metrics: `${url}/metrics`, status: `${url}/`, control: `${control}/` };
}
