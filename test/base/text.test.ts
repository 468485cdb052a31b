import t from 'tap';
import { oneLine, printable, printableLine, shortened } from '../../src/base/text.js';

const unreadable: Readonly<Record<string, string>> = {
  'the escape of a terminal': '\u001b',
  'a control of 8 bits': '\u009b',
  'a bell': '\u0007',
  'a delete': '\u007f',
  'a NUL': '\0',
  'an override to the left': '\u202e',
  'an isolate': '\u2066',
  'a mark of direction': '\u200f',
  'the Arabic letter mark': '\u061c',
  'a space without width': '\u200b',
  'a joiner': '\u2060',
  'a soft hyphen': '\u00ad',
  'a Hangul filler': '\u3164',
  'a tag': '\u{e0041}',
  'half of a character': '\ud800',
  'the other half': '\udc00',
};

t.test('each unreadable character is shown as U+FFFD', async (t) => {
  for (const [what, character] of Object.entries(unreadable)) {
    t.equal(printable(`a${character}b`), 'a\ufffdb', what);
    t.equal(printable(character), '\ufffd', `${what}, alone`);
    t.equal(oneLine(`a${character}b`), /\p{Cc}/u.test(character) ? 'a b' : 'a\ufffdb', `${what}, on one line`);
  }
  t.equal(printable('line\u2028separator\u2029'), 'line\ufffdseparator\ufffd');
});

t.test('ordinary text stays as it is', async (t) => {
  for (const text of [
    '',
    'plain ASCII ~!"\\',
    'Größe, größer',
    'データベース',
    'базы данных',
    'قاعدة البيانات',
    '😀 ❤\ufe0f',
    'a\tb\nc',
  ])
    t.equal(printable(text), text);
});

t.test(
  'a text becomes one line, without white space at its ends, and with one blank for each gap or control character',
  async (t) => {
    t.equal(oneLine(' a\r\n b\u2028c\u0085\tde\ufefff '), 'a b c de f');
    t.equal(printableLine('a   b\r\nc\u2028d'), 'a   b c d', 'the blanks of a table stay');
    t.equal(printableLine('a\vV\f1'), 'a V 1');
  },
);

t.test('a text is cut by characters, never within one', async (t) => {
  t.equal(oneLine('😀'.repeat(10), 3), '😀😀😀');
  t.equal(oneLine(`ab${'😀'.repeat(10_000_000)}`, 3), 'ab😀');
  t.equal(oneLine('ab\ud800', 3), 'ab\ufffd', 'an existing half of a character is shown as one');
  t.equal(oneLine('ab\ud800'), 'ab\ufffd');
  t.equal(oneLine(`a${' '.repeat(22)}bcd`, 3), 'a b');
  t.equal(oneLine(`a${' '.repeat(22)}😀bcd`, 3), 'a', 'text beyond eight times the limit is not read');
  t.equal(oneLine('abc   ', 3), 'abc');
  t.equal(oneLine('abc def', 4), 'abc');
  t.equal(shortened('😀😀😀', 3), '😀😀😀');
  t.equal(shortened('😀😀😀😀', 3), '😀😀…');
  t.equal(shortened('ab cd', 4), 'ab…');
});
