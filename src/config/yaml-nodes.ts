import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Path } from './problem.js';

/** A node as it is met on a walk through a document: a key, the value of an entry, an item of a list, or the whole. */
export interface Visit {
  readonly node: Node;
  /** A key has the path of its entry. */
  readonly path: Path;
  readonly isKey: boolean;
  /** The mappings and lists that it stands in, outermost first. Changes during the walk. */
  readonly around: readonly (YAMLMap | YAMLSeq)[];
}

/** Calls back for each node in the order of the text; aliases are not followed. Linear in the size of the document. */
export function walk(document: Document, onNode: (visit: Visit) => void): void {
  const around: (YAMLMap | YAMLSeq)[] = [];
  const enter = (node: unknown, path: Path, isKey = false): void => {
    if (!isNode(node)) return;
    onNode({ node, path, isKey, around });
    if (isMap(node)) {
      around.push(node);
      for (const pair of node.items) {
        const inner = [...path, keyText(pair)];
        enter(pair.key, inner, true);
        enter(pair.value, inner);
      }
      around.pop();
    } else if (isSeq(node)) {
      around.push(node);
      node.items.forEach((item, index) => enter(item, [...path, index]));
      around.pop();
    }
  };
  enter(document.contents, []);
}

/** The text of a key; empty for `? [complex]` keys, which are refused anyway. */
export function keyText(pair: Pair<unknown, unknown>): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

/** Whether an entry is a merge key; `"<<"` in quotes is a key like any other. */
export function isMerge(pair: Pair<unknown, unknown>): boolean {
  return isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === Scalar.PLAIN;
}

/** Whether it is a node of a document rather than a plain value. */
function isNode(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
}

/** Where a node begins, as an offset in the text; 0 for what did not come from the text. */
export function offsetOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return 0;
  return Number(node.range[0]);
}

/** The nodes of one entry of a mapping or list; list items have no key. */
interface Place {
  readonly key?: Scalar;
  readonly value?: Node;
  /** Whether the path was there to its end; otherwise the place is that of the nearest parent. */
  readonly exact: boolean;
}

/** Finds what stands at a path, through aliases and merge keys; where the path ends early, its last existing part. */
export function createLocator(parsed: {
  readonly document: Document;
  readonly aliases: ReadonlyMap<Alias, Node>;
}): (path: Path) => Place {
  // Each mapping is looked through once: with a problem in each of ten thousand entries, anything else is felt.
  const entries = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  const entriesOf = (map: YAMLMap): ReadonlyMap<string, Pair> => {
    let found = entries.get(map);
    if (found === undefined) entries.set(map, (found = new Map(map.items.map((pair) => [keyText(pair), pair]))));
    return found;
  };
  const step = (node: Node | undefined, part: string | number): Omit<Place, 'exact'> | undefined => {
    const container = isAlias(node) ? parsed.aliases.get(node) : node;
    if (isSeq(container)) return typeof part === 'number' ? valueOf(container.items[part]) : undefined;
    if (!isMap(container)) return undefined;
    const pair = entriesOf(container).get(String(part));
    if (pair !== undefined && isScalar(pair.key)) return { key: pair.key, ...valueOf(pair.value) };
    const merge = entriesOf(container).get('<<');
    if (merge === undefined || !isMerge(merge)) return undefined;
    const sources: readonly unknown[] = isSeq(merge.value) ? merge.value.items : [merge.value];
    for (const source of sources) {
      const found = step(valueOf(source).value, part);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return (path) => {
    let place: Place = { ...valueOf(parsed.document.contents), exact: path.length === 0 };
    for (const [index, part] of path.entries()) {
      const next = step(place.value, part);
      if (next === undefined) return { ...place, exact: false };
      place = { ...next, exact: index === path.length - 1 };
    }
    return place;
  };
}

function valueOf(node: unknown): { readonly value?: Node } {
  return isNode(node) ? { value: node } : {};
}
