/** A part of a line with its look. The text alone has the full meaning; colour only adds to it. */
export interface Piece {
  readonly text: string;
  readonly look?: Look;
}

/** Colour or weight of a part of a line. */
export type Look = 'green' | 'yellow' | 'red' | 'magenta' | 'bold' | 'dim';

/** SGR parameters (ECMA-48, 8.3.117). */
const codes: Readonly<Record<Look, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, magenta: 35 };

/**
 * Characters that take two columns in terminals that follow the Unicode width tables. They include marks that several
 * scripts share, such as `ー` and `。`, but no half-width forms.
 */
const wide =
  /(?![\uff61-\uffdc])[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\u309b-\u30ff\uff01-\uff60]/u;
const zeroWidth = /\p{M}/u;

/** A line of text, cut to `width` columns with `…` if it is longer. Has escape sequences only with `colour`. */
export function renderLine(pieces: readonly Piece[], width: number, colour: boolean): string {
  const total = pieces.reduce((sum, { text }) => sum + columnsOf(text), 0);
  let left = width;
  let line = '';
  for (const { text, look } of pieces) {
    const isLastFitting = total > width && columnsOf(text) >= left;
    const shown = isLastFitting ? cut(text, left, true) : text;
    line += colour && look !== undefined && shown !== '' ? `\u001b[${codes[look]}m${shown}\u001b[0m` : shown;
    left -= columnsOf(shown);
    if (isLastFitting) break;
  }
  return line.trimEnd();
}

/** Text in exactly `width` columns: filled with spaces, or cut with `…`. */
export function padTo(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width, false);
  const space = ' '.repeat(width - columnsOf(shown));
  return side === 'left' ? shown + space : space + shown;
}

/**
 * Lines of a table. Each column is as wide as its longest cell, because half of a number is another number. A row of
 * one cell is a line of its own.
 */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const inColumns = rows.filter(({ length }) => length > 1);
  const widths: number[] = [];
  for (const cells of inColumns)
    cells.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, columnsOf(cell));
    });
  return rows.map((cells) =>
    cells.length === 1
      ? cells.join()
      : cells
          .map((cell, column) => padTo(cell, widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
  );
}

/** Number of columns that a text takes in a terminal. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += zeroWidth.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

/**
 * The beginning of a text in at most `width` columns. `isMore`: more text follows, so an ellipsis is needed even if
 * this one fits.
 */
function cut(text: string, width: number, isMore: boolean): string {
  if (columnsOf(text) < width || (!isMore && columnsOf(text) === width)) return text;
  if (width <= 0) return '';
  let columns = 0;
  let kept = '';
  for (const character of text) {
    columns += columnsOf(character);
    if (columns > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
