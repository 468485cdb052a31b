import type { MetricMapping } from '../../config/mapping.js';
import type { Definition } from '../../metrics/definition.js';

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

function scaled(value: number, scale: number, { type, room }: Definition): number | string {
  // Fifteen digits are what a float holds for sure: 12.3 % is 0.123, not 0.12300000000000001.
  const result = scale === 1 ? value : Number((value * scale).toPrecision(15));
  if (!Number.isFinite(result)) return 'not finite';
  return result < 0 && (type === 'counter' || room !== 'configured') ? 'negative' : result;
}
