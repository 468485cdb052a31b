import { JSONPathEnvironment, JSONPathNode, JSONPathQuery } from 'json-p3';

/** A value of a JSON document with its path of keys and indexes. */
export interface JsonNode {
  readonly value: unknown;
  readonly location: readonly (string | number)[];
}

/** Maximum depth of `..`. The search ends with an error at a deeper value, which ordinary documents do not have. */
export const maxDescent = 100;

type JsonValue = Parameters<JSONPathQuery['query']>[0];
type Segment = JSONPathQuery['segments'][number];

/**
 * A compiled JSONPath (RFC 9535).
 *
 * This module loads the JSONPath library, so import it late if it is not always needed.
 */
export class JsonPath {
  readonly #query: JSONPathQuery;
  readonly #around: JSONPathQuery;
  /** Member names in the path itself. Only these may be in messages, because other keys come from the document. */
  readonly names: ReadonlySet<string>;

  /** Throws the library's error for an invalid JSONPath; see `jsonPathProblem`. */
  constructor(readonly text: string) {
    this.#query = new JSONPathEnvironment({ maxRecursionDepth: maxDescent }).compile(text);
    const { environment, segments } = this.#query;
    this.#around = new JSONPathQuery(environment, segments.slice(0, -1));
    this.names = new Set(
      segments.flatMap(({ selectors }) =>
        selectors.flatMap((selector) =>
          'name' in selector && typeof selector.name === 'string' ? [selector.name] : [],
        ),
      ),
    );
  }

  /**
   * The nodes one by one, so that their number affects neither memory nor the stack. May throw during the iteration,
   * for a document that is nested too deeply.
   */
  nodes(document: unknown): Iterable<JsonNode> {
    return nodesAt(this.#query, document);
  }

  /** The only value of the path; `missing` if there is none, `several` if there are more. */
  only(document: unknown): JsonNode | 'missing' | 'several' {
    const nodes = nodesAt(this.#query, document);
    const first = nodes.next();
    if (first.done === true) return 'missing';
    return nodes.next().done === true ? first.value : 'several';
  }

  /** Whether the list or object exists in which the last step of the path looks. If so, no result means an empty one. */
  hasPlace(document: unknown): boolean {
    for (const { value } of nodesAt(this.#around, document))
      if (typeof value === 'object' && value !== null) return true;
    return false;
  }
}

/**
 * Like `lazyQuery` of the library, which collects all children of a node before it returns the first: one second for a
 * list of a million.
 */
function nodesAt(
  { segments }: JSONPathQuery,
  document: unknown,
): Iterator<JSONPathNode, unknown> & Iterable<JSONPathNode> {
  const root = document as JsonValue;
  return segments.reduce<Iterator<JSONPathNode, unknown> & Iterable<JSONPathNode>>(
    (nodes, segment) => resolved(nodes, segment),
    [new JSONPathNode(root, [], root)].values(),
  );
}

function* resolved(nodes: Iterable<JSONPathNode>, segment: Segment): Generator<JSONPathNode> {
  // The library does not export the class of this segment.
  const isDescent = segment.toString().startsWith('..');
  for (const node of nodes) {
    for (const within of isDescent ? descent(node, 1) : [node]) {
      for (const selector of segment.selectors) yield* selector.lazyResolve(within);
    }
  }
}

/** A node and all nodes below it. */
function* descent(node: JSONPathNode, depth: number): Generator<JSONPathNode> {
  if (depth >= maxDescent) throw new RangeError('nested too deeply');
  yield node;
  const { value, location, root } = node;
  if (Array.isArray(value)) {
    for (const [index, child] of value.entries())
      yield* descent(new JSONPathNode(child, location.concat(index), root), depth + 1);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value))
      yield* descent(new JSONPathNode(child as JsonValue, location.concat(key), root), depth + 1);
  }
}

/** Why a text is not a JSONPath, in a few words; undefined if it is one. */
export function jsonPathProblem(text: string): string | undefined {
  if (!text.startsWith('$')) return 'it begins with $';
  try {
    new JsonPath(text);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    // Messages about the parser itself, such as "can't backup beyond start", do not help. The path that the message
    // quotes at its end is removed.
    return /backup|^$/.test(why) ? 'it is incomplete' : why.replace(/ \('.*$/s, '').replace(/\s+/g, ' ');
  }
}
