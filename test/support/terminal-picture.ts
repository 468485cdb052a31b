// Draws the output of a program on a terminal as an SVG with text: small, sharp at any size, light or dark as the reader's system.

const columnPixels = 8.4;
const rowPixels = 20;
const marginPixels = 16;

/** SGR parameters (ECMA-48, 8.3.117) with a class in the style sheet. Any other parameter, and 0, resets the style. */
const looks: Readonly<Record<string, string>> = {
  '1': 'bold',
  '2': 'dim',
  '31': 'red',
  '32': 'green',
  '33': 'yellow',
  '35': 'magenta',
};

const style = `
.screen { fill: #f6f8fa; stroke: #d0d7de }
text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1f2328 }
.bold { font-weight: 700 } .dim { fill: #59636e } .red { fill: #c2201b }
.green { fill: #1a7f37 } .yellow { fill: #8a5300 } .magenta { fill: #8250df }
@media (prefers-color-scheme: dark) {
  .screen { fill: #0d1117; stroke: #3d444d }
  text { fill: #e6edf3 }
  .dim { fill: #9198a1 } .red { fill: #ff7b72 }
  .green { fill: #3fb950 } .yellow { fill: #d29922 } .magenta { fill: #d2a8ff }
}`;

/** The last screen of an output. A program that redraws begins at the top (`ESC [ H`) each time. */
export function screenOf(output: string): string {
  return (output.split('\x1b[H').at(-1) ?? '')
    .replaceAll(/\x1b\[\d*[JK]/g, '')
    .replaceAll('\r', '')
    .trimEnd();
}

/** The picture of a screen below the typed command. */
export function terminalPicture(command: string, screen: string, columns: number): string {
  // A terminal continues a long line in the next one.
  const row = new RegExp(`(?:(?:\\x1b\\[[\\d;]*m)*[^\\x1b]){1,${columns}}(?:\\x1b\\[[\\d;]*m)*`, 'gu');
  const lines = [`\x1b[2m$\x1b[0m \x1b[1m${command}\x1b[0m`, ...screen.split('\n')].flatMap(
    (line) => line.match(row) ?? [''],
  );
  const width = Math.ceil(columns * columnPixels + 2 * marginPixels);
  const height = lines.length * rowPixels + 2 * marginPixels;
  const texts = lines.flatMap((line, row) => textsOf(line, marginPixels + (row + 0.75) * rowPixels));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>${style}
</style>
<rect class="screen" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${texts.join('\n')}
</svg>
`;
}

/** Parts of a line, each at its own column, because fonts differ in their widths. */
function textsOf(line: string, y: number): readonly string[] {
  const texts: string[] = [];
  let column = 0;
  let look: string | undefined;
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    const code = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
    if (code !== undefined) {
      look = looks[code];
      continue;
    }
    for (const { 0: piece, index } of part.matchAll(/\S+(?: \S+)*/g)) {
      const x = marginPixels + (column + columnsOf(part.slice(0, index))) * columnPixels;
      const length = columnsOf(piece) * columnPixels;
      texts.push(
        `<text${look === undefined ? '' : ` class="${look}"`} x="${fixed(x)}" y="${fixed(y)}" textLength="${fixed(length)}" lengthAdjust="spacingAndGlyphs">${escaped(piece)}</text>`,
      );
    }
    column += columnsOf(part);
  }
  return texts;
}

/** No character here takes two columns. */
const columnsOf = (text: string) => [...text].length;
const fixed = (pixels: number) => String(Math.round(pixels * 10) / 10);
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
