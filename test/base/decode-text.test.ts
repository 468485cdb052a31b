import t from 'tap';
import { decodeFile, decodeHeader, decodePage, decodeText } from '../../src/base/text.js';

const umlauts = 'Größe – €';
const utf8 = Buffer.from(umlauts);
const windows = Buffer.from([0x47, 0x72, 0xf6, 0xdf, 0x65, 0x20, 0x96, 0x20, 0x80]);
const bigEndian = Buffer.from(`\ufeff${umlauts}`, 'utf16le').swap16();

t.test('a byte order mark decides the encoding, then the charset, then it is UTF-8', async (t) => {
  const table: readonly (readonly [what: string, bytes: Buffer, contentType: string])[] = [
    ['UTF-8', utf8, ''],
    ['UTF-8 that says so', utf8, 'text/plain; charset=UTF-8'],
    ['a mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), utf8]), 'text/plain'],
    [
      'a mark, whatever the charset',
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), utf8]),
      'text/plain; charset=iso-8859-1',
    ],
    ['UTF-16', Buffer.from(`\ufeff${umlauts}`, 'utf16le'), 'application/json'],
    ['UTF-16, big end first', bigEndian, ''],
    ['ISO-8859-1, which is Windows-1252', windows, 'text/html; charset=ISO-8859-1'],
    ['with blanks', windows, 'text/html; charset = ISO-8859-1'],
    ['in quotes', windows, 'text/html;charset="windows-1252"; x=y'],
    ['a charset that nobody knows', utf8, 'text/plain; charset=x-strange'],
    ['UTF-16 without a mark', Buffer.from(umlauts, 'utf16le'), 'text/plain; charset=utf-16le'],
  ];
  for (const [what, bytes, contentType] of table) t.strictSame(decodeText(bytes, contentType), { text: umlauts }, what);
  t.equal(decodeText(Buffer.from([0xc8, 0xc9]), 'text/plain; charset=koi8-r').text, 'хи');
});

t.test('characters that resemble a byte order mark are text', async (t) => {
  for (const text of ['ﻀa', 'a¿b', '！a', 'ỿa', '＿a']) {
    t.strictSame(decodeText(Buffer.from(text)), { text });
    t.not(decodeText(Buffer.from(text), 'text/plain; charset=iso-8859-1').text, text, `${text} and a charset`);
  }
  for (const text of ['ÿa', 'aþ', 'þa', 'aÿ'])
    t.strictSame(decodeText(Buffer.from(text, 'latin1'), 'text/plain; charset=iso-8859-1'), { text });
});

t.test('bytes that are invalid in their encoding are reported, and the rest is read', async (t) => {
  t.strictSame(decodeText(Buffer.from([0x61, 0xff])), { text: 'a\ufffd', problem: 'is not UTF-8' });
  t.match(decodeText(Buffer.from([0x61, 0xff]), 'a/b; charset=shift_jis'), { problem: 'is not "shift_jis"' });
  for (const charset of ['utf8', 'UTF-8', '" utf-8 "'])
    t.match(decodeText(Buffer.from([0x61, 0xff]), `a/b; charset=${charset}`), { problem: 'is not UTF-8' }, charset);
  t.match(decodeText(Buffer.from([0xef, 0xbb, 0xbf, 0xff])), { problem: 'is not UTF-8' });
  for (const charset of ['x-utf-8', 'utf-8x'])
    t.match(decodeText(Buffer.from([0x61, 0xff]), `a/b; charset=${charset}`), {
      problem: `is neither of the unknown charset "${charset}" nor UTF-8`,
    });
  t.match(decodeText(Buffer.from([0x61, 0xff]), 'a/b; charset=x\u001b-no'), {
    problem: 'is neither of the unknown charset "x -no" nor UTF-8',
  });
});

t.test('a page is read as a browser reads it', async (t) => {
  const page = (meta: string) => Buffer.concat([Buffer.from(`<!doctype html><head>${meta}`), windows]);
  t.match(decodePage(page('<meta charset="iso-8859-1">')), umlauts);
  t.match(decodePage(page('<META http-equiv=Content-Type content="text/html; charset=windows-1252">')), umlauts);
  t.match(decodePage(page('')), umlauts, 'a page that is not UTF-8 and has no charset is Windows-1252');
  t.match(decodePage(utf8, 'text/html'), umlauts);
  t.match(
    decodePage(Buffer.concat([Buffer.from('<meta charset=iso-8859-1>'), utf8]), 'text/html; charset=utf-8'),
    umlauts,
    'the header comes first',
  );
  t.equal(decodePage(Buffer.from([0x61, 0xff]), 'text/html; charset=utf-8'), 'a\ufffd', 'the header wins');
});

t.test('the charset of a page is found however its tag is written', async (t) => {
  const koi8 = Buffer.from([0xc8, 0xc9]);
  const table: readonly (readonly [tag: string, text: string])[] = [
    ['<meta charset="koi8-r">', 'хи'],
    ["<meta charset='koi8-r'>", 'хи'],
    ['<meta charset=koi8-r>', 'хи'],
    ['<meta charset=koi8-r/>', 'хи'],
    ['<meta\ncharset = " koi8-r ">', 'хи'],
    ['<META name="a" http-equiv=Content-Type content="text/html; charset=koi8-r">', 'хи'],
    ['<meta name=a><p charset=koi8-r>', 'ÈÉ'],
    [`${' '.repeat(1024)}<meta charset=koi8-r>`, 'ÈÉ'],
  ];
  for (const [tag, text] of table) t.equal(decodePage(Buffer.concat([Buffer.from(tag), koi8])), tag + text, tag);
  for (const charset of ['utf-16', 'UTF-16LE'])
    t.equal(
      decodePage(Buffer.concat([Buffer.from(`<meta charset=${charset}>`), utf8])),
      `<meta charset=${charset}>${umlauts}`,
    );
});

t.test('files are UTF-8, or UTF-16 with a mark; headers are UTF-8 or Latin-1', async (t) => {
  t.equal(decodeFile(Buffer.from('\ufeffhunter2')), 'hunter2');
  t.equal(decodeFile(Buffer.from('\ufeffhunter2\r\n', 'utf16le')), 'hunter2\r\n');
  t.equal(decodeFile(windows), undefined);
  for (const text of [umlauts, 'ü', 'a', '']) t.equal(decodeHeader(Buffer.from(text).toString('latin1')), text, text);
  t.equal(decodeHeader('gr\xf6\xdfe'), 'größe');
});
