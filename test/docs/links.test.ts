import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { readDocuments, trackedFiles } from '../support/documents.js';
import { readRules } from '../support/rule-files.js';

const repository = 'https://github.com/ai-crm-exporter/ai-crm-exporter/blob/main/';
const documents = new Map((await readDocuments()).map((document) => [document.path, document]));
const files = trackedFiles();
const paths = new Set(files.flatMap((file) => file.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'))));

/** The targets of the links and images of a text, except in code. */
function linksIn(prose: string): readonly string[] {
  const text = prose.replaceAll(/`[^`\n]*`/g, 'code');
  return [...text.matchAll(/\]\(\s*<?([^\s)>]+)>?[^)]*\)|(?:src|srcset|href)="([^"]+)"|^\[[^\]]+\]:\s*(\S+)/gm)].map(
    ([, inline, html, reference]) => inline ?? html ?? reference ?? '',
  );
}

/** The problem of a link, or undefined. */
function problemOf(from: string, link: string): string | undefined {
  const inRepository = link.startsWith(repository) ? link.slice(repository.length) : undefined;
  if (inRepository === undefined && /^[a-z]+:/i.test(link)) return undefined;
  const [file = '', anchor] = (inRepository ?? link).split('#');
  const path = file === '' ? from : join(inRepository === undefined ? dirname(from) : '.', file).replace(/\/$/, '');
  if (!paths.has(path)) return `${link}: there is no ${path}`;
  if (anchor === undefined || !path.endsWith('.md')) return undefined;
  return documents.get(path)?.anchors.has(anchor) === true ? undefined : `${link}: ${path} has no heading #${anchor}`;
}

t.test('every link in a document leads to an existing file and heading', async (t) => {
  let count = 0;
  for (const { path, prose } of documents.values()) {
    const links = linksIn(prose);
    count += links.length;
    t.same(
      links.flatMap((link) => problemOf(path, link) ?? []),
      [],
      path,
    );
  }
  t.ok(count > 100, 'the links were found');
});

t.test('a broken link is noticed', async (t) => {
  t.same(linksIn('[a](b.md#c "title") ![d](e.svg) `[no](f)` <img src="g.png">\n[h]: i.md'), [
    'b.md#c',
    'e.svg',
    'g.png',
    'i.md',
  ]);
  t.match(problemOf('docs/boards.md', 'nowhere.md'), /no docs\/nowhere\.md/);
  t.match(problemOf('docs/boards.md', '../README.md#nothing'), /no heading #nothing/);
  t.match(problemOf('docs/boards.md', `${repository}docs/runbooks.md#nothing`), /no heading/);
  t.equal(problemOf('docs/boards.md', '#provisioned'), undefined);
});

t.test('the index of the guides has every guide', async (t) => {
  const indexed = new Set(linksIn(documents.get('docs/README.md')?.prose ?? '').map((link) => join('docs', link)));
  t.same(
    [...documents.keys()].filter(
      (path) => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md' && !indexed.has(path),
    ),
    [],
  );
});

t.test('the board of an alert has the variables that its link sets', async (t) => {
  const variables = new Map<string, readonly string[]>();
  for (const file of files.filter((path) => /^grafana\/dashboards\/.*\.json$/.test(path))) {
    const { uid, templating } = JSON.parse(await readFile(file, 'utf8')) as {
      uid: string;
      templating: { list: { name: string }[] };
    };
    variables.set(
      uid,
      templating.list.map(({ name }) => name),
    );
  }
  const alerts = (await readRules()).filter(({ isAlert }) => isAlert);
  t.ok(alerts.length > 30);
  for (const { name, annotations } of alerts) {
    const [, uid = '', query = ''] = /^\/d\/([\w-]+)(?:\?(.*))?$/.exec(annotations['dashboard_url'] ?? '') ?? [];
    const known = variables.get(uid);
    t.ok(known, `${name}: ${uid}`);
    const set = query
      .split('&')
      .filter((part) => part !== '')
      .map((part) => part.split('=')[0] ?? '');
    t.same(
      set.filter((part) => !known?.some((variable) => part === `var-${variable}`)),
      [],
      name,
    );
  }
});
