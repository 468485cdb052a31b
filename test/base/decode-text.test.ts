import t from 'tap';
import { decodeFile, decodeHeader, decodePage, decodeText } from '../../src/base/text.js';

const umlauts = 'Größe – €';
const utf8 = Buffer.from(umlauts);
const windows = Buffer.from([0x47, 0x72, 0xf6, 0xdf, 0x65, 0x20, 0x96, 0x20, 0x80]);
const bigEndian = Buffer.from(`\ufeff${umlauts}`, 'utf16le').swap16();

t.test('a byte order mark decides, then the charset, then UTF-8', async (t) => {
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
    ['in quotes', windows, 'text/html;charset="windows-1252"; x=y'],
    ['a charset that nobody knows', utf8, 'text/plain; charset=x-strange'],
    ['UTF-16 without a mark', Buffer.from(umlauts, 'utf16le'), 'text/plain; charset=utf-16le'],
  ];
  for (const [what, bytes, contentType] of table) t.strictSame(decodeText(bytes, contentType), { text: umlauts }, what);
  t.equal(decodeText(Buffer.from([0xc8, 0xc9]), 'text/plain; charset=koi8-r').text, 'хи');
});

t.test('bytes that are not in their encoding are told, and read as far as they can be', async (t) => {
  t.strictSame(decodeText(Buffer.from([0x61, 0xff])), { text: 'a\ufffd', problem: 'is not UTF-8' });
  t.match(decodeText(Buffer.from([0x61, 0xff]), 'a/b; charset=shift_jis'), { problem: 'is not "shift_jis"' });
  t.match(decodeText(Buffer.from([0x61, 0xff]), 'a/b; charset=x\u001b-no'), {
    problem: 'is neither of the unknown charset "x -no" nor UTF-8',
  });
});

t.test('a page is read as a browser reads it', async (t) => {
  const page = (meta: string) => Buffer.concat([Buffer.from(`<!doctype html><head>${meta}`), windows]);
  t.match(decodePage(page('<meta charset="iso-8859-1">')), umlauts);
  t.match(decodePage(page('<META http-equiv=Content-Type content="text/html; charset=windows-1252">')), umlauts);
  t.match(decodePage(page('')), umlauts, 'what is no UTF-8 and says nothing is Windows-1252');
  t.match(decodePage(utf8, 'text/html'), umlauts);
  t.match(
    decodePage(Buffer.concat([Buffer.from('<meta charset=iso-8859-1>'), utf8]), 'text/html; charset=utf-8'),
    umlauts,
    'the header is asked first',
  );
});

t.test('files are UTF-8, or UTF-16 with a mark; headers UTF-8, or what they were', async (t) => {
  t.equal(decodeFile(Buffer.from('\ufeffhunter2')), 'hunter2');
  t.equal(decodeFile(Buffer.from('\ufeffhunter2\r\n', 'utf16le')), 'hunter2\r\n');
  t.equal(decodeFile(windows), undefined);
  t.equal(decodeHeader(utf8.toString('latin1')), umlauts);
  t.equal(decodeHeader('gr\xf6\xdfe'), 'größe');
});
