import {
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
export function isNode(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
}

/** Where a node begins, as an offset in the text; 0 for what did not come from the text. */
export function offsetOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return 0;
  return Number(node.range[0]);
}
