import type { ErrorCode } from 'yaml';

/**
 * What is wrong with the text, in plain words, for an error of the yaml package.
 *
 * Made from its code, because its own messages may quote the text, and the text may be a password.
 */
export function yamlProblemMessage(code: ErrorCode, original: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'tabs cannot indent, use spaces';
    case 'BAD_INDENT':
      return original.includes('must end with') || original.includes('sufficiently indented')
        ? 'a closing bracket or brace is missing'
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
      return 'not valid YAML here';
  }
}
