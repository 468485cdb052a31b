import { type ParseErrorCode, visit } from 'jsonc-parser';
import { Document, type Node, Pair, type Range, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { TextProblem } from './problem.js';

/** A document, or the errors of the text. */
export type Parsing =
  | { readonly document: Document; readonly errors?: never }
  | { readonly document?: never; readonly errors: readonly TextProblem[] };

/** Deeper than any ordinary configuration, and safe for the stack. */
const maximumDepth = 200;

/** Numbers of jsonc-parser. Its own enumeration does not exist at run time. */
const codes = {
  propertyNameExpected: 3,
  valueExpected: 4,
  colonExpected: 5,
  commaExpected: 6,
  closeBraceExpected: 7,
  closeBracketExpected: 8,
  endOfFileExpected: 9,
  unexpectedEndOfComment: 11,
  unexpectedEndOfString: 12,
  invalidUnicode: 14,
  invalidEscape: 15,
  invalidCharacter: 16,
} as const;

/**
 * Whether a text counts as JSON: it begins with `[`, or with `{` and something that may follow in JSON, or it is empty.
 * Comments of JSON before that are skipped. `{endpoints: …}`, without quotes, is YAML.
 */
export function beginsLikeJson(text: string): boolean {
  return /^(?:\s|\/\/.*|\/\*(?:(?!\*\/)[^])*\*\/)*(?:\[|\{\s*(?:["}/]|$)|$)/.test(text);
}

/** A mapping or list whose end has not been read. */
interface Open {
  readonly node: YAMLMap | YAMLSeq;
  /** Line of its beginning, from 0. */
  readonly line: number;
  /** Indentation of that line. */
  readonly indent: number;
  /** Key of the entry whose value comes next. */
  key?: Scalar;
}

class TooDeep extends Error {
  constructor(readonly offset: number) {
    super('nested too deeply');
  }
}

/**
 * Reads JSON with comments and trailing commas into nodes of YAML, so that the rest of the code is the same for both.
 * Messages never quote the text, which may be a password.
 */
export function parseJsonText(text: string): Parsing {
  const errors: TextProblem[] = [];
  const stack: Open[] = [];
  const unclosed: { suspect?: TextProblem; last?: Open | undefined } = {};
  const close = () => void (unclosed.last = stack.pop());
  const end = text.trimEnd().length;
  let root: Node | null = null;
  // After a missing brace, bracket or quote, all later errors are consequences.
  let isBroken = false;
  const add = (node: Node, offset: number, length: number): void => {
    node.range = rangeOf(offset, length);
    const parent = stack.at(-1);
    if (parent === undefined) root ??= node;
    else if (parent.node instanceof YAMLSeq) parent.node.items.push(node);
    else if (parent.key !== undefined) parent.node.items.push(new Pair(parent.key, node));
  };
  const open = (node: YAMLMap | YAMLSeq, offset: number, line: number, character: number): void => {
    if (stack.length === maximumDepth) throw new TooDeep(offset);
    node.flow = true;
    add(node, offset, 1);
    stack.push({ node, line, indent: indentOf(text, offset - character) });
  };
  try {
    visit(
      text,
      {
        onObjectBegin: (offset, _length, line, character) => open(new YAMLMap(), offset, line, character),
        onArrayBegin: (offset, _length, line, character) => open(new YAMLSeq(), offset, line, character),
        onObjectEnd: close,
        onArrayEnd: close,
        onObjectProperty: (name, offset, length, _line, character) => {
          const parent = stack.at(-1);
          if (parent === undefined) return;
          parent.key = quoted(name);
          parent.key.range = rangeOf(offset, length);
          // The key begins a line and is not indented more than the mapping around it.
          const isOut = character <= parent.indent && character === indentOf(text, offset - character);
          if (isOut && stack.length > 1) {
            unclosed.suspect ??= {
              offset,
              message: `a closing brace is missing before this line, for the one opened on line ${parent.line + 1}`,
            };
          }
        },
        onLiteralValue: (value: unknown, offset, length) => {
          const scalar = typeof value === 'string' ? quoted(value) : new Scalar(value);
          scalar.source = text.slice(offset, offset + length);
          add(scalar, offset, length);
        },
        onError: (code, offset) => {
          // A brace that is missing at the end was perhaps forgotten earlier: before a key that is not indented more
          // than its mapping.
          if (code === codes.closeBraceExpected && unclosed.suspect !== undefined && !isBroken) {
            const { suspect } = unclosed;
            errors.splice(0, errors.length, ...errors.filter((each) => each.offset < suspect.offset), suspect);
            isBroken = true;
          }
          const isConsequence =
            errors.length > 0 && code >= codes.closeBraceExpected && code <= codes.endOfFileExpected;
          if (isBroken || isConsequence) return;
          // At the end of the text, the parser closes what is open before it reports the error.
          const within =
            code === codes.closeBraceExpected || code === codes.closeBracketExpected ? unclosed.last : stack.at(-1);
          const message = messageOf(code, text, offset, within);
          errors.push({ offset: Math.min(offset, end), message });
          isBroken = message.startsWith('a closing');
        },
      },
      { allowTrailingComma: true, allowEmptyContent: true },
    );
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    return { errors: [{ offset: error.offset, message: error.message }] };
  }
  if (errors.length > 0) return { errors };
  const document = new Document();
  document.contents = root;
  return { document };
}

const noNumber = 'not a number, and text needs double quotes';

function messageOf(code: ParseErrorCode, text: string, offset: number, within: Open | undefined): string {
  const found = text[offset] ?? '';
  const isList = within?.node instanceof YAMLSeq;
  const missing = `a closing ${isList ? 'bracket' : 'brace'} is missing${within === undefined ? '' : `, for the one opened on line ${within.line + 1}`}`;
  // The parser stops inside `0x1F`, `007` and `1_000`, which begin like a number.
  if (/^\w\w$/.test(text.slice(offset - 1, offset + 1))) return noNumber;
  switch (code) {
    case codes.closeBraceExpected:
    case codes.closeBracketExpected:
      return missing;
    case codes.endOfFileExpected:
      if ('}]'.includes(found)) return 'there is one closing brace or bracket too many';
      return found === ','
        ? 'this closing brace or bracket does not match an opening one'
        : 'there is text after the end of the document';
    case codes.propertyNameExpected:
    case codes.valueExpected:
    case codes.commaExpected:
      // Such as `["/", "/boot" }`, `{"a": 1 ]` and `["/",` above `"enabled": true`.
      if (found === '' || (isList ? '}:' : ']').includes(found)) return missing;
      if (code === codes.commaExpected) return 'a comma is missing';
      return code === codes.valueExpected ? 'a value is missing' : 'a key in double quotes is missing';
    case codes.colonExpected:
      return 'a ":" is missing after the key';
    case codes.unexpectedEndOfComment:
      return 'a comment is not closed, "*/" is missing';
    case codes.unexpectedEndOfString:
      return 'a closing quote is missing';
    case codes.invalidUnicode:
    case codes.invalidEscape:
      return 'unknown escape after "\\" in double quotes';
    case codes.invalidCharacter:
      return 'tabs and line ends in text are written as \\t and \\n';
    default:
      if (found === '#') return 'comments begin with "//" in JSON';
      if (/^(?:true|false|null|none)\b/i.test(text.slice(offset, offset + 6)))
        return 'true, false and null must be in lower case';
      return /^(?:[\d.+-]|NaN\b|Infinity\b)/.test(text.slice(offset, offset + 9))
        ? noNumber
        : 'keys and text need double quotes';
  }
}

function quoted(value: string): Scalar<string> {
  const scalar = new Scalar(value);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

function rangeOf(offset: number, length: number): Range {
  return [offset, offset + length, offset + length];
}

/** Number of spaces and tabs at the beginning of a line. */
function indentOf(text: string, lineStart: number): number {
  let end = lineStart;
  while (text[end] === ' ' || text[end] === '\t') end++;
  return end - lineStart;
}
