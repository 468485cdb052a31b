import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  type YAMLMap,
} from 'yaml';
import { beginsLikeJson, type Parsing, parseJsonText } from './json-text.js';
import type { Path, Problem, TextProblem } from './problem.js';
import { commentAt, missingEnd, yamlProblemMessage } from './yaml-message.js';
import { isMerge, keyText, offsetOf, type Visit, walk } from './yaml-nodes.js';

/** A parsed text, YAML or JSON, with the positions of its nodes. */
export interface SourceDocument {
  readonly document: Document;
  /** The node of each alias. */
  readonly aliases: ReadonlyMap<Alias, Node>;
  /** Line and column of the beginning of a node, from 1. */
  positionOf(node: unknown): Position;
}

type Position = Pick<Problem, 'line' | 'column'>;

/** Maximum number of reported syntax errors. Later ones are mostly consequences of the first. */
const maxSyntaxErrors = 10;

/**
 * Maximum number of aliases times the nodes behind them. `<<: *defaults` in ten thousand components is permitted; an
 * exponential expansion is not.
 */
const maximumAliasCount = 10_000;

/**
 * Parses JSON with comments and trailing commas if the text begins like JSON, otherwise YAML 1.2 with merge keys. Keys
 * are always text.
 *
 * Returns the problems of the text (syntax, duplicate keys, tags, control characters, aliases that are unknown or
 * contain themselves, text that includes its neighbours) and warnings. Returns the document unless the text is too
 * broken for further checks.
 */
export function parseSource(text: string): {
  readonly parsed?: SourceDocument;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
} {
  const lineCounter = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const { document, errors } =
    invisibleCharacter(text) ?? (beginsLikeJson(text) ? parseJsonText(text) : parseYaml(text));
  for (let offset = 0; ; offset++) {
    lineCounter.addNewLine(offset);
    offset = text.indexOf('\n', offset);
    if (offset < 0) break;
  }
  if (document === undefined) {
    const problems = errors.map(({ offset, message }): Problem => ({ ...positionAt(offset), path: [], message }));
    return { problems: firstPerLine(problems).slice(0, maxSyntaxErrors), warnings: [] };
  }
  const positionOf = (node: unknown) => positionAt(offsetOf(node));
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const report = (node: unknown, path: Path, message: string) =>
    void problems.push({ ...positionOf(node), path, message });
  walk(document, (visit) => {
    const { isCertain, message } = isSwallowing(visit, text) ?? {};
    if (message !== undefined)
      (isCertain === true ? problems : warnings).push({ ...positionOf(visit.node), path: visit.path, message });
  });
  const aliases = checkStructure(document, (node) => positionOf(node).line, report);
  return aliases === undefined
    ? { problems, warnings }
    : { parsed: { document, aliases, positionOf }, problems, warnings };
}

/**
 * The plain value of a document: objects, arrays and scalars.
 *
 * Returns a problem if its aliases expand too far, or if it is nested too deeply.
 */
export function plainValue(parsed: SourceDocument): { readonly value: unknown } | { readonly problem: Problem } {
  try {
    return { value: parsed.document.toJS({ maxAliasCount: maximumAliasCount }) };
  } catch (error) {
    // The yaml package has no code for these: its alias limit is a ReferenceError, the end of the stack a RangeError.
    const message =
      error instanceof ReferenceError ? 'the aliases expand to far more text than the file has' : 'nested too deeply';
    return { problem: { line: 1, column: 1, path: [], message } };
  }
}

function parseYaml(text: string): Parsing {
  const document = parseDocument(text, {
    prettyErrors: false,
    stringKeys: true,
    // The parser compares each key with all others, which is slow from a thousand components on. `checkStructure` needs
    // one pass.
    uniqueKeys: false,
    merge: true,
    resolveKnownTags: false,
    logLevel: 'error',
  });
  const all = [...document.errors, ...document.warnings];
  if (all.length === 0) return { document };
  // After the parser ran out of stack, its other errors do not describe the text.
  const exhaustion = all.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  const errors = (exhaustion === undefined ? all : [exhaustion]).map(
    ({ pos: [offset], code, message: original }): TextProblem => {
      const message = yamlProblemMessage(code, original, text, offset);
      const isAtEnd = code === 'MISSING_CHAR' && offset >= text.trimEnd().length;
      return commentAt(text, offset) ?? { offset: (isAtEnd ? openQuote(document) : undefined) ?? offset, message };
    },
  );
  // Errors before a missing end are mostly consequences of it.
  const unclosed = errors.filter(({ message }) => message === missingEnd);
  return { errors: unclosed.length > 0 ? unclosed.slice(0, 1) : errors };
}

/** Position of the quote that is not closed. It begins the last scalar of the text. */
function openQuote(document: Document): number | undefined {
  let last: number | undefined;
  walk(
    document,
    ({ node }) =>
      void (last =
        isScalar(node) && (node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE)
          ? offsetOf(node)
          : last),
  );
  return last;
}

