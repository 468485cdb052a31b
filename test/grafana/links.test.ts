import t from 'tap';
import { linkTo } from '../../grafana/links.js';
import { dataLinksOf, panelsOf, readBoards } from '../support/board-json.js';

t.test('a link keeps what is chosen', async (t) => {
  t.equal(
    linkTo('host', 'x', { agent: 'a' }).build().url,
    '/d/aicrm-host?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&var-agent=a',
  );
});

t.test('and not beside a choice that it makes anew', async (t) => {
  t.equal(
    linkTo('host', 'x', { instance: 'a' }).build().url,
    '/d/aicrm-host?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&var-instance=a',
  );
});

t.test('a link from a line of a table takes values and not the words for them, unless it says so', async (t) => {
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
