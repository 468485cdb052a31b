import t from 'tap';
import { columnsOf, type Look, padTo, renderLine } from '../../src/base/terminal-text.js';

t.test('the width of a text is the number of columns in a terminal', async (t) => {
  for (const [text, columns] of [
    ['', 0],
    ['abc', 3],
    ['größer', 6],
    ['データ', 6],
    ['数', 2],
    ['ひら', 4],
    ['한국', 4],
    ['。', 2],
    ['ﾃﾞｰﾀ', 4],
    ['ＡＢ', 4],
    ['😀', 2],
    ['e\u0301', 1],
  ] as const)
    t.equal(columnsOf(text), columns, text);
});

t.test('a cell always has exactly its width', async (t) => {
  t.equal(padTo('ab', 4), 'ab  ');
  t.equal(padTo('ab', 4, 'right'), '  ab');
  t.equal(padTo('abcd', 4), 'abcd');
  t.equal(padTo('abcde', 4), 'abc…');
  t.equal(padTo('データベース', 6), 'デー… ', 'no character is cut in two');
  t.equal(padTo('データベース', 6, 'right'), ' デー…');
  t.equal(padTo('abc', 1), '…');
  t.equal(padTo('abc', 0), '');
});

t.test('a line is no wider than the terminal, and shows when something is cut off', async (t) => {
  const line = (width: number, ...texts: readonly string[]) =>
    renderLine(
      texts.map((text) => ({ text })),
      width,
      false,
    );
  t.equal(line(6, 'abc', 'def'), 'abcdef');
  t.equal(line(5, 'abc', 'def'), 'abcd…');
  t.equal(line(4, 'abc', 'def'), 'abc…');
  t.equal(line(3, 'abc', 'def'), 'ab…', 'also when a whole piece is missing');
  t.equal(line(5, 'abc', 'データ', 'x'), 'abc…');
  t.equal(line(10, 'ab', '   '), 'ab', 'blanks at the end do not count as missing');
});

t.test('text without colour says the same, and an empty text has no colour', async (t) => {
  const pieces = [{ text: 'OK', look: 'green' }, { text: '', look: 'red' }, { text: ' x' }] as const;
  t.equal(renderLine(pieces, 80, true), '\u001b[32mOK\u001b[0m x');
  t.equal(renderLine(pieces, 80, false), 'OK x');
  const looks: readonly Look[] = ['bold', 'dim', 'red', 'green', 'yellow', 'magenta'];
  t.equal(
    renderLine(
      looks.map((look) => ({ text: '.', look })),
      80,
      true,
    ),
    [1, 2, 31, 32, 33, 35].map((code) => `\u001b[${code}m.\u001b[0m`).join(''),
  );
});
