import { type JsonNode, JsonPath } from '../../config/json-path.js';
import type { LabelRule } from '../../config/mapping.js';
import { digitsAt } from '../../json.js';
import { oneLine } from '../../text.js';

/** Longer label values are cut. */
const maxLabelLength = 128;

/** Reads the labels of a node; what is missing is an empty label, which is as good as none. */
export type LabelReader = (node: JsonNode, document: unknown) => Readonly<Record<string, string>>;

/** Compiles the rules. Throws for a path that is no JSONPath: the configuration has to be checked for that. */
export function createLabelReader(rules: ReadonlyMap<string, LabelRule>): LabelReader {
  const readers = [...rules].map(([name, rule]) => [name, readerOf(rule)] as const);
  return (node, document) => Object.fromEntries(readers.map(([name, read]) => [name, read(node, document)]));
}

/** The text of a value as a label: one line, cut; empty for null, lists and objects. */
export function labelText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? oneLine(value, maxLabelLength) : '';
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
      return ({ value, location }, document) => found(path, value, document, location);
    }
    case 'parent': {
      const path = new JsonPath(rule.path);
      return ({ location }, document) => {
        if (rule.levels > location.length) return '';
        const above = location.slice(0, location.length - rule.levels);
        return found(path, valueAt(document, above), document, above);
      };
    }
  }
}

/** What the path leads to from a value of the document, which stands at `location`. */
function found(path: JsonPath, value: unknown, document: unknown, location: JsonNode['location']): string {
  const only = path.only(value);
  if (typeof only === 'string') return '';
  const isRounded = typeof only.value === 'number' && Number.isInteger(only.value) && !Number.isSafeInteger(only.value);
  return (isRounded ? digitsAt(document, [...location, ...only.location]) : undefined) ?? labelText(only.value);
}

/** The location comes from the document itself, so every step of it is there. */
function valueAt(document: unknown, location: JsonNode['location']): unknown {
  let value = document;
  for (const key of location) value = (value as Readonly<Record<string | number, unknown>>)[key];
  return value;
}
