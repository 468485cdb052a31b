import t from 'tap';
import { queryProblem } from '../../src/config/read-only-query.js';

t.test('lets queries pass that only read, whatever their texts and comments say', async (t) => {
  const fine = [
    'select 1',
    ' \n-- delete; from\nSELECT 1 -- ; the end',
    '/* a /* nested; */ comment; */ with x as (select 1) select * from x;',
    "select 'it''s; drop table x' as \"a;b\" -- '",
    String.raw`select E'\'; drop table x', e'\\' as "e"`,
    "select $$; drop $a$ table x$$, $tag$ ; $$ ; $tag$, a$b$c, type'x', size$$ from x",
    'select 1;  -- the end\n/* really */  ',
    'select $1 - -1 / 2 * 3',
  ];
  for (const query of fine) t.equal(queryProblem(query), undefined, query);
});

t.test('says why others may not be asked', async (t) => {
  const first = 'must begin with select or with: a source may only read';
  const several = 'has more than one statement';
  const unended = 'has a quote or comment that does not end';
  const wrong: Readonly<Record<string, string>> = {
    'delete from x': first,
    '': first,
    '-- select 1': first,
    selection: first,
    "'select 1'": first,
    'explain select 1': first,
    'select 1; drop table x': several,
    "select 'a\\'; drop table x": several,
    "select '''; ' ; commit": several,
    'select 1 /* ; */ ; select 2': several,
    "select typee'\\'; drop table x": several,
    "select 'x": unended,
    "select E'x\\'": unended,
    'select "x': unended,
    'select /* x /* y */': unended,
    'select $a$ x $b$': unended,
  };
  for (const [query, problem] of Object.entries(wrong)) t.equal(queryProblem(query), problem, query);
});

t.test('takes a long query in its stride', async (t) => {
  const long = `select '${"x''".repeat(200_000)}', $a$ $b$ $a$ ${'e'.repeat(200_000)} /* ${'/* */'.repeat(50_000)} */`;
  t.equal(queryProblem(long), undefined);
});
