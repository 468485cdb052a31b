import { filledList, type Given, mapping, optional } from '../option.js';
import { text } from '../option-kinds.js';
import type { Path } from '../problem.js';
import { type Context, compilePattern } from '../resolving.js';
import { Secret } from '../secret.js';

/** One step of a dialog: a text to send, then a text to expect. */
export interface DialogStep {
  /** One character for each byte. */
  readonly send?: Secret;
  /** `^` and `$` match at line ends. */
  readonly expect?: RegExp;
}

const stepOptions = {
  send: optional(
    text(),
    'Text to send first. \\r, \\n, \\t, \\0, \\\\ and \\xHH stand for a character or byte, also in plain and single quotes.',
    { isSecret: true, synonyms: 'query request write' },
  ),
  expect: optional(
    text({ type: 'JavaScript regular expression' }),
    'What must be received then, before the deadline and within 16 KiB. ^ and $ are the ends of lines. The next step reads what follows the match.',
    { isSecret: true, synonyms: 'response answer read' },
  ),
};

/** `dialog`. */
export const dialogOption = optional(
  filledList(mapping(stepOptions, 'a mapping with send, expect or both'), 'a list of steps'),
  'Dialog over the connection of a tcp://, tls:// or ws:// endpoint. Each step sends a text, expects one, or both in this order. Over a WebSocket each text is one message.',
  {
    quotes: 'never',
    defaultIs: 'no dialog',
    synonyms: 'query_response conversation send_expect script',
  },
);

const escape = /\\(?:([rnt0\\])|x([0-9a-f]{2})|)/gi;
const escaped: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' };

/** The steps of a dialog. Reports invalid patterns, invalid escapes and empty steps. */
export function resolveDialog(
  given: readonly Given<typeof stepOptions>[],
  path: Path,
  context: Context,
): readonly DialogStep[] {
  return given.map(({ send, expect }, index) => {
    const stepPath = [...path, index];
    if (send === undefined && expect === undefined) context.report(stepPath, 'needs send, expect or both', 'key');
    const pattern = expect === undefined ? undefined : compilePattern(expect, [...stepPath, 'expect'], context, 'm');
    return {
      ...(send === undefined ? {} : { send: new Secret(bytesOf(send, [...stepPath, 'send'], context)) }),
      ...(pattern === undefined ? {} : { expect: pattern }),
    };
  });
}

function bytesOf(text: string, path: Path, context: Context): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(escape, (_all, letter?: string, code?: string) => {
      if (letter !== undefined) return escaped[letter.toLowerCase()] ?? '';
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      context.report(path, 'has a "\\" that is none of \\r, \\n, \\t, \\0, \\\\ and \\xHH');
      return '';
    });
}
