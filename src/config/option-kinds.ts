import { formatDuration, parseDurationSeconds } from './duration.js';
import { faulty, isMapping, type JsonSchema, type Kind, type Range } from './option.js';

/*
 * Messages that begin with "must be" get the given value appended, if it may be shown. Numbers and flags may be text,
 * because `${VAR}` gives text; for the same reason the schema permits any text with `${`.
 */

function plain<Value>(
  type: string,
  schema: JsonSchema,
  read: (given: unknown, refuse: (message: string) => typeof faulty) => Value | typeof faulty,
  takes: (given: unknown) => boolean = (given) => typeof given === 'string',
): Kind<Value> {
  return {
    type,
    takes,
    schema: () => schema,
    read: (given, path, report) =>
      read(given, (message) => {
        report(path, message);
        return faulty;
      }),
  };
}

/** Text. `mayBeEmpty` if an empty text has a meaning. */
export function text({ mayBeEmpty = false, type = 'Text' } = {}): Kind<string> {
  return plain(type, { type: 'string', ...(mayBeEmpty ? {} : { minLength: 1 }) }, (given, refuse) => {
    if (typeof given !== 'string') return refuse('must be text');
    return given === '' && !mayBeEmpty ? refuse('must not be empty') : given;
  });
}

/** Text that matches; `expected` completes "must be …". */
export function textLike(pattern: RegExp, expected: string, type = 'Text'): Kind<string> {
  return plain(type, { type: 'string', pattern: pattern.source }, (given, refuse) =>
    typeof given === 'string' && pattern.test(given) ? given : refuse(`must be ${expected}`),
  );
}

/** The name of a file, relative to the configuration file. The name is not secret, even if the content is. */
export function fileName(): Kind<string> {
  return text({ type: 'File' });
}

/**
 * A URL; `refusalOf` gives the problem of a text. It is checked immediately, so that its error comes together with the
 * others.
 */
export function url(refusalOf: (given: string) => string | undefined = () => undefined): Kind<string> {
  return {
    ...plain('URL', { type: 'string', minLength: 1 }, (given, refuse) => {
      if (typeof given !== 'string') return refuse('must be a URL');
      const refusal = given === '' ? 'must not be empty' : refusalOf(given);
      return refusal === undefined ? given : refuse(refusal);
    }),
    isUrl: true,
  };
}

/** One of a few words in any case. The value is spelled as in the list. */
export function word<const Word extends string>(words: readonly [Word, ...Word[]]): Kind<Word> {
  const message = `must be ${words.length > 1 ? `${words.slice(0, -1).join(', ')} or ` : ''}${words.at(-1)}`;
  const spellings = words.flatMap((each) => [each.toLowerCase(), each.toUpperCase()]).join('|');
  const type = words.length > 1 ? `One of ${words.join(', ')}` : words[0];
  return plain(type, { type: 'string', pattern: `^(?:${spellings})$|\\$\\{` }, (given, refuse) => {
    const found = typeof given === 'string' && words.find((each) => each.toLowerCase() === given.toLowerCase());
    return typeof found === 'string' ? found : refuse(message);
  });
}

/** `true` or `false`. Give `message` if other values are possible, too. */
export function flag(message = 'must be true or false'): Kind<boolean> {
  const schema = { anyOf: [{ type: 'boolean' }, { type: 'string', pattern: '^(?:true|false)$|\\$\\{' }] };
  return plain(
    'true or false',
    schema,
    (given, refuse) =>
      given === true || given === 'true' ? true : given === false || given === 'false' ? false : refuse(message),
    (given) => typeof given === 'boolean' || typeof given === 'string',
  );
}

/** A whole number within a range. */
export function wholeNumber(range: Range, unit = 'Whole number'): Kind<number> {
  const type = `${unit}, ${range.minimum} to ${range.maximum}`;
  const kind = numeric(type, 'must be a whole number', { type: 'integer', ...range }, (value) => {
    if (value < range.minimum || value > range.maximum) return `must be between ${range.minimum} and ${range.maximum}`;
    return Number.isInteger(value) ? undefined : 'must be a whole number';
  });
  return unit === 'Bytes' ? { ...kind, format: (bytes) => `${bytes} (${bytes / 1024 / 1024} MiB)` } : kind;
}

