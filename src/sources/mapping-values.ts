import { setImmediate } from 'node:timers/promises';
import { type BoundedCall, TookTooLong } from '../base/bounded-call.js';
import { digitsAt } from '../base/json.js';
import { ProbeFailure } from '../base/reason.js';
import { oneLine } from '../base/text.js';
import { type JsonNode, JsonPath } from '../config/json-path.js';
import type { LabelRule, MetricMapping } from '../config/sections/mapping-options.js';
import type { Definition } from '../metrics/definition.js';

/**
 * Decimal text: JSON APIs send numbers as text that a float would round, or send all numbers as text. No hexadecimal,
 * no empty text, no words.
 */
const decimal = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A longer text is neither a number nor a word. */
const maxTextLength = 64;

/**
 * Converts a value to a number in the base unit. Returns a text that says what the value is instead, as in "value of x
 * is …".
 *
 * Numbers and decimal text are scaled. Words of `words`, and true and false, have the given numbers; without `words`,
 * true is 1 and false 0. Counters and the exporter's own metrics are not negative. Never throws. The text contains only
 * the kind of the value.
 */
export function readNumber(
  value: unknown,
  { words, scale, definition }: Pick<MetricMapping, 'words' | 'scale' | 'definition'>,
): number | string {
  if (typeof value === 'boolean') {
    if (words === undefined) return value ? 1 : 0;
    return words.get(String(value)) ?? 'not one of its words';
  }
  if (typeof value === 'string') {
    const text = value.length > maxTextLength ? '' : value.trim().toLowerCase();
    const word = words?.get(text);
    if (word !== undefined) return word;
    if (!decimal.test(text)) return words === undefined ? 'text' : 'not one of its words';
    return scaled(Number(text), scale, definition);
  }
  if (typeof value === 'number') return scaled(value, scale, definition);
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : 'an object';
}

function scaled(value: number, scale: number, { type, area }: Definition): number | string {
  // A float keeps fifteen digits exactly: 12.3 % is 0.123, not 0.12300000000000001.
  const result = scale === 1 ? value : Number((value * scale).toPrecision(15));
  if (!Number.isFinite(result)) return 'not finite';
  return result < 0 && (type === 'counter' || area !== 'configured') ? 'negative' : result;
}

/** Maximum length of a label value. */
const maxLabelLength = 128;

/** Reads the labels of a node. A missing label is empty, which equals no label. */
export type LabelReader = (node: JsonNode, document: unknown) => Readonly<Record<string, string>>;

/** Compiles the rules. Throws for an invalid JSONPath; the configuration checks this earlier. */
export function createLabelReader(rules: ReadonlyMap<string, LabelRule>): LabelReader {
  const readers = [...rules].map(([name, rule]) => [name, readerOf(rule)] as const);
  return (node, document) => Object.fromEntries(readers.map(([name, read]) => [name, read(node, document)]));
}

/** A value as label text: one line, shortened; empty for null, lists and objects. */
function valueText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? oneLine(value, maxLabelLength) : '';
}

function readerOf(rule: LabelRule): (node: JsonNode, document: unknown) => string {
  switch (rule.kind) {
    case 'text': {
      const text = valueText(rule.text);
      return () => text;
    }
    case 'key':
      return ({ location }) => valueText(location.at(-1 - rule.levels));
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

/** The value at the path, relative to a value of the document at `location`. */
function found(path: JsonPath, value: unknown, document: unknown, location: JsonNode['location']): string {
  const only = path.only(value);
  if (typeof only === 'string') return '';
  const isRounded = typeof only.value === 'number' && Number.isInteger(only.value) && !Number.isSafeInteger(only.value);
  return (isRounded ? digitsAt(document, [...location, ...only.location]) : undefined) ?? valueText(only.value);
}

/** The location comes from the document, so every step of it exists. */
function valueAt(document: unknown, location: JsonNode['location']): unknown {
  let value = document;
  for (const key of location) value = (value as Readonly<Record<string | number, unknown>>)[key];
  return value;
}

/** After this time other work gets a turn. */
const sliceMilliseconds = 40;
/**
 * A single step that takes this long has a regular expression or a filter that does not end. The limit is high, because
 * it is wall time and the machine may be busy.
 */
const stepMilliseconds = 1000;
/** Limit for all slices together, in time of this process. A hundred thousand series take less. */
const totalMilliseconds = 5000;

/**
 * Does all steps of `work`, a few at a time, so that scrapes are answered meanwhile. Rejects with a `ProbeFailure` when
 * they take too long, and with the reason of `signal`.
 */
export async function inSlices(work: Iterator<unknown>, call: BoundedCall, signal?: AbortSignal): Promise<void> {
  const slice = () => {
    const end = performance.now() + sliceMilliseconds;
    for (;;) {
      if (work.next().done === true) return true;
      if (performance.now() >= end) return false;
    }
  };
  let spentMilliseconds = 0;
  for (;;) {
    signal?.throwIfAborted();
    const [startedAt, before] = [performance.now(), process.cpuUsage()];
    const isDone = bounded(slice, call);
    if (isDone) return;
    const { user, system } = process.cpuUsage(before);
    // Wall time is too long when other processes use the machine. CPU time is too long when another thread works. So
    // the smaller one counts.
    spentMilliseconds += Math.min(performance.now() - startedAt, (user + system) / 1000);
    if (spentMilliseconds > totalMilliseconds) throw tooMuch();
    await setImmediate();
  }
}

function bounded(slice: () => boolean, call: BoundedCall): boolean {
  try {
    return call(slice, stepMilliseconds);
  } catch (error) {
    throw error instanceof TookTooLong ? tooMuch(error) : error;
  }
}

function tooMuch(cause?: Error): ProbeFailure {
  return new ProbeFailure(
    'json',
    'the paths of its metrics take too long in this document: simplify their regular expressions, or query fewer values',
    { cause },
  );
}
