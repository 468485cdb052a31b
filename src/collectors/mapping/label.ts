import type { LabelRule } from '../../config/mapping.js';
import { JsonPath, type JsonNode } from '../../config/json-path.js';

/** Longer label values are cut. */
const maxLabelLength = 128;

/** Reads the labels of a node; what is missing is an empty label, which is as good as none. */
export type LabelReader = (node: JsonNode, document: unknown) => Readonly<Record<string, string>>;

/** Compiles the rules. Throws for a path that is no JSONPath: the configuration has to be checked for that. */
export function createLabelReader(rules: ReadonlyMap<string, LabelRule>): LabelReader {
  const readers = [...rules].map(([name, rule]) => [name, readerOf(rule)] as const);
  return (node, document) => Object.fromEntries(readers.map(([name, read]) => [name, read(node, document)]));
}

/** The text of a value as a label: one line without controls, cut; empty for null, lists and objects. */
export function labelText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return '';
  // Cut before as well as after, so that a text of megabytes costs nothing.
  const line = value.slice(0, 8 * maxLabelLength).replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length <= maxLabelLength ? line : line.slice(0, maxLabelLength).replace(/[\ud800-\udbff]$/, '');
}

function readerOf(rule: LabelRule): (node: JsonNode, document: unknown) => string {
  switch (rule.kind) {
    case 'text': {
      const text = labelText(rule.text);
      return () => text;
    }
    case 'key':
      return ({ location }) => labelText(location.at(-1 - rule.levels));
    case 'path': {
      const path = new JsonPath(rule.path);
      return ({ value }) => found(path, value);
    }
    case 'parent': {
      const path = new JsonPath(rule.path);
      return ({ location }, document) => (rule.levels > location.length ? '' : found(path, ancestor(document, location, rule.levels)));
    }
  }
}

function found(path: JsonPath, value: unknown): string {
  const only = path.only(value);
  return typeof only === 'string' ? '' : labelText(only.value);
}

/** The value so many levels above a location. The location comes from the document itself, so every step of it is there. */
function ancestor(document: unknown, location: JsonNode['location'], levels: number): unknown {
  let value = document;
  for (const key of location.slice(0, location.length - levels)) value = (value as Readonly<Record<string | number, unknown>>)[key];
  return value;
}
