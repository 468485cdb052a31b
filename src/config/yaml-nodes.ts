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

/** A node of a document: a key, the value of an entry, an item of a list, or the root. */
export interface Visit {
  readonly node: Node;
  /** A key has the path of its entry. */
  readonly path: Path;
  readonly isKey: boolean;
  /** The mappings and lists around it, outermost first. The list changes during the walk. */
  readonly around: readonly (YAMLMap | YAMLSeq)[];
}

/**
 * Calls `onNode` for each node in the order of the text. Does not follow aliases. Its time is linear in the size of the
 * document.
 */
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

/** The text of a key; empty for a `? [complex]` key, which is refused elsewhere. */
export function keyText(pair: Pair<unknown, unknown>): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

/** Whether an entry is a merge key. `"<<"` in quotes is an ordinary key. */
export function isMerge(pair: Pair<unknown, unknown>): boolean {
  return isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === Scalar.PLAIN;
}

/** Whether it is a node of a document and not a plain value. */
function isNode(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
}

/** Offset of the beginning of a node in the text; 0 if it does not come from the text. */
export function offsetOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return 0;
  return Number(node.range[0]);
}

/** The nodes of one entry. Items of a list have no key. */
interface Place {
  readonly key?: Scalar;
  readonly value?: Node;
  /** Whether the whole path exists. Otherwise this is the place of its nearest parent. */
  readonly exact: boolean;
}

/** Finds the node at a path, through aliases and merge keys. If the path does not exist, finds its last existing part. */
export function createLocator(parsed: {
  readonly document: Document;
  readonly aliases: ReadonlyMap<Alias, Node>;
}): (path: Path) => Place {
  // Each mapping is searched once, because otherwise errors in ten thousand entries take too long.
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