/** Further errors on the same line are mostly consequences of the first. */
function firstPerLine(problems: readonly Problem[]): readonly Problem[] {
  const lines = new Set<number>();
  return problems.filter(({ line }) => lines.size < lines.add(line).size);
}

/**
 * Invisible characters: controls, which text files do not contain, and special spaces of web pages at the beginning of
 * a line.
 */
function invisibleCharacter(text: string): Parsing | undefined {
  const control = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
  const offset =
    control < 0 ? text.search(/(?<=^[ \t]*)[\u00a0\u1680\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff]/m) : control;
  if (offset < 0) return undefined;
  const code = `U+${text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0')}`;
  const message =
    control < 0
      ? `invisible character ${code} at the beginning of a line: remove it or use a space`
      : `control character ${code}: remove it`;
  return { errors: [{ offset, message }] };
}

/** Reports a problem at a node of the document. */
type NodeReport = (node: unknown, path: Path, message: string) => void;

/**
 * Checks what the parser does not: duplicate keys, aliases without an anchor or within themselves, and merge keys.
 *
 * Returns the node of each alias. Undefined if an alias or a merge is wrong, because then the document has no plain
 * value. Its time is linear in the size of the text.
 */
function checkStructure(
  document: Document,
  lineOf: (node: unknown) => number,
  report: NodeReport,
): ReadonlyMap<Alias, Node> | undefined {
  let isSound = true;
  const reportFatal: NodeReport = (node, path, message) => {
    isSound = false;
    report(node, path, message);
  };
  const aliases = new Map<Alias, Node>();
  const anchors = new Map<string, Node>();
  const merges: { readonly key: unknown; readonly value: unknown; readonly path: Path }[] = [];
  walk(document, ({ node, path, around }) => {
    if (isMap(node)) {
      checkKeys(node, path, lineOf, report);
      for (const pair of node.items)
        if (isMerge(pair)) merges.push({ key: pair.key, value: pair.value, path: [...path, '<<'] });
    }
    if (!isAlias(node)) {
      // In the order of the text, because an alias means the last anchor of its name before it.
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      return;
    }
    const source = anchors.get(node.source);
    if (source === undefined) reportFatal(node, path, 'no anchor of this name before the alias');
    else if (around.some((container) => container === source)) reportFatal(node, path, 'the alias refers to itself');
    else aliases.set(node, source);
  });
  for (const { key, value, path } of merges) {
    const sources = isSeq(value) ? value.items : [value];
    if (sources.every((source) => isMap(isAlias(source) ? aliases.get(source) : source))) continue;
    reportFatal(key, path, 'only mappings can be merged');
  }
  return isSound ? aliases : undefined;
}

function checkKeys(map: YAMLMap, path: Path, lineOf: (node: unknown) => number, report: NodeReport): void {
  const firsts = new Map<string, unknown>();
  for (const pair of map.items) {
    const name = keyText(pair);
    if (firsts.has(name)) report(pair.key, [...path, name], `duplicate key, first on line ${lineOf(firsts.get(name))}`);
    else firsts.set(name, pair.key);
    // In a plain object this key would disappear, and a component would not be probed.
    if (name === '__proto__') report(pair.key, [...path, name], 'unknown key');
  }
}

/** A doubt about a text without quotes. */
interface Suspicion {
  /** Whether it is an error. Otherwise it is a warning. */
  readonly isCertain: boolean;
  readonly message: string;
}

const comment = 'comments begin with "#" in YAML: what follows "//" is read as text; put text with "//" in quotes';
const neighbour = 'a comma or a "-" is missing, or the text needs quotes: YAML reads all of this as one text';

/**
 * Whether YAML reads a comment or a neighbour as a part of this text: `["/", // root` with `"/dev/shm"` on the next
 * line is the text `// root "/dev/shm"`, and `- /` above ` "/boot"` is `/ "/boot"`.
 *
 * In braces, brackets and lists, text with such characters needs quotes, so this is an error. Elsewhere a query or a
 * regular expression may contain quotes and have several lines.
 */
function isSwallowing({ node, around }: Visit, text: string): Suspicion | undefined {
  if (!isScalar(node) || node.type !== Scalar.PLAIN || typeof node.value !== 'string') return undefined;
  const parent = around.at(-1);
  const isFlow = (isMap(parent) || isSeq(parent)) && parent.flow === true;
  const [start = 0, end = 0] = node.range ?? [];
  const written = text.slice(start, end);
  if (/^\/\/(?:\s|$)/.test(written)) return { isCertain: true, message: comment };
  if (/\s\/\/(?:\s|$)/.test(written)) return { isCertain: isFlow || isSeq(parent), message: comment };
  if (isFlow && /[\r\n]/.test(written)) return { isCertain: true, message: neighbour };
  if ((isFlow || isSeq(parent)) && /\s(["']).*?\1(?:\s|$)/s.test(written))
    return { isCertain: true, message: neighbour };
  if (/^[^"\s]+"$/.test(written))
    return {
      isCertain: false,
      message: 'the text ends with a quote but does not begin with one: add the first or remove the last',
    };
  return undefined;
}
