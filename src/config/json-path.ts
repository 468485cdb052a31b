import { JSONPathEnvironment, JSONPathNode, JSONPathQuery } from 'json-p3';

/** A value of a JSON document, and the keys and indexes that lead to it. */
export interface JsonNode {
  readonly value: unknown;
  readonly location: readonly (string | number)[];
}

/** How deep `..` may descend; what is nested deeper than any document for people ends the search. */
export const maxDescent = 100;

type JsonValue = Parameters<JSONPathQuery['query']>[0];
type Segment = JSONPathQuery['segments'][number];

/**
 * A compiled JSONPath (RFC 9535).
 *
 * This module loads the JSONPath library: whoever may do without imports it late.
 */
export class JsonPath {
  readonly #query: JSONPathQuery;
  readonly #around: JSONPathQuery;
  /** The names of members that the path itself writes: all that may be told of a location, as other keys are the other side's. */
  readonly names: ReadonlySet<string>;

  /** Throws the library's error for a text that is no JSONPath; see `jsonPathProblem`. */
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

  /** The nodes one by one, so that neither memory nor the stack is a matter of how many there are. May throw while it goes: for a document nested too deeply. */
  nodes(document: unknown): Iterable<JsonNode> {
    return nodesAt(this.#query, document);
  }

  /** The value that it leads to: `missing` for none, `several` when it leads to more than one. */
  only(document: unknown): JsonNode | 'missing' | 'several' {
    const nodes = nodesAt(this.#query, document);
    const first = nodes.next();
    if (first.done === true) return 'missing';
    return nodes.next().done === true ? first.value : 'several';
  }

  /** Whether the list or object is there in which the last step of the path looks: then to find nothing means that there is nothing. */
  hasPlace(document: unknown): boolean {
    for (const { value } of nodesAt(this.#around, document))
      if (typeof value === 'object' && value !== null) return true;
    return false;
  }
}

/** As the library's `lazyQuery`, which gathers all children of a node before it gives the first: a second for a list of a million. */
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
  // Its class is not exported.
  const isDescent = segment.toString().startsWith('..');
  for (const node of nodes) {
    for (const within of isDescent ? descent(node, 1) : [node]) {
      for (const selector of segment.selectors) yield* selector.lazyResolve(within);
    }
  }
}

/** A node and everything below it. */
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

/** Why a text is no JSONPath, in a few words; undefined when it is one. */
export function jsonPathProblem(text: string): string | undefined {
  if (!text.startsWith('$')) return 'it begins with $';
  try {
    new JsonPath(text);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    // What it says of its own reading, "can't backup beyond start", is no news; behind the reason it quotes the path.
    return /backup|^$/.test(why) ? 'it is incomplete' : why.replace(/ \('.*$/s, '').replace(/\s+/g, ' ');
  }
}
