import { LineCounter, parseDocument, type Alias, type Document, type Node } from 'yaml';
import type { Problem } from './problem.js';
import { yamlProblemMessage } from './yaml-message.js';
import { offsetOf } from './yaml-path.js';
import { checkStructure } from './yaml-structure.js';

/** A parsed YAML or JSON text that still knows where everything stood. */
export interface YamlDocument {
  readonly document: Document.Parsed;
  /** What each alias stands for. */
  readonly aliases: ReadonlyMap<Alias, Node>;
  /** The line and column, from 1, at which a node begins. */
  positionOf(node: unknown): Position;
}

type Position = Pick<Problem, 'line' | 'column'>;

/** So many syntax errors are told; the rest are mostly consequences of the first. */
const toldSyntaxErrors = 10;

/** Aliases times what they stand for: enough for `<<: *defaults` in ten thousand components, far too little to explode. */
const maximumAliasCount = 10_000;

/**
 * Parses YAML 1.2 (and so JSON) with merge keys; keys are always text.
 *
 * Returns what is wrong with the text (syntax, duplicate keys, tags, control characters, aliases that are unknown or
 * contain themselves), and the document unless the text is too broken to say anything more about it.
 */
export function parseYaml(text: string): { readonly parsed?: YamlDocument; readonly problems: readonly Problem[] } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    stringKeys: true,
    // Compares each key with each other; `checkStructure` does it in one go, which is felt from a thousand components on.
    uniqueKeys: false,
    merge: true,
    resolveKnownTags: false,
    logLevel: 'error',
  });
  const positionAt = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const control = controlCharacter(text);
  if (control !== undefined) return { problems: [{ ...positionAt(control.offset), path: [], message: control.message }] };
  const errors = tellableErrors(document);
  if (errors.length > 0) {
    return {
      problems: errors.map(({ pos: [offset], code, message }) => ({
        ...positionAt(offset),
        path: [],
        message: yamlProblemMessage(code, message),
      })),
    };
  }
  const positionOf = (node: unknown) => positionAt(offsetOf(node));
  const problems: Problem[] = [];
  const aliases = checkStructure(
    document,
    (node) => positionOf(node).line,
    (node, path, message) => problems.push({ ...positionOf(node), path, message }),
  );
  return aliases === undefined ? { problems } : { parsed: { document, aliases, positionOf }, problems };
}

/**
 * The plain value of a document: objects, arrays and scalars.
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

function tellableErrors({ errors, warnings }: Document.Parsed): Document.Parsed['errors'][number][] {
  const all = [...errors, ...warnings];
  // Once the parser ran out of stack, whatever else it says is not about the text.
  const exhaustion = all.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  return exhaustion === undefined ? all.slice(0, toldSyntaxErrors) : [exhaustion];
}

function controlCharacter(text: string): { readonly offset: number; readonly message: string } | undefined {
  const offset = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
  if (offset < 0) return undefined;
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0');
  return { offset, message: `control character U+${code}, which text files do not contain` };
}
