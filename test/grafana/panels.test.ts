import t from 'tap';
import { colors, units } from '../../grafana/panels/defaults.js';
import { type PanelJson, type PlacedPanel, panelsOf, readBoards } from '../support/board-json.js';

/** Kinds of every Grafana from 10 on, without plugins. */
const kinds = [
  'row',
  'stat',
  'timeseries',
  'state-timeline',
  'status-history',
  'table',
  'bargauge',
  'gauge',
  'heatmap',
  'histogram',
  'barchart',
  'alertlist',
  'text',
];
/** Kinds without queries. */
const withoutQueries = ['row', 'text', 'alertlist'];

const panels = readBoards().flatMap(panelsOf);
const asking = panels.filter(({ panel }) => !withoutQueries.includes(panel.type));
const wrong = (among: readonly PlacedPanel[], isRight: (panel: PanelJson) => boolean) =>
  among.filter(({ panel }) => !isRight(panel)).map(({ where }) => where);

t.test('every panel is of a kind that every Grafana from 10 on has', async (t) => {
  t.same(
    wrong(panels, ({ type }) => kinds.includes(type)),
    [],
  );
});

t.test('every panel says what it is, what it shows, and why it may show nothing', async (t) => {
  t.same(
    wrong(panels, ({ title = '' }) => title.length > 0 && title.length <= 30),
    [],
    'a title of at most 30 characters',
  );
  t.same(
    wrong(panels, ({ type, description = '' }) => type === 'row' || description.length > 30),
    [],
    'a description',
  );
  t.same(
    wrong(asking, ({ fieldConfig }) => /\w{2,}/.test(fieldConfig?.defaults?.noValue ?? '')),
    [],
    'words for no value',
  );
});

t.test('every panel uses the data source that is selected above', async (t) => {
  const isChosen = (source: PanelJson['datasource']) => source?.type === 'prometheus' && source.uid === '${datasource}';
  t.same(
    wrong(asking, ({ datasource }) => isChosen(datasource)),
    [],
    'panels',
  );
  t.same(
    wrong(asking, ({ targets = [] }) => targets.length > 0 && targets.every(({ datasource }) => isChosen(datasource))),
    [],
    'queries',
  );
  for (const { board } of panels.filter(
    ({ panel }, index) => index === panels.findIndex((other) => other.panel === panel),
  )) {
    const sources = [...board.annotations.list, ...board.templating.list.filter(({ type }) => type === 'query')].map(
      ({ datasource }) => datasource?.uid,
    );
    t.same(
      sources.filter((uid) => uid !== '${datasource}'),
      [],
      `${board.uid}: annotations and variables`,
    );
  }
});

t.test('every query has its own letter, and is either instant or a range', async (t) => {
  t.same(
    wrong(
      asking,
      ({ targets = [] }) =>
        new Set(targets.map(({ refId }) => refId)).size === targets.length &&
        targets.every(({ refId = '' }) => /^[A-Z]$/.test(refId)),
    ),
    [],
  );
  t.same(
    wrong(asking, ({ targets = [] }) => targets.every(({ instant, range }) => (instant === true) !== (range === true))),
    [],
  );
});

t.test('a panel has at most three queries and one to compare with, except tables', async (t) => {
  t.same(
    wrong(asking, ({ type, targets = [] }) => type === 'table' || targets.length <= 4),
    [],
  );
});

t.test("every panel with numbers has one of the project's units", async (t) => {
  const known: readonly string[] = Object.values(units).map(({ unit }) => unit);
  const isKnown = (unit: string) => known.includes(unit) || unit.startsWith('time:');
  t.same(
    wrong(asking, ({ fieldConfig }) => known.includes(fieldConfig?.defaults?.unit ?? '')),
    [],
    'of the panel',
  );
  const ofOverrides = ({ fieldConfig }: PanelJson) =>
    (fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
      properties.filter(({ id }) => id === 'unit').map(({ value }) => String(value)),
    );
  t.same(
    wrong(asking, (panel) => ofOverrides(panel).every(isKnown)),
    [],
    'of single series and columns',
  );
  const ofAxis = ({ options }: PanelJson) => (options?.['yAxis'] as { readonly unit?: string } | undefined)?.unit ?? '';
  t.same(
    wrong(
      asking.filter(({ panel }) => panel.type === 'heatmap'),
      (panel) => known.includes(ofAxis(panel)),
    ),
    [],
    'of the axis of a heat map',
  );
});

