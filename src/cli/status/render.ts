import { type Look, type Piece, padTo, renderLine } from '../../demo/terminal-text.js';
import { formatDuration, formatMoment } from '../../http/page/format.js';
import { type Level, levelWord } from '../../level.js';
import { printableLine } from '../../text.js';
import { levelSigns } from '../report.js';
import { type FiringAlert, levelOf } from './alerts.js';
import type { Assessment } from './assess.js';
import { subjects } from './finding.js';

const looks: Readonly<Record<Level, Look>> = {
  healthy: 'green',
  warning: 'yellow',
  critical: 'red',
  unknown: 'magenta',
};
const subjectWidth = Math.max(...subjects.map((subject) => subject.length));
/** What to do stands under what is wrong. */
const indent = ' '.repeat(2 + 8 + 2);

/**
 * The assessment as text: the level of the whole, then a line for each finding, what to do about it in the next line, and the alerts
 * that fire. With `colour` the levels are coloured.
 */
export function renderStatus(
  { level, atSeconds, findings, alerts = [] }: Assessment,
  { colour }: { readonly colour: boolean },
): string {
  const lines: (readonly Piece[])[] = [
    [
      { text: 'Monitoring is ' },
      { text: levelWord(level), look: looks[level] },
      { text: `  ${formatMoment(atSeconds)}` },
    ],
    [],
  ];
  for (const finding of findings) {
    lines.push([...levelPieces(finding.level), { text: `  ${padTo(finding.subject, subjectWidth)}  ${finding.text}` }]);
    if (finding.mend !== undefined) lines.push([{ text: `${indent}→ ${finding.mend}` }]);
  }
  if (alerts.length > 0) lines.push([]);
  for (const alert of alerts) lines.push(...alertLines(alert, atSeconds));
  // What others say may neither steer a terminal nor hide text, nor make lines of its own.
  const shown = (pieces: readonly Piece[]) => pieces.map((piece) => ({ ...piece, text: printableLine(piece.text) }));
  return `${lines.map((pieces) => renderLine(shown(pieces), Number.POSITIVE_INFINITY, colour)).join('\n')}\n`;
}

function levelPieces(level: Level): readonly Piece[] {
  return [{ text: `${levelSigns[level]} ${levelWord(level).padEnd(8)}`, look: looks[level] }];
}

function alertLines(alert: FiringAlert, atSeconds: number): readonly (readonly Piece[])[] {
  const { name, severity, subject, sinceSeconds, state, summary, runbookUrl } = alert;
  const level = levelOf(alert);
  const sign = level === 'healthy' ? '–' : levelSigns[level];
  const since = `since ${formatMoment(sinceSeconds)} (${formatDuration(Math.max(0, Math.floor(atSeconds - sinceSeconds)))})`;
  const first = { text: `${sign} ${severity.padEnd(8)}`, ...(level === 'healthy' ? {} : { look: looks[level] }) };
  return [
    [
      first,
      {
        text: `  ${name}${subject === '' ? '' : ` ${subject}`} ${since}${state === 'firing' ? '' : `, ${state}`}${summary === '' ? '' : `: ${summary}`}`,
      },
    ],
    ...(runbookUrl === '' ? [] : [[{ text: `${indent}→ ${runbookUrl}` }]]),
  ];
}
