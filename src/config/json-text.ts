import { type ParseErrorCode, visit } from 'jsonc-parser';
import { Document, type Node, Pair, type Range, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { TextProblem } from './problem.js';

/** Either a document, or what keeps the text from being one. */
export type Parsing =
  | { readonly document: Document; readonly errors?: never }
  | { readonly document?: never; readonly errors: readonly TextProblem[] };

/** Deeper than any configuration, and far from the end of the stack. */
const maximumDepth = 200;

/** Numbers of jsonc-parser, whose own enumeration is not there at run time. */
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
 * Whether a text is to be read as JSON: it begins with `[`, or with `{` and what may follow that in JSON, or there is nothing in it
 * but comments of JSON, which are left out. `{endpoints: …}`, without quotes, is YAML.
 */
export function beginsLikeJson(text: string): boolean {
  return /^(?:\s|\/\/.*|\/\*(?:(?!\*\/)[^])*\*\/)*(?:\[|\{\s*(?:["}/]|$)|$)/.test(text);
}

/** A mapping or list that is being read. */
interface Open {
  readonly node: YAMLMap | YAMLSeq;
  /** From 0. */
  readonly line: number;
  /** Of the line on which it begins. */
  readonly indent: number;
  /** Of an entry whose value comes next. */
  key?: Scalar;
}

class TooDeep extends Error {
  constructor(readonly offset: number) {
    super('nested too deeply');
  }
}

/**
 * Reads JSON with comments and trailing commas into the nodes that YAML is read into, so that everything behind it is the
 * same for both. Messages never quote the text, which may be a password.
 */
export function parseJsonText(text: string): Parsing {
  const errors: TextProblem[] = [];
  const stack: Open[] = [];
  const unclosed: { suspect?: TextProblem; last?: Open | undefined } = {};
  const close = () => void (unclosed.last = stack.pop());
  const end = text.trimEnd().length;
  let root: Node | null = null;
  // After a brace, bracket or quote that is missing, nothing is where it belongs.
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
        onObjectProperty: (name, offset, length, line, character) => {
          const parent = stack.at(-1);
          if (parent === undefined) return;
          parent.key = quoted(name);
          parent.key.range = rangeOf(offset, length);
          // A key at the beginning of a line and not further in than what it is said to be part of.
          const isOut =
            line > parent.line && character <= parent.indent && character === indentOf(text, offset - character);
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
          // What is missing at the end of the text may be missing further up, where a key is not further in than its mapping.
          if (code === codes.closeBraceExpected && unclosed.suspect !== undefined && !isBroken) {
            const { suspect } = unclosed;
            errors.splice(0, errors.length, ...errors.filter((each) => each.offset < suspect.offset), suspect);
            isBroken = true;
          }
          const isConsequence =
            errors.length > 0 && code >= codes.closeBraceExpected && code <= codes.endOfFileExpected;
          if (isBroken || isConsequence) return;
          // At the end of the text, what is open is said to have ended before the error is.
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
  // `0x1F`, `007` and `1_000` begin like a number.
  if (/^\w\w$/.test(text.slice(offset - 1, offset + 1))) return noNumber;
  switch (code) {
    case codes.closeBraceExpected:
    case codes.closeBracketExpected:
      return missing;
    case codes.endOfFileExpected:
      if ('}]'.includes(found)) return 'a closing brace or bracket too many';
      return found === ',' ? 'a closing brace or bracket too many before this' : 'the document has ended before this';
    case codes.propertyNameExpected:
    case codes.valueExpected:
    case codes.commaExpected:
      // `["/", "/boot" }`, `{"a": 1 ]` and `["/",` above `"enabled": true`.
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
        return 'true, false and null are written like this, in small letters';
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

/** How many blanks a line begins with. */
function indentOf(text: string, lineStart: number): number {
  let end = lineStart;
  while (text[end] === ' ' || text[end] === '\t') end++;
  return end - lineStart;
}
