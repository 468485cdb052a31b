// Draws what a program wrote to a terminal as an SVG made of text: small, sharp at any size, light or dark as the reader's system is.

const columnPixels = 8.4;
const rowPixels = 20;
const marginPixels = 16;

/** SGR parameters (ECMA-48, 8.3.117) that have a class in the style sheet; 0 and those that are not here end all looks. */
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

/** What the screen shows of everything that was written: a program that redraws begins at the top (`ESC [ H`) each time. */
export function screenOf(output: string): string {
  return (output.split('\x1b[H').at(-1) ?? '')
    .replaceAll(/\x1b\[\d*[JK]/g, '')
    .replaceAll('\r', '')
    .trimEnd();
}

/** The picture of a screen below the command that was typed. */
export function terminalPicture(command: string, screen: string, columns: number): string {
  // A terminal continues in the next line what is longer than it is wide.
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

/** Pieces of a line, each at its own column, because fonts differ in their widths. */
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

/** Nothing that is drawn here takes two columns. */
const columnsOf = (text: string) => [...text].length;
const fixed = (pixels: number) => String(Math.round(pixels * 10) / 10);
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
