import { oneLine } from '../../text.js';

/** Longer names are cut: nobody reads them, and AI-CRM decides on them. */
const maxLength = 100;

/** A name that AI-CRM made up, as a label value: one line, cut, valid Unicode; empty when nothing is left of it. */
export function labelText(name: string): string {
  return oneLine(name, maxLength);
}
