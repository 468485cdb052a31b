import t from 'tap';
import { linkTo } from '../../grafana/links.js';
import { dataLinksOf, panelsOf, readBoards } from '../support/board-json.js';
import { queriesOf } from '../support/board-queries.js';

t.test('a link keeps the selection', async (t) => {
  t.equal(
    linkTo('host', 'x', { agent: 'a' }).build().url,
    '/d/aicrm-host?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&var-agent=a',
  );
});

t.test('a link does not keep a selection that it replaces', async (t) => {
  t.equal(
    linkTo('host', 'x', { instance: 'a' }).build().url,
    '/d/aicrm-host?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&var-instance=a',
  );
});

t.test('a link in a table uses values and not their display texts, unless it says so', async (t) => {
  const all = readBoards().flatMap(panelsOf);
  let links = 0;
  for (const { panel, where } of all.filter(({ panel }) => panel.type === 'table'))
    for (const { url } of dataLinksOf(panel))
      for (const [, field = '', text] of url?.matchAll(/\$\{__data\.fields\.(\w+)(\.text)?/g) ?? []) {
        links += 1;
        const title = panel.transformations
          ?.map(
            ({ options }) =>
              (options as { readonly renameByName?: Readonly<Record<string, string>> }).renameByName?.[field],
          )
          .find((name) => name !== undefined);
        const column = panel.fieldConfig?.overrides?.find(({ matcher }) => matcher.options === title);
        t.ok(column, `${where}: the column ${field}`);
        t.equal(
          column?.properties.some(({ id }) => id === 'mappings') ?? false,
          text !== undefined,
          `${where}: ${field}`,
        );
      }
  t.ok(links > 8, 'alerts have links');
});

t.test('a row that only explains an empty table has no link', async (t) => {
  const saying = readBoards()
    .flatMap(panelsOf)
    .filter(({ panel }) => panel.targets?.some(({ expr = '' }) => expr.includes('"note"')));
  t.ok(saying.length > 4);
  for (const { panel, where } of saying) {
    const column = panel.fieldConfig?.overrides?.find(({ matcher }) => matcher.options === 'Note');
    t.ok(column, `${where}: the column is shown`);
    t.notOk(
      column?.properties.some(({ id }) => id === 'links'),
      where,
    );
  }
  const others = readBoards()
    .flatMap(queriesOf)
    .filter(({ placed }) => placed?.panel.type === 'table')
    .filter(({ expression }) =>
      /label_replace\((?:NaN \* )?(?:vector|absent)\(.*?"(?!note")\w+", "[^"$]+", "", ""\)/.test(expression),
    );
  t.same(
    others.map(({ where }) => where),
    [],
    'no other column has such words',
  );
});

t.test('a missing value is empty in the address of a link, not a dash', async (t) => {
  const hidden = readBoards()
    .flatMap(panelsOf)
    .flatMap(({ panel, where }) => (panel.fieldConfig?.overrides ?? []).map((override) => ({ where, ...override })))
    .filter(({ properties }) => properties.some(({ id, value }) => id === 'custom.hidden' && value === true));
  t.ok(hidden.length > 10);
  for (const { where, matcher, properties } of hidden)
    t.equal(properties.find(({ id }) => id === 'noValue')?.value, '', `${where}: ${matcher.options}`);
});

t.test('a card of "What users do" links only to the board of its kind', async (t) => {
  const cards = readBoards()
    .flatMap(panelsOf)
    .find(({ panel }) => panel.title === 'What users do' && panel.type === 'stat');
  t.same(cards?.panel.fieldConfig?.defaults?.links ?? [], [], 'a link of the panel would appear in addition');
  for (const [query, kind, board] of [
    ['A', 'measure', 'agents'],
    ['B', 'transaction', 'business'],
  ] as const) {
    t.match(cards?.panel.targets?.find(({ refId }) => refId === query)?.expr, `kind="${kind}"`);
    const override = cards?.panel.fieldConfig?.overrides?.find(({ matcher }) => matcher.options === query);
    const [link] = override?.properties.find(({ id }) => id === 'links')?.value as readonly { readonly url: string }[];
    t.match(link?.url, `/d/aicrm-${board}?`);
  }
});
