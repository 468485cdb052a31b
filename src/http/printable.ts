/** Controls, and marks that change the direction of text: they would play tricks on a terminal or on the reader's eye. */
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text from outside as it may be shown: valid Unicode, with U+FFFD in the place of everything that is not to be read. */
export function printable(text: string): string {
  return text.toWellFormed().replace(unprintable, '\uFFFD');
}
