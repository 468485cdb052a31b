import { type Figure, type Row, ratiosOf, type Unit } from './row.js';
import { median } from './statistics.js';

const heading = ['figure', 'ours', 'peer or target', 'ratio', 'lowest – highest', 'verdict'] as const;

/** Draws the rows as a Markdown table with aligned columns: medians, and the range of the ratios of the rounds. */
export function drawTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => ('gap' in row ? [row.figure, '–', row.gap, '–', '–', 'left out'] : cellsOf(row)));
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(heading), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

function cellsOf(row: Figure): string[] {
  const { figure, unit, ours, other, maxRatio } = row;
  const ratios = ratiosOf(row);
  const ratio = median(ratios);
  const limit = maxRatio === undefined || other.name === 'target' ? '' : ` (≤ ${maxRatio})`;
  // The verdict is on the measured value, not on the rounded one.
  const verdict = maxRatio === undefined ? '–' : ratio <= maxRatio ? 'meets' : 'misses';
  return [
    figure,
    quantity(median(ours), unit),
    `${quantity(median(other.values), unit)} ${other.name}`,
    `${digits(ratio)}${limit}`,
    ratios.length === 1 ? '–' : `${digits(Math.min(...ratios))} – ${digits(Math.max(...ratios))}`,
    verdict,
  ];
}

function quantity(value: number, unit: Unit): string {
  return unit === '/min' ? `${digits(value)}/min` : `${digits(value)} ${unit}`;
}

/** Three significant digits, without exponents. More digits would be noise. */
function digits(value: number): string {
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(4, Math.max(0, 2 - magnitude)));
}
