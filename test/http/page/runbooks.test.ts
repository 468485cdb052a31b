import { readFile } from 'node:fs/promises';
import t from 'tap';
import { readRunbooks, renderMarkdown, renderRunbook, renderRunbookList } from '../../../src/http/page/runbooks.js';
import { startServer } from '../../../src/http/server.js';
import { ask } from '../../support/ask.js';
import { launchBrowser } from '../../support/browser.js';
import { contrastScript } from '../../support/contrast.js';
import { ManualClock } from '../../support/manual-clock.js';
import { missing } from '../../support/programs.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { readRules } from '../../support/rule-files.js';
import { fixtureService } from '../../support/service-fixture.js';

const runbooks = readRunbooks(await readFile('docs/runbooks.md', 'utf8'));
const names = [...runbooks.sections.keys()];
const markup = (text: string) =>
  renderMarkdown(text, (target) => (target.startsWith('#') ? target : undefined))
    .map((block) => block.markup)
    .join('');

t.test('the Markdown of runbooks becomes HTML, and everything else stays text', async (t) => {
  t.equal(
    markup('**Do** by `a < b`,\nthen [the *other*](#x)'),
    '<p><strong>Do</strong> by <code>a &lt; b</code>,\nthen <a href="#x">the *other*</a></p>',
  );
  t.equal(
    markup('First:\n* one\n  and more\n* `two`\n\nLast.'),
    '<p>First:</p><ul><li>one\n  and more</li><li><code>two</code></li></ul><p>Last.</p>',
  );
  t.equal(
    markup('```sh\ncurl -s "x" # **no**\n\n# y\n```\nend'),
    '<pre tabindex="0"><code>curl -s &quot;x&quot; # **no**\n\n# y</code></pre><p>end</p>',
  );
  t.equal(
    markup('see [levels](levels.md#reasons) and [`code`](#c)'),
    '<p>see levels and <a href="#c"><code>code</code></a></p>',
  );
  t.equal(markup('<script>alert(1)</script> [x](javascript:alert)'), '<p>&lt;script&gt;alert(1)&lt;/script&gt; x</p>');
  t.equal(markup('an open `quote, **bold and [link'), '<p>an open &#96;quote, **bold and [link</p>');
});

t.test('lists, code and paragraphs end where the next one begins', async (t) => {
  const cases: readonly (readonly [text: string, html: string])[] = [
    ['', ''],
    ['one\ntwo\n\n\nthree', '<p>one\ntwo</p><p>three</p>'],
    ['one\n* a\n* b\nlast', '<p>one</p><ul><li>a</li><li>b</li></ul><p>last</p>'],
    ['* a\n\n* b', '<ul><li>a</li></ul><ul><li>b</li></ul>'],
    ['* a\n   b', '<ul><li>a</li></ul><p>   b</p>'],
    ['*a\n *b', '<p>*a\n *b</p>'],
    ['x * y', '<p>x * y</p>'],
    ['one\n```\ntwo', '<p>one</p><pre tabindex="0"><code>two</code></pre>'],
    ['```\n* a\n ```\n```\n* b', '<pre tabindex="0"><code>* a\n &#96;&#96;&#96;</code></pre><ul><li>b</li></ul>'],
    ['**a** and **b**', '<p><strong>a</strong> and <strong>b</strong></p>'],
    ['[a `b` c](#d)', '<p><a href="#d">a <code>b</code> c</a></p>'],
    ['[a](#b c) [](#d) ````', '<p>[a](#b c) [](#d) &#96;&#96;&#96;&#96;</p>'],
  ];
  for (const [text, html] of cases) t.equal(markup(text), html, text);
});

t.test('the pages link each other and other sites, below any path, and no other document', async (t) => {
  const own = readRunbooks(
    '# Runbooks\nSee [b](#b), [levels](levels.md), [site](https://x.test/a), [plain](http://y.test) and [xhttp](xhttp://x).\n\n## b\nSee [a](#a).\n\n## a\ntext ## c\n',
  );
  t.same(
    [...own.sections],
    [
      ['b', 'See [a](#a).\n\n'],
      ['a', 'text ## c\n'],
    ],
  );
  const links = (page: string) =>
    [...page.matchAll(/<a href="([^"]*)">([^<]*)</g)].map((found) => found.slice(1).join(' '));
  const listed = (path?: string) => links(renderRunbookList(own, 'Shop', path));
  const sites = ['https://x.test/a site', 'http://y.test plain'];
  t.same(listed(), ['./ status page', './runbooks/b b', ...sites, './runbooks/a a', './runbooks/b b']);
  t.same(listed('/runbooks/'), ['../ status page', './b b', ...sites, './a a', './b b']);
  t.match(renderRunbookList(own, 'Shop'), /<title>Runbooks – Shop<[^]*<main><p>See /);
  const one = renderRunbook(own, 'Shop', 'B') ?? '';
  t.same(links(one), ['../ status page', './a a', '../runbooks All runbooks']);
  t.match(one, '<h2>b</h2><p>See <a');
  t.equal(renderRunbook(own, 'Shop', 'none'), undefined);
});

