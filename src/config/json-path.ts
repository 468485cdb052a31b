import { JSONPathEnvironment, JSONPathQuery } from 'json-p3';

/** A value of a JSON document, and the keys and indexes that lead to it. */
export interface JsonNode {
  readonly value: unknown;
  readonly location: readonly (string | number)[];
}

/** How deep `..` may descend; what is nested deeper than any document for people ends the search. */
export const maxDescent = 100;

type JsonValue = Parameters<JSONPathQuery['query']>[0];

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
    this.names = new Set(segments.flatMap(({ selectors }) => selectors.flatMap((selector) => ('name' in selector && typeof selector.name === 'string' ? [selector.name] : []))));
  }

  /** The nodes one by one, so that neither memory nor the stack is a matter of how many there are. May throw while it goes: for a document nested too deeply. */
  nodes(document: unknown): Iterable<JsonNode> {
    return this.#query.lazyQuery(document as JsonValue);
  }

  /** The value that it leads to: `missing` for none, `several` when it leads to more than one. */
  only(document: unknown): { readonly value: unknown } | 'missing' | 'several' {
    const nodes = this.#query.lazyQuery(document as JsonValue);
    const first = nodes.next();
    if (first.done === true) return 'missing';
    return nodes.next().done === true ? { value: first.value.value } : 'several';
  }

  /** Whether the list or object is there in which the last step of the path looks: then to find nothing means that there is nothing. */
  hasPlace(document: unknown): boolean {
    for (const { value } of this.#around.lazyQuery(document as JsonValue)) if (typeof value === 'object' && value !== null) return true;
    return false;
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
