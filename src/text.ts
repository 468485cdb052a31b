/**
 * What is no text to be read: controls (ESC and C1 among them), line separators, lone surrogates, marks that turn the direction
 * of text, and characters without width. The selectors that choose between the looks of an emoji stay.
 */
// biome-ignore lint/suspicious/noMisleadingCharacterClass: the selectors are meant by themselves
const unprintable = /(?![\t\n\ufe00-\ufe0f])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/** Nothing but this needs no second look, and nearly every text is nothing but this. */
const plain = /^[\t\n\x20-\x7e]*$/;

/** Text of others as it may be shown anywhere, with U+FFFD in the place of everything that is not to be read. Line ends stay. */
export function printable(text: string): string {
  return plain.test(text) ? text : text.replace(unprintable, '\uFFFD');
}

/** The same as a line that stays one, its spaces kept. */
export function printableLine(text: string): string {
  return printable(text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' '));
}

/** The same on one line, runs of white space and controls as one space, cut after so many characters: for labels, messages and fields of a log. */
export function oneLine(text: string, maxCharacters = Number.POSITIVE_INFINITY): string {
  // Cut before as well as after, so that a text of megabytes costs nothing.
  const beginning =
    text.length > 8 * maxCharacters ? text.slice(0, 8 * maxCharacters).replace(/[\ud800-\udbff]$/, '') : text;
  return beginningOf(printable(beginning.replace(/[\s\p{Cc}]+/gu, ' ').trim()), maxCharacters).trimEnd();
}

/** A text cut to so many characters, with an ellipsis where something is missing. */
export function shortened(text: string, characters: number): string {
  const beginning = beginningOf(text, characters);
  return beginning === text ? text : `${beginningOf(text, characters - 1).trimEnd()}…`;
}

/** The first characters of a text; none of them is cut in two. */
function beginningOf(text: string, characters: number): string {
  if (text.length <= characters) return text;
  return [...text.slice(0, 2 * characters)].slice(0, characters).join('');
}