t.test('the pages of the shipped runbooks contain no Markdown', async (t) => {
  t.ok(names.length > 30);
  for (const page of [
    renderRunbookList(runbooks, 'Shop'),
    ...names.map((name) => renderRunbook(runbooks, 'Shop', name) ?? ''),
  ]) {
    const read = page.replace(/<style>.*?<\/style>|<(code)>.*?<\/\1>/gs, '').replace(/<[^>]*>/g, '');
    t.notMatch(read, /\*\*|\]\(|^#|^\||&#96;|^ *\d+\. |^ *\* /m);
  }
});

t.test('serves a page for every alert, under its name in any case, and a list of them all', async (t) => {
  const server = await startServer(fixtureService({ components: [], readings: [] }), {
    host: '127.0.0.1',
    port: 0,
    telemetryPath: '/metrics',
    version: '9.8.7',
    log: new RecordedLog(),
    clock: new ManualClock(),
  });
  t.teardown(() => server.stop());
  const list = await ask(`${server.url}/runbooks`);
  t.match(list, {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': /^default-src 'none'; style-src 'sha256-/,
    },
  });
  t.notMatch(list.text, '<script');
  t.match(renderRunbookList(runbooks, 'Shop'), '<h1>Shop runbooks</h1>');
  t.match(renderRunbook(runbooks, 'Shop', 'AiCrmComponentDown'), '<title>AiCrmComponentDown – Shop</title>');
  t.match((await ask(`${server.url}/runbooks/`)).text, 'href="./AiCrmComponentDown"', 'with a slash behind it as well');
  for (const name of new Set((await readRules()).filter(({ isAlert }) => isAlert).map(({ name }) => name))) {
    t.match(list.text, `href="./runbooks/${name}"`);
    for (const path of [name, name.toLowerCase()]) {
      const { status, text } = await ask(`${server.url}/runbooks/${path}`);
      t.equal(status, 200, path);
      t.match(text, `<h2>${name}</h2>`);
      for (const part of ['Means', 'Confirm', 'Do', 'Silent'])
        t.match(text, `<strong>${part}</strong>`, `${name}: ${part}`);
      for (const [, link = ''] of text.matchAll(/href="\.\/([^"]+)"/g))
        t.ok(
          names.some((known) => known.toLowerCase() === link),
          `${name} links to ${link}`,
        );
    }
  }
  t.equal((await ask(`${server.url}/runbooks/AiCrmNothing`)).status, 404);
  t.equal((await ask(`${server.url}/runbooks/..%2f..%2fpackage.json`)).status, 404);
  t.equal((await ask(`${server.url}/runbooks/constructor`)).status, 404);
});

t.test(
  'is readable on a phone, in light and dark, without JavaScript',
  { skip: missing('chromium'), timeout: 60_000 },
  async (t) => {
    const browser = await launchBrowser();
    t.teardown(() => browser.close());
    const longest = [...runbooks.sections].sort(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? '';
    for (const [name, text] of Object.entries({
      list: renderRunbookList(runbooks, 'Shop'),
      longest: renderRunbook(runbooks, 'Shop', longest) ?? '',
    })) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ colorScheme, viewport: { width: 360, height: 800 } });
        await page.setContent(text);
        t.ok(
          (await page.evaluate<number>('document.documentElement.scrollWidth')) <= 360,
          `${name}, ${colorScheme}: no wider than the phone`,
        );
        const texts = await page.evaluate<readonly { text: string; ratio: number }[]>(contrastScript);
        t.ok(texts.length > 3);
        for (const { text: shown, ratio } of texts)
          t.ok(ratio >= 4.5, `${name}, ${colorScheme}: ${shown.slice(0, 60)} has contrast ${ratio.toFixed(1)}`);
        if (process.env['SHOTS'] !== undefined)
          await page.screenshot({ path: `${process.env['SHOTS']}/${name}-${colorScheme}.png` });
        await page.close();
      }
    }
  },
);
