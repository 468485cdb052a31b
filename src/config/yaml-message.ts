import type { ErrorCode } from 'yaml';
import type { TextProblem } from './problem.js';

/** The message for a missing end of `{` or `[`. */
export const missingEnd = 'a closing bracket or brace is missing';

/**
 * The message for an error of the yaml package, in plain words.
 *
 * It follows from the code of the error, because the messages of the package may quote the text, which may be a
 * password. `offset` is the position of the error.
 */
export function yamlProblemMessage(code: ErrorCode, original: string, text: string, offset: number): string {
  const found = text[offset] ?? '';
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'tabs cannot indent, use spaces';
    case 'BAD_INDENT':
      return original.includes('must end with') || original.includes('sufficiently indented')
        ? missingEnd
        : 'indented differently from its neighbours';
    case 'MISSING_CHAR':
      if (original.includes('quote')) return 'a closing quote is missing';
      if (original.includes('need to be followed')) return 'a ":" is missing after the key';
      return original.includes(',') ? 'a comma is missing' : 'a space, a ":" or a "-" is missing';
    case 'BAD_SCALAR_START':
      return 'text that begins with this character needs quotes';
    case 'BAD_DQ_ESCAPE':
      return 'unknown escape after "\\" in double quotes';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'text with ": " in it needs quotes';
    case 'BLOCK_IN_FLOW':
      return 'a comma or a closing bracket is missing';
    case 'MULTILINE_IMPLICIT_KEY':
      return 'a key must be on one line with its ":"';
    case 'MULTIPLE_DOCS':
      return 'more than one document, remove the "---"';
    case 'NON_STRING_KEY':
      return 'a key must be text';
    case 'TAG_RESOLVE_FAILED':
      return 'tags ("!…") are not supported';
    case 'RESOURCE_EXHAUSTION':
      return 'nested too deeply';
    case 'ALIAS_PROPS':
    case 'BAD_ALIAS':
    case 'MULTIPLE_ANCHORS':
    case 'BAD_PROP_ORDER':
      return 'an anchor ("&…") or alias ("*…") is not allowed like this';
    default:
      if (found === '}' || found === ']') return 'there is one closing brace or bracket too many';
      if (/["']\s*$/.test(text.slice(Math.max(0, offset - 20), offset)))
        return "text after a closing quote: a quote within text is written \\\" in \"…\" and '' in '…'";
      return 'not valid YAML here';
  }
}

/** The message for a comment of another language on this line or at the end of the line before; undefined without one. */
export function commentAt(text: string, offset: number): TextProblem | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.lastIndexOf('\n', lineStart - 2) + 1;
  const lineEnd = text.indexOf('\n', offset);
  const lines = text.slice(before, lineEnd < 0 ? undefined : lineEnd);
  const found = lines.search(/(?<=^|[\s,[{])(?:\/\/|\/\*)(?=\s|$)/m);
  return found < 0 ? undefined : { offset: before + found, message: 'comments begin with "#" in YAML' };
}
