import { isPair, isScalar, isSeq, type Pair } from 'yaml';
import type { Path } from './problem.js';

/** The path of a node, from what `visit` of the yaml package says about it: its key and its ancestors. */
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

/** Where a node begins, as an offset in the text; 0 for what did not come from the text. */
export function offsetOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return 0;
  return Number(node.range[0]);
}
