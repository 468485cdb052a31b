import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit, type Alias, type Document, type Node, type Pair } from 'yaml';
import type { Path, Problem } from './problem.js';
import { yamlProblemMessage } from './yaml-message.js';

/** A parsed YAML or JSON text that still knows where everything stood. */
export interface YamlDocument {
  readonly document: Document.Parsed;
  /** What each alias stands for. */
  readonly aliases: ReadonlyMap<Alias, Node>;
  /** The line and column, from 1, of an offset in the text. */
  positionOf(offset: number): { readonly line: number; readonly column: number };
}

/** So many syntax errors are told; the rest are mostly consequences of the first. */
const toldSyntaxErrors = 10;

/** Aliases times what they stand for: enough for `<<: *defaults` in ten thousand components, far too little to explode. */
const maximumAliasCount = 10_000;

/**
 * Parses YAML 1.2 (and so JSON) with merge keys; keys are always text.
 *
 * Returns every syntax error as a problem, among them duplicate keys, tags, control characters, and aliases that are
 * unknown or contain themselves. With problems, nothing of the document may be trusted.
 */
export function parseYaml(text: string): { readonly parsed: YamlDocument; readonly problems: readonly Problem[] } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: true,
    merge: true,
    resolveKnownTags: false,
    logLevel: 'silent',
  });
  const positionOf = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const control = controlCharacterProblem(text, positionOf);
  const syntax = [...document.errors, ...document.warnings].map((error): Problem => {
    const path = error.code === 'DUPLICATE_KEY' ? pathOfKeyAt(document, error.pos[0]) : [];
    return { ...positionOf(error.pos[0]), path, message: yamlProblemMessage(error.code, error.message) };
  });
  // With these the parser lost its way, so whatever else it says is not about the text.
  const problems = control !== undefined ? [control] : syntax.slice(0, toldSyntaxErrors);
  const aliases = new Map<Alias, Node>();
  if (problems.length === 0) problems.push(...resolveAliases(document, aliases, positionOf));
  return { parsed: { document, aliases, positionOf }, problems };
}

/**
 * The plain value of a document without problems: objects, arrays and scalars.
 *
 * Returns a problem instead when its aliases expand beyond all reason.
 */
export function plainValue(parsed: YamlDocument): { readonly value: unknown } | { readonly problem: Problem } {
  try {
    return { value: parsed.document.toJS({ maxAliasCount: maximumAliasCount }) };
  } catch (error) {
    // The yaml package has no code for this one: a ReferenceError is its alias limit, a RangeError the end of the stack.
    const message = error instanceof ReferenceError ? 'the aliases expand to far more than is written' : 'nested too deeply';
    return { problem: { line: 1, column: 1, path: [], message } };
  }
}

/** The path of a node from what `visit` says about its ancestors. */
export function pathOfAncestors(key: number | string | null, ancestors: readonly unknown[]): Path {
  const path: (string | number)[] = [];
  ancestors.forEach((ancestor, index) => {
    const child = ancestors[index + 1];
    if (isSeq(ancestor)) path.push(child === undefined ? Number(key) : ancestor.items.indexOf(child));
    else if (isPair(ancestor)) path.push(keyText(ancestor));
  });
  return path;
}

/** The text of a key; empty for `? [complex]` keys, which are refused anyway. */
export function keyText(pair: Pair<unknown, unknown>): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function pathOfKeyAt(document: Document.Parsed, offset: number): Path {
  let found: Path = [];
  visit(document, {
    Pair(key, pair, ancestors) {
      if (!isScalar(pair.key) || pair.key.range?.[0] !== offset) return undefined;
      found = [...pathOfAncestors(typeof key === 'symbol' ? null : key, ancestors), keyText(pair)];
      return visit.BREAK;
    },
  });
  return found;
}

/** Fills the map in the order of the text, because an alias means the latest anchor of its name before it. */
function resolveAliases(document: Document.Parsed, aliases: Map<Alias, Node>, positionOf: YamlDocument['positionOf']): Problem[] {
  const problems: Problem[] = [];
  const anchors = new Map<string, Node>();
  visit(document, {
    Pair(key, pair, ancestors) {
      // Refused here, because zod passes over the key in silence and a component would not be watched.
      if (keyText(pair) === '__proto__') report(pair.key, [...pathOfAncestors(key, ancestors), '__proto__'], 'unknown key');
    },
    Node(key, node, ancestors) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        return;
      }
      const path = pathOfAncestors(key, ancestors);
      const source = anchors.get(node.source);
      if (source === undefined) report(node, path, 'no anchor of this name before the alias');
      else if (ancestors.includes(source)) report(node, path, 'the alias is part of what it stands for');
      else aliases.set(node, source);
    },
  });
  visit(document, {
    Pair(key, pair, ancestors) {
      if (keyText(pair) !== '<<') return;
      const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
      if (sources.every((source) => isMap(isAlias(source) ? aliases.get(source) : source))) return;
      report(pair.key, [...pathOfAncestors(key, ancestors), '<<'], 'only mappings can be merged');
    },
  });
  return problems;

  function report(node: unknown, path: Path, message: string): void {
    problems.push({ ...positionOf((node as Node).range?.[0] ?? 0), path, message });
  }
}

function controlCharacterProblem(text: string, positionOf: YamlDocument['positionOf']): Problem | undefined {
  const offset = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
  if (offset < 0) return undefined;
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0');
  return { ...positionOf(offset), path: [], message: `control character U+${code}, which text files do not contain` };
}
