import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { messageOf } from '../../src/base/errors.js';
import { loadConfig } from '../../src/config/load.js';

const metrics = 'metrics: [{name: x, help: X., value: x}]';
const url = 'url: "postgres://u@db.test"';

async function sources(t: Test, entries: string, rest = '') {
  const directory = t.testdir({});
  await writeFile(join(directory, 'f.yml'), `sql_sources: {${entries}}\n${rest}`);
  return (await loadConfig('f.yml', { environment: {}, directory })).sqlSources;
}

/** The problems of an entry, without their places in the file. */
async function problem(t: Test, entry: string): Promise<string> {
  const message = messageOf(await sources(t, `s: {${entry}}`).catch((error: unknown) => error));
  return message.replaceAll(/f\.yml:\S+ sql_sources\.s/g, '');
}

t.test('a query must begin with select or with, and comments may come first', async (t) => {
  const query = (text: string) => `${url}, ${metrics}, query: ${JSON.stringify(text)}`;
  for (const text of [
    'select 1',
    '\n SELECT\n1',
    'With a as (select 1) select 2',
    '-- a\n--\n select 1',
    '/* a */ /* b */select 1',
    '-- a\n/* /* b */ */ -- c\nselect 1',
    '-- "/*"\nselect 1 /* b */',
  ])
    t.equal((await sources(t, `s: {${query(text)}}`))[0]?.query, text, JSON.stringify(text));
  for (const text of [
    'delete from x',
    '/* a */ delete from x /* select */',
    'selection',
    '(select 1)',
    '1 select',
    '-- select 1',
    '/* select 1',
    '/* /* a */ select 1',
    'sel/**/ect 1',
  ])
    t.equal(
      await problem(t, query(text)),
      '.query: must begin with select or with, because a source only reads',
      JSON.stringify(text),
    );
});

t.test('a source needs a PostgreSQL URL, and either a query with metrics or a preset', async (t) => {
  t.equal(await problem(t, `${url}, query: select 1`), ': needs query and metrics, or a preset');
  t.equal(await problem(t, `${url}, ${metrics}`), ': needs query and metrics, or a preset');
  t.equal(
    await problem(t, `${url}, preset: ai_crm_tables, query: select 1, ${metrics}`),
    '.query: the preset already has this: remove it here .metrics: the preset already has this: remove it here',
  );
  t.equal(
    await problem(t, `${url}, ${metrics}, query: select 1, exclude_accounts: [a]`),
    '.exclude_accounts: works only with a preset; exclude accounts in your own query',
  );
  const example = 'must be a URL such as postgres://user@host:5432/database';
  for (const [other, said] of [
    ['redis://db.test', example],
    ['http://db.test', example],
    ['postgres', example],
    ['postgres:', 'must be postgres://user@host:port/database'],
    ['jdbc:postgresql://db.test', 'must be without "jdbc:", as in postgres://user@host:port/database'],
    ['$DATABASE_URL', 'must be a URL: variables of the environment are written as ${NAME}'],
  ] as const)
    t.match(await problem(t, `url: "${other}", preset: ai_crm_tables`), `.url: ${said}`, other);
});

t.test('sources of two sections must not have the same name', async (t) => {
  const json = 'json_sources: {s: {url: "http://crm.test", metrics: [{name: y, help: Y., path: $.y}]}}';
  await t.rejects(sources(t, `s: {${url}, preset: ai_crm_tables}`, json), {
    message: /sql_sources\.s: json_sources has a source of this name as well$/,
  });
});

t.test("the preset excludes the exporter's own account, or the configured accounts", async (t) => {
  const excluded = async (options: string, rest = '') =>
    (await sources(t, `s: {${url}, preset: ai_crm_tables${options}}`, rest))[0]?.excludedAccounts;
  const login = (given: string) => `ai_crm: {url: "http://crm.test", api: real, login: {${given}}}`;
  t.strictSame(await excluded(''), []);
  t.strictSame(await excluded('', 'ai_crm: {url: "http://crm.test", collect: []}'), []);
  t.strictSame(await excluded('', login('token: x')), []);
  t.strictSame(await excluded('', login('username: Me@CRM.test, password: x')), ['me@crm.test']);
  t.strictSame(await excluded(', exclude_accounts: [A, b]', login('username: me, password: x')), ['a', 'b']);
});
