import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { readDocuments, trackedFiles } from '../support/documents.js';
import { mailPage, slackPage } from '../support/message-pages.js';
import { screenOf, terminalPicture } from '../support/terminal-picture.js';

const folder = 'docs/images/';
const mostBytes = 120_000;
const mostBytesTogether = 700_000;

const pictures = trackedFiles().filter((path) => path.startsWith(folder));
const shown = (await readDocuments()).flatMap(({ path, prose }) =>
  [...prose.matchAll(/<picture>.*?<\/picture>|<img [^>]*>|!\[[^\]]*\]\([^)]*\)/gs)].map(([markup]) => ({
    path,
    markup,
    files: [...markup.matchAll(/(?:src|srcset)="([^"]+)"|\]\(([^)]+)\)/g)].map(([, html, inline]) =>
      join(dirname(path), html ?? inline ?? ''),
    ),
  })),
);

t.test('every picture is in a document, and every picture of a document exists', async (t) => {
  const used = [...new Set(shown.flatMap(({ files }) => files))].filter((file) => file.startsWith(folder));
  t.same(used.sort(), [...pictures].sort());
});

t.test('a picture has a description', async (t) => {
  for (const { path, markup } of shown) t.match(markup, /alt="[^"]{30,}"|!\[[^\]]{30,}\]/, `${path}: ${markup}`);
});

t.test('a picture for light has one for dark, in the same place', async (t) => {
  const themed = shown.filter(({ markup }) => markup.includes('-light.'));
  t.ok(themed.length >= 5);
  for (const { files, markup } of themed) {
    t.same(files, [files[0], files[0]?.replace('-dark.', '-light.')]);
    t.match(markup, /<source media="\(prefers-color-scheme: dark\)" srcset="[^"]+-dark\./);
  }
});

t.test('pictures are small', async (t) => {
  const sizes = await Promise.all(pictures.map(async (path) => ({ path, bytes: (await stat(path)).size })));
  t.same(
    sizes.filter(({ bytes }) => bytes > mostBytes),
    [],
    `${mostBytes} bytes each`,
  );
  const together = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  t.ok(together <= mostBytesTogether, `${together} of ${mostBytesTogether} bytes together`);
});

t.test('pictures of terminals are text, light and dark', async (t) => {
  const drawn = pictures.filter((path) => path.endsWith('.svg') && !path.endsWith('flow.svg'));
  t.ok(drawn.length > 0);
  for (const path of drawn) {
    const text = await readFile(path, 'utf8');
    t.match(text, /✖ CRITICAL/, path);
    t.match(text, /prefers-color-scheme: dark/, path);
    t.notMatch(text, /[\u0000-\u0009\u000b-\u001f]/, `${path}: no control character is left`);
  }
});

t.test('a terminal is drawn with its last screen: colours, columns, characters of HTML', async (t) => {
  const screen = screenOf(
    '\x1b[H\x1b[2Jold\x1b[H\x1b[1mAI-CRM\x1b[0m  \x1b[31m✖ DOWN\x1b[0m\x1b[K\r\na  <b> & c\x1b[K\x1b[J',
  );
  t.equal(screen, '\x1b[1mAI-CRM\x1b[0m  \x1b[31m✖ DOWN\x1b[0m\na  <b> & c');
  const texts = [
    ...terminalPicture('run', screen, 20).matchAll(/<text(?: class="(\w+)")? x="([\d.]+)".*?>(.*)<\/text>/g),
  ];
  t.match(terminalPicture('run', 'abcdef', 4), />abcd<.*>ef</s, 'a long line continues below');
  t.same(
    texts.map(([, look, x, text]) => [look, x, text]),
    [
      ['dim', '16', '$'],
      ['bold', '32.8', 'run'],
      ['bold', '16', 'AI-CRM'],
      ['red', '83.2', '✖ DOWN'],
      [undefined, '16', 'a'],
      [undefined, '41.2', '&lt;b&gt; &amp; c'],
    ],
  );
});

t.test('a mail and a Slack message are drawn as they arrived', async (t) => {
  const raw = [
    'Content-Type: multipart/alternative; boundary=x',
    '',
    '--x\r\nContent-Type: text/plain\r\n\r\nplain',
    '--x\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html\r\n\r\n<p a=3D"b">=E2=9C=96 l=\r\nong</p>',
    '--x--',
  ].join('\r\n');
  const mail = mailPage({ from: 'a@b.test', to: ['c@d.test'], subject: '1 < 2', raw, atMilliseconds: 0 });
  t.match(mail, '<h1>1 &lt; 2</h1>');
  t.match(mail, 'srcdoc="&lt;p a=&quot;b&quot;&gt;✖ long&lt;/p&gt;');
  const text = '*CRITICAL* · a &lt; b\n<https://x.test|What to do>';
  const message = slackPage({
    username: 'CRM',
    attachments: [{ title: 'T', text, color: '#d1242f', pretext: '<!here>' }],
  });
  t.match(message, '<div>@here</div>');
  t.match(message, 'border-color: #d1242f');
  t.match(message, '<b>CRITICAL</b> · a &lt; b<br><a>What to do</a>');
});
