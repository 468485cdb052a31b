import { type Alias, type Document, isAlias, isMap, isSeq, type Node, type YAMLMap } from 'yaml';
import type { Path } from './problem.js';
import { isMerge, keyText, walk } from './yaml-path.js';

/** Takes note of a problem at a node of the document. */
export type NodeReport = (node: unknown, path: Path, message: string) => void;

/**
 * Checks what the parser leaves open: duplicate keys, aliases without an anchor or within themselves, and merge keys.
 *
 * Returns what each alias stands for, or undefined when that cannot be said and the document has no plain value.
 * Linear in the size of the text.
 */
export function checkStructure(
  document: Document,
  lineOf: (node: unknown) => number,
  report: NodeReport,
): ReadonlyMap<Alias, Node> | undefined {
  let isSound = true;
  const reportFatal: NodeReport = (node, path, message) => {
    isSound = false;
    report(node, path, message);
  };
  const aliases = new Map<Alias, Node>();
  const anchors = new Map<string, Node>();
  const merges: { readonly key: unknown; readonly value: unknown; readonly path: Path }[] = [];
  walk(document, ({ node, path, around }) => {
    if (isMap(node)) {
      checkKeys(node, path, lineOf, report);
      for (const pair of node.items)
        if (isMerge(pair)) merges.push({ key: pair.key, value: pair.value, path: [...path, '<<'] });
    }
    if (!isAlias(node)) {
      // In the order of the text: an alias means the latest anchor of its name before it.
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      return;
    }
    const source = anchors.get(node.source);
    if (source === undefined) reportFatal(node, path, 'no anchor of this name before the alias');
    else if (around.some((container) => container === source))
      reportFatal(node, path, 'the alias is part of what it stands for');
    else aliases.set(node, source);
  });
  for (const { key, value, path } of merges) {
    const sources = isSeq(value) ? value.items : [value];
    if (sources.every((source) => isMap(isAlias(source) ? aliases.get(source) : source))) continue;
    reportFatal(key, path, 'only mappings can be merged');
  }
  return isSound ? aliases : undefined;
}

function checkKeys(map: YAMLMap, path: Path, lineOf: (node: unknown) => number, report: NodeReport): void {
  const firsts = new Map<string, unknown>();
  for (const pair of map.items) {
    const name = keyText(pair);
    if (firsts.has(name)) report(pair.key, [...path, name], `duplicate key, first on line ${lineOf(firsts.get(name))}`);
    else firsts.set(name, pair.key);
    // Refused here, because zod passes over this key in silence and a component would not be watched.
    if (name === '__proto__') report(pair.key, [...path, name], 'unknown key');
  }
}
