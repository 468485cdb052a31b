import t from 'tap';
import { colors } from '../../grafana/panels/defaults.js';
import { levelMappings } from '../../grafana/panels/mappings.js';
import { panelsOf, readBoards } from '../support/board-json.js';
import { queriesOf } from '../support/board-queries.js';

// Checks of the appearance of boards that need no Grafana.

const all = readBoards();
const panels = all.flatMap(panelsOf);
const queries = all.flatMap(queriesOf);
const dark = '#181B1F';
const light = '#FFFFFF';
/** The colour of text that Grafana puts on a colour. */
const onColor = '#F7F8FA';

t.test('text on a level is readable in both themes, and lines are visible', async (t) => {
  for (const name of ['healthy', 'warning', 'critical', 'unknown', 'dataWithText'] as const) {
    t.ok(contrast(colors[name], onColor) >= 4.5, `${name}: ${contrast(colors[name], onColor)}`);
    // Above this brightness Grafana writes in black.
    t.ok(brightness(colors[name]) <= 180, name);
  }
  for (const color of [...colors.series, ...colors.shades.slice(1), colors.past])
    for (const panel of [dark, light]) t.ok(contrast(color, panel) >= 2.9, `${color}: ${contrast(color, panel)}`);
});

t.test('eight lines are different from each other and from the levels', async (t) => {
  t.equal(colors.series.length, 8);
  const others = [colors.healthy, colors.warning, colors.critical];
  colors.series.forEach((color, index) => {
    for (const other of [...colors.series.slice(index + 1), ...others])
      t.ok(distance(color, other) >= 0.07, `${color} and ${other}: ${distance(color, other)}`);
  });
});

t.test('no panel has colours that Grafana chooses, since its palettes have green, amber and red', async (t) => {
  t.same(
    panels.filter(({ panel }) => JSON.stringify(panel.fieldConfig ?? {}).match(/palette-|continuous-|"shades"/)),
    [],
  );
});

t.test('a title fits its panel on a laptop with the menu of Grafana open', async (t) => {
  // As measured: 1108 pixels are left for 24 columns. The borders of a panel, the sign of its description and its menu take 105 pixels; a
  // letter takes 7.4.
  const fits = (title: string, width: number) => title.length <= ((1108 * width) / 24 - 105) / 7.4;
  t.same(
    panels
      .filter(({ panel: { type, title = '', gridPos } }) => type !== 'row' && !fits(title, gridPos.w))
      .map(({ where }) => where),
    [],
  );
});

t.test('a timeline shows the worst level of each step, and an annotation covers the whole step', async (t) => {
  const timelines = queries.filter(({ placed }) => placed?.panel.type === 'state-timeline');
  t.ok(timelines.length > 6);
  t.same(
    timelines
      .filter(({ expression }) => !expression.includes('[$__interval]') && !expression.includes('$__interval'))
      .map(({ where }) => where),
    [],
  );
  t.same(
    queries
      .filter(
        ({ kind, expression }) => kind === 'annotation' && !/\[\$__interval\]|offset \$__interval/.test(expression),
      )
      .map(({ where }) => where),
    [],
  );
});

t.test('no timeline has page buttons', async (t) => {
  t.same(
    panels.filter(
      ({ panel }) => /^state-timeline$|^status-history$/.test(panel.type) && panel.options?.['perPage'] !== 0,
    ),
    [],
  );
});

t.test('a missing number is shown as a short word, which the description explains', async (t) => {
  for (const { panel, where } of panels.filter(({ panel }) => panel.type === 'stat')) {
    const word = panel.fieldConfig?.defaults?.noValue ?? '';
    t.ok(word.length > 0 && word.length <= 12, `${where}: ${word}`);
    t.match(panel.description, new RegExp(`“${word}”: .{10,}\\.$`), where);
  }
});

t.test('a compared value is shown only with the value itself', async (t) => {
  for (const { panel, where } of panels.filter(({ panel }) => panel.type === 'stat')) {
    const compared = (panel.targets ?? []).filter(({ legendFormat = '' }) =>
      /^(?:usual|limit|7 d ago)$/.test(legendFormat),
    );
    for (const { expr = '' } of compared)
      t.ok(panel.targets?.[0]?.expr?.includes(`NaN * ${expr}`), `${where}: the value is there, or NaN`);
  }
});

t.test('the words of a level stay in one line, with room for the longest', async (t) => {
  const [mapping] = levelMappings;
  const texts = Object.values(mapping?.options as Readonly<Record<string, { readonly text: string }>>);
  t.equal(texts.length, 6);
  for (const { text } of texts) t.match(text, /^\S\u00a0[^ ]+\u00a0$/, text);
});

t.test('on a phone a name with a link is not cut off; the table scrolls instead', async (t) => {
  const narrow = panels
    .filter(({ panel }) => panel.type === 'table')
    .flatMap(({ panel, where }) => (panel.fieldConfig?.overrides ?? []).map((override) => ({ where, ...override })))
    .filter(({ properties }) => properties.some(({ id }) => id === 'links'))
    .filter(
      ({ properties }) =>
        !properties.some(({ id, value }) => /^custom\.(?:minWidth|width)$/.test(id) && Number(value) >= 100),
    );
  t.same(
    narrow.map(({ where, matcher }) => `${where}: ${matcher.options}`),
    [],
  );
});

t.test('a share of thirty days shows that it counts whole hours', async (t) => {
  for (const title of ['Available', 'Budget'])
    t.equal(panels.find(({ panel }) => panel.title === title)?.panel.options?.['textMode'], 'value_and_name', title);
});

t.test('the variables need one line: the annotation switches are in the menu', async (t) => {
  for (const { uid, annotations } of all)
    t.same(
      annotations.list.filter((each) => (each as { placement?: string }).placement !== 'inControlsMenu'),
      [],
      uid,
    );
});

function channels(color: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

function linear(color: string): readonly number[] {
  return channels(color).map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = linear(color);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function brightness(color: string): number {
  const [red = 0, green = 0, blue = 0] = channels(color);
  return (red * 299 + green * 587 + blue * 114) / 1000;
}

/** The visible difference between two colours: their distance in Oklab. */
function distance(one: string, other: string): number {
  const [a, b] = [oklab(one), oklab(other)];
  return Math.hypot(...a.map((value, index) => value - (b[index] ?? 0)));
}

function oklab(color: string): readonly number[] {
  const [r = 0, g = 0, b = 0] = linear(color);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
