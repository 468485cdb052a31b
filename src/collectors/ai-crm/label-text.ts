/** Longer names are cut: nobody reads them, and AI-CRM decides on them. */
const maxLength = 100;

/** Controls, line separators, and marks that change the direction of text. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** A name that AI-CRM made up, as a label value: one line, cut, valid Unicode; empty when nothing is left of it. */
export function labelText(name: string): string {
  return name.slice(0, maxLength).replace(/\s+/g, ' ').replace(unprintable, '\uFFFD').toWellFormed().trim();
}
