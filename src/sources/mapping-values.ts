import { setImmediate } from 'node:timers/promises';
import { type BoundedCall, TookTooLong } from '../base/bounded-call.js';
import { digitsAt } from '../base/json.js';
import { ProbeFailure } from '../base/reason.js';
import { oneLine } from '../base/text.js';
import { type JsonNode, JsonPath } from '../config/json-path.js';
import type { LabelRule, MetricMapping } from '../config/sections/mapping-options.js';
import type { Definition } from '../metrics/definition.js';

/** Decimal text as JSON APIs give numbers that a float would round, or everything: no hexadecimal, nothing empty, no words. */
const decimal = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** No longer text is a number or a word. */
const maxTextLength = 64;

/**
 * The number that a value stands for, in the base unit; a text says what it is instead, as in "value of x is …".
 *
 * Numbers and decimal text are scaled. Words of `words`, and true and false, are numbers as they stand there; without `words`,
 * true is 1 and false 0. Counters are not negative, nor is anything that this exporter's own metrics tell. Never throws, and tells nothing of the value but its kind.
 */
export function readNumber(
  value: unknown,
  { words, scale, definition }: Pick<MetricMapping, 'words' | 'scale' | 'definition'>,
): number | string {
  if (typeof value === 'boolean') {
    if (words === undefined) return value ? 1 : 0;
    return words.get(String(value)) ?? 'not among its words';
  }
  if (typeof value === 'string') {
    const text = value.length > maxTextLength ? '' : value.trim().toLowerCase();
    const word = words?.get(text);
    if (word !== undefined) return word;
    if (!decimal.test(text)) return words === undefined ? 'text' : 'not among its words';
    return scaled(Number(text), scale, definition);
  }
  if (typeof value === 'number') return scaled(value, scale, definition);
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : 'an object';
}

function scaled(value: number, scale: number, { type, area }: Definition): number | string {
  // Fifteen digits are what a float holds for sure: 12.3 % is 0.123, not 0.12300000000000001.
  const result = scale === 1 ? value : Number((value * scale).toPrecision(15));
  if (!Number.isFinite(result)) return 'not finite';
  return result < 0 && (type === 'counter' || area !== 'configured') ? 'negative' : result;
}

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

/** What the path leads to from a value of the document, which stands at `location`. */
function found(path: JsonPath, value: unknown, document: unknown, location: JsonNode['location']): string {
  const only = path.only(value);
  if (typeof only === 'string') return '';
  const isRounded = typeof only.value === 'number' && Number.isInteger(only.value) && !Number.isSafeInteger(only.value);
  return (isRounded ? digitsAt(document, [...location, ...only.location]) : undefined) ?? valueText(only.value);
}

/** The location comes from the document itself, so every step of it is there. */
function valueAt(document: unknown, location: JsonNode['location']): unknown {
  let value = document;
  for (const key of location) value = (value as Readonly<Record<string | number, unknown>>)[key];
  return value;
}

/** After so long everybody else has a turn. */
const sliceMilliseconds = 40;
/**
 * A single step that takes this long is a regular expression, or a filter, that does not come to an end. Generous, because it is
 * the clock that counts, and the machine may be busy.
 */
const stepMilliseconds = 1000;
/** All slices together, of time in which this process was at work: a hundred thousand series take less. */
const totalMilliseconds = 5000;

/**
 * Does all steps of `work`, a few at a time, so that scrapes are answered meanwhile. Rejects with a `ProbeFailure` when they do
 * not come to an end, and with the reason of `signal` when that is aborted.
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
    // Less than the clock says where the machine is busy with others, and more than our own where another thread is at work.
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
    'the paths of its metrics take too long in this document: a regular expression that goes back and forth, or far too many values',
    { cause },
  );
}
