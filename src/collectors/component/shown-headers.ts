import { mask } from '../../config/secret.js';

const secretHeaders = /cookie|authorization|authenticat|token|secret|key|session/i;

const longestValue = 200;

/** Whether the value of a header may be somebody's key to something. */
export function isSecretHeader(name: string): boolean {
  return secretHeaders.test(name);
}

/**
 * Answer headers fit to be shown: what may be a secret is masked, a location loses its query, and everything that could
 * disturb a terminal or a page is a question mark.
 */
export function shownHeaders(headers: readonly (readonly [name: string, value: string])[]): readonly (readonly [name: string, value: string])[] {
  return headers.map(([name, value]) => [name, shownValue(name, value)]);
}

function shownValue(name: string, value: string): string {
  if (isSecretHeader(name)) return mask;
  const text = name === 'location' ? value.replace(/\?.*$/s, '?…') : value;
  const printable = text.replace(/[^\x20-\x7e\xa0-\xff…]/g, '?');
  return printable.length > longestValue ? `${printable.slice(0, longestValue)}…` : printable;
}
