import { isAlias, isMap, isSeq, visit, type Alias, type Document, type Node, type YAMLMap } from 'yaml';
import type { Path } from './problem.js';
import { keyText, pathOfAncestors } from './yaml-path.js';

/** Takes note of a problem at a node of the document. */
export type NodeReport = (node: unknown, path: Path, message: string) => void;

/**
 * Checks what the parser leaves open: duplicate keys, aliases without an anchor or within themselves, and merge keys.
 *
 * Returns what each alias stands for, or undefined when that cannot be said and the document has no plain value.
 * Linear in the size of the text.
 */
export function checkStructure(
  document: Document.Parsed,
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
  visit(document, {
    Node(key, node, ancestors) {
      // In the order of the text: an alias means the latest anchor of its name before it.
      if (!isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isMap(node)) checkKeys(node, pathOfAncestors(key, ancestors), lineOf, report);
      if (!isAlias(node)) return;
      const source = anchors.get(node.source);
      if (source === undefined) reportFatal(node, pathOfAncestors(key, ancestors), 'no anchor of this name before the alias');
      else if (ancestors.includes(source)) {
        reportFatal(node, pathOfAncestors(key, ancestors), 'the alias is part of what it stands for');
      } else aliases.set(node, source);
    },
  });
  visit(document, {
    Pair(key, pair, ancestors) {
      if (keyText(pair) !== '<<') return;
      const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
      if (sources.every((source) => isMap(isAlias(source) ? aliases.get(source) : source))) return;
      reportFatal(pair.key, [...pathOfAncestors(key, ancestors), '<<'], 'only mappings can be merged');
    },
  });
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
