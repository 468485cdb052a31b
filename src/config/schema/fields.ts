import * as z from 'zod';
import { formatDuration, parseDurationSeconds } from '../duration.js';
import type { Range } from '../limits.js';

/*
 * The kinds of values that options have. A message that begins with "must be" gets the given value appended where
 * it may be shown. Numbers and flags may also come as text, because that is what `${VAR}` gives; editors accept any text with
 * `${` in it for the same reason.
 */

/** Text; empty text only where an empty value means something. */
export function text(options: { readonly mayBeEmpty?: boolean } = {}) {
  const anyText = z.string({ error: 'must be text' });
  return options.mayBeEmpty === true ? anyText : anyText.min(1, { error: 'must not be empty' });
}

/** Text that has to match; `expected` completes "must be …". */
export function textLike(pattern: RegExp, expected: string) {
  return z.string({ error: `must be ${expected}` }).regex(pattern, { error: `must be ${expected}` });
}

/** One of a few words, in any case; gives it as it is listed. */
export function word<const Word extends string>(words: readonly [Word, ...Word[]]) {
  const message = `must be ${words.length > 1 ? `${words.slice(0, -1).join(', ')} or ` : ''}${words.at(-1)}`;
  return z
    .string({ error: message })
    .meta({ pattern: `^(?:${words.flatMap((each) => [each.toLowerCase(), each.toUpperCase()]).join('|')})$|\\$\\{` })
    .transform((given, context): Word => {
      const found = words.find((each) => each.toLowerCase() === given.toLowerCase());
      if (found !== undefined) return found;
      context.issues.push({ code: 'custom', message, input: given });
      return z.NEVER;
    });
}

/** `true` or `false`; the message is for where something else is possible as well. */
export function flag(message = 'must be true or false') {
  return z
    .union([z.boolean(), z.string().meta({ pattern: '^(?:true|false)$|\\$\\{' })], { error: message })
    .transform((given, context): boolean => {
      if (given === true || given === 'true') return true;
      if (given === false || given === 'false') return false;
      context.issues.push({ code: 'custom', message, input: given });
      return z.NEVER;
    });
}

/** A whole number within a range, both ends included. */
export function wholeNumber(range: Range) {
  const limited = `must be between ${range.minimum} and ${range.maximum}`;
  return numeric('must be a whole number', { type: 'integer', ...range }, (value) => {
    if (value < range.minimum || value > range.maximum) return limited;
    return Number.isInteger(value) ? undefined : 'must be a whole number';
  });
}

/** A number above 0 and at most the given one. */
export function positiveNumber(maximum: number) {
  return numeric('must be a number', { exclusiveMinimum: 0, maximum }, (value) =>
    value > 0 && value <= maximum ? undefined : `must be above 0 and at most ${maximum}`,
  );
}

/** A number between two others, neither of them included. */
export function numberBetween({ above, below }: { readonly above: number; readonly below: number }) {
  return numeric('must be a number', { exclusiveMinimum: above, exclusiveMaximum: below }, (value) =>
    value > above && value < below ? undefined : `must be above ${above} and below ${below}`,
  );
}

/** Any number that is one. */
export function finiteNumber() {
  return numeric('must be a number', {}, (value) => (Number.isFinite(value) ? undefined : 'must be a number'));
}

function numeric(
  message: string,
  jsonSchema: Readonly<Record<string, unknown>>,
  refuse: (value: number) => string | undefined,
) {
  return z
    .union([z.number().meta(jsonSchema), z.string().meta({ pattern: '^-?[0-9.]+$|\\$\\{' })], { error: message })
    .transform((given, context): number => {
      const value = typeof given === 'number' ? given : /^-?\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
      const refusal = Number.isNaN(value) ? message : refuse(value);
      if (refusal === undefined) return value;
      context.issues.push({ code: 'custom', message: refusal, input: given });
      return z.NEVER;
    });
}

/** A number of seconds, or text such as `30s`; gives seconds. */
export function duration(range: Range) {
  const message = 'must be a number of seconds or a duration such as 30s';
  return z
    .union(
      [
        z.number().meta({ ...range }),
        z.string().meta({ pattern: '^(?:[0-9]+(?:\\.[0-9]+)?(?:ms|s|m|h|d)?)+$|\\$\\{' }),
      ],
      { error: message },
    )
    .transform((given, context): number => {
      const value = typeof given === 'number' ? given : parseDurationSeconds(given);
      if (value !== undefined && value >= range.minimum && value <= range.maximum) return value;
      const limited = `must be between ${formatDuration(range.minimum)} and ${formatDuration(range.maximum)}`;
      context.issues.push({ code: 'custom', message: value === undefined ? message : limited, input: given });
      return z.NEVER;
    });
}

/** A list; `expected` completes "must be …". */
export function list<Item extends z.ZodType>(item: Item, expected: string) {
  return z.array(item, { error: `must be ${expected}` });
}

/** A list with something in it. */
export function filledList<Item extends z.ZodType>(item: Item, expected: string) {
  return list(item, expected).min(1, { error: 'must not be an empty list' });
}

/**
 * A mapping with exactly these keys.
 *
 * The message for unknown keys is the list of the known ones: zod's issue does not carry them, and the suggestion
 * ("did you mean …?") needs them.
 */
export function mapping<Shape extends z.core.$ZodShape>(shape: Shape, expected = 'a mapping') {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : `must be ${expected}`),
  });
}

/** Header names to values; numbers and flags are taken as the text that they look like. */
export function headers() {
  return named(
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/,
    'not a header name',
    z.union([z.string(), z.number(), z.boolean()], { error: 'must be text' }).transform(String),
    'a mapping of header names to values',
  );
}

/** A mapping whose keys are the user's own; `namesAre` is the whole message for a key that does not match. */
export function named<Value extends z.ZodType>(pattern: RegExp, namesAre: string, value: Value, expected: string) {
  return z.record(z.string().regex(pattern), value, {
    error: (issue) => (issue.code === 'invalid_key' ? namesAre : `must be ${expected}`),
  });
}
