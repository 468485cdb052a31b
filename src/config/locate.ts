import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { Path } from './problem.js';
import type { SourceDocument } from './source-document.js';
import { isMerge, isNode, keyText } from './yaml-path.js';

/** The nodes of one entry of a mapping or list; list items have no key. */
export interface Place {
  readonly key?: Scalar;
  readonly value?: Node;
  /** Whether the path was there to its end; otherwise the place is that of the nearest parent. */
  readonly exact: boolean;
}

/** Finds what stands at a path, through aliases and merge keys; where the path ends early, its last existing part. */
export function createLocator(parsed: SourceDocument): (path: Path) => Place {
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
