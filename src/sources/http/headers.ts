import { oneLine } from '../../text.js';
import { ProbeFailure } from '../failure.js';

/** Fields of a head: names in lower case, values as they came, one character a byte. */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

/** The value of the first header of that name; empty when there is none. */
export function fieldOf(headers: HeaderFields, wanted: string): string {
  return headers.find(([name]) => name === wanted)?.[1] ?? '';
}

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Headers that say where the answer ends: one of them that is malformed is not passed over. */
const framingHeaders: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

/**
 * The headers, read as browsers read them: a line that begins with a blank goes on with the one before (RFC 9112, 5.2), and one
 * that is no header is passed over, unless it may be about the length of the body. Then nobody knows where the answer ends.
 * Without a pattern for values: one that trims blanks takes hours for a header of 64 KiB of them.
 */
export function parseHeaders(lines: readonly string[]): [string, string][] {
  const headers: [string, string][] = [];
  let name = '';
  for (const line of lines) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      const last = headers.at(-1);
      refuseControls(line, name);
      if (last !== undefined && name !== '') last[1] += ` ${line.trim()}`;
      continue;
    }
    const colon = Math.max(0, line.indexOf(':'));
    name = line.slice(0, colon).toLowerCase();
    refuseControls(line, name);
    if (headerName.test(name)) headers.push([name, line.slice(colon + 1)]);
    else if (framingHeaders.has(name.trim()))
      throw new ProbeFailure('body', `the answer has a malformed header ${quoted(name)}`);
    else name = '';
  }
  return headers.map(([each, value]) => [each, value.trim()]);
}

/** Some readers take a bare carriage return for the end of a line, others a NUL for that of the whole: then nobody knows what is meant. */
function refuseControls(line: string, name: string): void {
  if (line.includes('\r') || line.includes('\0'))
    throw new ProbeFailure('body', `the answer has a malformed header ${quoted(name)}`);
}

/** The elements of a list, in lower case. */
export function listed(value: string): string[] {
  return value.split(',').map((element) => element.trim().toLowerCase());
}

/** A value of the other side in a message. */
export function quoted(value: string): string {
  return JSON.stringify(oneLine(value, 60));
}