/** One of a few numbers. */
export function numberOf<const Value extends number>(values: readonly [Value, ...Value[]]): Kind<Value> {
  const names = values.join(' or ');
  const pattern = `^(?:${values.join('|').replaceAll('.', '\\.')})$|\\$\\{`;
  return plain(
    names,
    { anyOf: [{ enum: values }, { type: 'string', pattern }] },
    (given, refuse) => values.find((value) => String(value) === String(given)) ?? refuse(`must be ${names}`),
    isNumberOrText,
  );
}

/** A number above 0 and up to a maximum. */
export function positiveNumber(maximum: number, unit = 'Number'): Kind<number> {
  const schema = { type: 'number', exclusiveMinimum: 0, maximum };
  return numeric(`${unit}, above 0 to ${maximum}`, 'must be a number', schema, (value) =>
    value > 0 && value <= maximum ? undefined : `must be above 0 and at most ${maximum}`,
  );
}

/** A number between two others, both excluded. */
export function numberBetween(above: number, below: number, unit = 'Number'): Kind<number> {
  const schema = { type: 'number', exclusiveMinimum: above, exclusiveMaximum: below };
  return numeric(`${unit}, above ${above} and below ${below}`, 'must be a number', schema, (value) =>
    value > above && value < below ? undefined : `must be above ${above} and below ${below}`,
  );
}

/** Any finite number. */
export function finiteNumber(): Kind<number> {
  return numeric('Number', 'must be a number', { type: 'number' }, () => undefined);
}

function numeric(
  type: string,
  message: string,
  schema: JsonSchema,
  refusalOf: (value: number) => string | undefined,
): Kind<number> {
  return plain(
    type,
    { anyOf: [schema, { type: 'string', pattern: '^-?[0-9.]+$|\\$\\{' }] },
    (given, refuse) => {
      const isNumber = typeof given === 'string' && /^-?\d+(\.\d+)?$/.test(given);
      const value = isNumber ? Number(given) : given;
      if (typeof value !== 'number' || !Number.isFinite(value)) return refuse(message);
      const refusal = refusalOf(value);
      return refusal === undefined ? value : refuse(refusal);
    },
    isNumberOrText,
  );
}

/** A number of seconds, or text such as `30s`. The value is in seconds. */
export function duration(range: Range): Kind<number> {
  const [shortest, longest] = [formatDuration(range.minimum), formatDuration(range.maximum)];
  const pattern = '^(?:[0-9]+(?:\\.[0-9]+)?(?:ms|s|m|h|d)?)+$|\\$\\{';
  return {
    ...plain(
      `Duration, ${shortest} to ${longest}`,
      {
        anyOf: [
          { type: 'number', ...range },
          { type: 'string', pattern },
        ],
      },
      (given, refuse) => {
        const value = typeof given === 'string' ? parseDurationSeconds(given) : given;
        if (typeof value !== 'number' || !Number.isFinite(value))
          return refuse('must be a number of seconds or a duration such as 30s');
        if (value >= range.minimum && value <= range.maximum) return value;
        return refuse(`must be between ${shortest} and ${longest}`);
      },
      isNumberOrText,
    ),
    format: formatDuration,
  };
}

function isNumberOrText(given: unknown): boolean {
  return typeof given === 'string' || Number.isFinite(given);
}

/** Text, a number, true, false or null. The value is not changed. */
export function scalar(): Kind<string | number | boolean | null> {
  const isScalar = (given: unknown): given is string | number | boolean | null =>
    given === null || typeof given === 'string' || typeof given === 'boolean' || Number.isFinite(given);
  return plain(
    'Value',
    { type: ['string', 'number', 'boolean', 'null'] },
    (given, refuse) => (isScalar(given) ? given : refuse('must be text, a number, true, false or null')),
    isScalar,
  );
}

/** Only this text. */
export function literal<const Text extends string>(only: Text): Kind<Text> {
  return plain(
    only,
    { type: 'string', const: only },
    (given, refuse) => (given === only ? only : refuse(`must be ${only}`)),
    (given) => given === only,
  );
}

/** A mapping with any content. */
export function freeMapping(): Kind<Readonly<Record<string, unknown>>> {
  return plain(
    'Mapping',
    { type: 'object', propertyNames: { type: 'string' }, additionalProperties: {} },
    (given, refuse) => (isMapping(given) ? given : refuse('must be a mapping')),
    isMapping,
  );
}
