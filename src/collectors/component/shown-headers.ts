import { decodeHeader } from '../../decode-text.js';
import { shownHeaderValue } from '../../sensitive.js';
import { oneLine, shortened } from '../../text.js';

const longestValue = 200;
/** No more of a value is looked at: the search for URLs in it takes longer the longer it is. */
const longestLookedAt = 4096;

/** Answer headers fit to be shown: without what may be a secret, each on one line and not too long. */
export function shownHeaders(
  headers: readonly (readonly [name: string, value: string])[],
): readonly (readonly [name: string, value: string])[] {
  return headers.map(([name, value]) => [
    name,
    shortened(oneLine(shownHeaderValue(name, decodeHeader(value.slice(0, longestLookedAt)))), longestValue),
  ]);
}
