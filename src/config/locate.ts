import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import type { Path } from './problem.js';
import type { YamlDocument } from './yaml-document.js';
import { keyText } from './yaml-path.js';

/** The nodes of one entry of a mapping or list; list items have no key. */
export interface Place {
  readonly key?: Scalar;
  readonly value?: Node;
  /** Whether the path was there to its end; otherwise the place is that of the nearest parent. */
  readonly exact: boolean;
}

/** Finds what stands at a path, through aliases and merge keys; where the path ends early, its last existing part. */
export function locate(parsed: YamlDocument, path: Path): Place {
  let place: Place = { ...valueOf(parsed.document.contents), exact: path.length === 0 };
  for (const [index, part] of path.entries()) {
    const next = step(parsed, place.value, part);
    if (next === undefined) return { ...place, exact: false };
    place = { ...next, exact: index === path.length - 1 };
  }
  return place;
}

function step(parsed: YamlDocument, node: Node | undefined, part: string | number): Omit<Place, 'exact'> | undefined {
  const container = isAlias(node) ? parsed.aliases.get(node) : node;
  if (isSeq(container)) return typeof part === 'number' ? valueOf(container.items[part]) : undefined;
  if (!isMap(container)) return undefined;
  const pair = container.items.findLast((candidate) => keyText(candidate) === String(part));
  if (pair !== undefined && isScalar(pair.key)) return { key: pair.key, ...valueOf(pair.value) };
  const merge = container.items.find((candidate) => keyText(candidate) === '<<')?.value;
  const sources: readonly unknown[] = isSeq(merge) ? merge.items : [merge];
  for (const source of sources) {
    const found = step(parsed, valueOf(source).value, part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueOf(node: unknown): { readonly value?: Node } {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? { value: node } : {};
}