t.test('no panel has limits of its own: it has one step, without a value', async (t) => {
  const isBase = (steps: readonly { readonly value: number | null }[] = []) =>
    steps.length === 1 && steps[0]?.value === null;
  t.same(
    wrong(asking, ({ fieldConfig }) => isBase(fieldConfig?.defaults?.thresholds?.steps)),
    [],
  );
  t.same(
    wrong(
      asking,
      ({ fieldConfig }) =>
        !(fieldConfig?.overrides ?? []).some(({ properties }) => properties.some(({ id }) => id === 'thresholds')),
    ),
    [],
    'not in an override either',
  );
});

t.test("every colour is one of the project's colours", async (t) => {
  const known: readonly string[] = Object.values(colors).flat();
  for (const board of readBoards())
    t.same(
      coloursIn(board, board.uid).filter(({ color }) => !known.includes(color)),
      [],
      board.uid,
    );
});

t.test('a level is never shown by colour alone: a word, a sign or the number is beside it', async (t) => {
  const levelColors: readonly string[] = [colors.healthy, colors.warning, colors.critical, colors.unknown];
  const isWord = (name: unknown) => typeof name === 'string' && /[✔▲✖?∅]|healthy|warning|critical|unknown/i.test(name);
  for (const { panel, where } of panels) {
    const { defaults, overrides = [] } = panel.fieldConfig ?? {};
    const alone = (mappings: unknown) =>
      resultsIn(mappings).filter(({ color, text }) => levelColors.includes(color ?? '') && text?.trim() === '');
    t.same(alone(defaults?.mappings), [], where);
    const isColored = coloursIn({ ...defaults, mappings: [] }, where).some(({ color }) => levelColors.includes(color));
    if (isColored)
      t.ok(resultsIn(defaults?.mappings).length > 0, `${where}: it has a level colour, but no mapping with words`);
    for (const { matcher, properties } of overrides) {
      if (isWord(matcher.options)) continue;
      const name = `${where}: ${JSON.stringify(matcher.options)}`;
      t.same(
        properties.flatMap(({ id, value }) => (id === 'mappings' ? alone(value) : [])),
        [],
        name,
      );
      t.same(
        properties.filter(
          ({ id, value }) =>
            id !== 'mappings' && coloursIn({ [id]: value }, name).some(({ color }) => levelColors.includes(color)),
        ),
        [],
        name,
      );
    }
  }
});

interface Result {
  readonly color?: string;
  readonly text?: string;
}

/** The results of mappings of values, ranges and special values. */
function resultsIn(mappings: unknown): readonly Result[] {
  return (
    (mappings ?? []) as readonly {
      readonly type: string;
      readonly options: { readonly result?: Result } & Readonly<Record<string, Result>>;
    }[]
  ).flatMap(({ type, options }) => (type === 'value' ? Object.values(options) : [options.result ?? {}]));
}

/** Every colour under a value, with its path: values that look like colours, and members with the name color. */
function coloursIn(value: unknown, path: string): readonly { readonly color: string; readonly path: string }[] {
  if (typeof value === 'string')
    return /^#[0-9a-f]{3,8}$|^rgba?\(/i.test(value) || /\.(?:color|fixedColor|iconColor)$/.test(path)
      ? [{ color: value, path }]
      : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'exemplars' ? [] : coloursIn(inner, `${path}.${key}`),
  );
}
