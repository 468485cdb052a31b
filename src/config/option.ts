import type { Path, Report } from './problem.js';

/** Stands for a value that cannot be read; why has been reported. */
export const faulty: unique symbol = Symbol('faulty');

/** A piece of JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A kind of values that options have. */
export interface Kind<Value> {
  /** Whether a value is of this kind at all: of several kinds, the one that takes it says what is wrong with it. */
  takes(given: unknown): boolean;
  read(given: unknown, path: Path, report: Report): Value | typeof faulty;
  /** What may be written, for editors. */
  schema(): JsonSchema;
  /** What it is, for the reference, with its range: `Duration, 1s to 1d`. */
  readonly type: string;
  /** How a value is written in the reference. Absent: as JSON has it. */
  format?(value: Value): string;
  /** A text of this kind is a URL, or was meant to be one. */
  readonly isUrl?: boolean;
  /** Of a mapping. */
  readonly options?: Options;
  /** Those of its options that may be there several times, under names of the user's own: `slack_ops` besides `slack`. */
  readonly repeated?: readonly string[];
  /** Of a list, or of a mapping whose keys are the user's own. */
  readonly each?: Kind<unknown>;
  readonly isNamed?: boolean;
  /** Where there is a choice. */
  readonly kinds?: readonly Kind<unknown>[];
}

/** A range, both ends included, in the unit of the option. */
export interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

/** What is declared of an option besides its kind. */
interface Traits {
  /** What people call it in files of other programs, separated by blanks. */
  readonly synonyms?: string;
  /** Never shown, neither in `/config` nor in a message. */
  readonly isSecret?: boolean;
  /** Whether messages may quote what is given here and below. Absent: as the option around it. */
  readonly quotes?: 'never' | 'asUrl' | 'always';
  /** A default that is no constant, in words: `check_intervals.health_checks`. */
  readonly defaultIs?: string;
}

/** One key of a mapping. */
export interface Option<Value = unknown> extends Traits {
  readonly kind: Kind<Value>;
  readonly help: string;
  readonly isRequired: boolean;
  readonly default?: Value;
}

interface RequiredOption<Value> extends Option<Value> {
  readonly isRequired: true;
}

interface DefaultedOption<Value> extends Option<Value> {
  readonly default: Value;
}

/** The keys that a mapping may have. */
export type Options = Readonly<Record<string, Option>>;

/** What a kind gives. */
export type ValueOf<SomeKind> = SomeKind extends Kind<infer Value> ? Value : never;

type OptionValue<SomeOption> = SomeOption extends Option<infer Value> ? Value : never;
type KeysOf<Shape, SomeOption> = { [Key in keyof Shape]: Shape[Key] extends SomeOption ? Key : never }[keyof Shape];

/** What a file gives of these options, checked and without defaults. */
export type Given<Shape> = {
  readonly [Key in KeysOf<Shape, RequiredOption<unknown>>]: OptionValue<Shape[Key]>;
} & {
  readonly [Key in Exclude<keyof Shape, KeysOf<Shape, RequiredOption<unknown>>>]?: OptionValue<Shape[Key]> | undefined;
};

/** The same with every constant default. */
export type Complete<Shape> = Given<Shape> & {
  readonly [Key in KeysOf<Shape, DefaultedOption<unknown>>]: OptionValue<Shape[Key]>;
};

/** An option that has to be there. */
export function required<Value>(kind: Kind<Value>, help: string, traits: Traits = {}): RequiredOption<Value> {
  return { kind, help, isRequired: true, ...traits };
}

/** An option that may be left out; without a default, what follows from that is said in `help` or `defaultIs`. */
export function optional<Value>(kind: Kind<Value>, help: string, traits?: Traits): Option<Value>;
/** An option with a default. */
export function optional<Value>(
  kind: Kind<Value>,
  help: string,
  traits: Traits & { readonly default: NoInfer<Value> },
): DefaultedOption<Value>;
/** Either of the two. */
export function optional<Value>(kind: Kind<Value>, help: string, traits: Traits = {}): Option<Value> {
  return { kind, help, isRequired: false, ...traits };
}

/** The given values with the constant defaults of the options that are missing. */
export function complete<Shape extends Options>(options: Shape, given: Given<Shape>): Complete<Shape> {
  const values: Record<string, unknown> = { ...given };
  for (const [key, option] of Object.entries(options))
    if (option.default !== undefined && values[key] === undefined) values[key] = option.default;
  return values as Complete<Shape>;
}

/** The default of an option in words; undefined where it has none. */
export function defaultOf({ kind, default: value, defaultIs }: Option): string | undefined {
  if (defaultIs !== undefined || value === undefined) return defaultIs;
  if (Array.isArray(value) && value.length === 0) return 'empty';
  if (kind.format !== undefined) return kind.format(value);
  return typeof value === 'string' && !value.includes(' ') ? value : JSON.stringify(value);
}

/** A list; `expected` completes "must be …". */
export function list<Item>(item: Kind<Item>, expected: string, { isFilled = false } = {}): Kind<readonly Item[]> {
  return {
    type: 'List',
    each: item,
    takes: Array.isArray,
    schema: () => ({ type: 'array', ...(isFilled ? { minItems: 1 } : {}), items: item.schema() }),
    read: (given, path, report) => {
      if (!Array.isArray(given)) return refused(path, `must be ${expected}`, report);
      if (isFilled && given.length === 0) return refused(path, 'must not be an empty list', report);
      const items = given.map((each: unknown, index) => item.read(each, [...path, index], report));
      const sound = items.filter((each): each is Item => each !== faulty);
      return sound.length === items.length ? sound : faulty;
    },
  };
}

/** A list with something in it. */
export function filledList<Item>(item: Kind<Item>, expected: string): Kind<readonly Item[]> {
  return list(item, expected, { isFilled: true });
}

/** What is appended to the name of an option that may be there several times. */
const ownName = '_[a-z0-9][a-z0-9_]{0,30}';

/** The name that a key of a mapping is declared under: `slack` for `slack_ops`, where that is possible. */
export function declaredAs(
  { options = {}, repeated = [] }: Pick<Kind<unknown>, 'options' | 'repeated'>,
  key: string,
): string | undefined {
  return Object.hasOwn(options, key) ? key : repeated.find((name) => new RegExp(`^${name}${ownName}$`).test(key));
}

/** The option of a key of a mapping. */
export function optionOf(kind: Pick<Kind<unknown>, 'options' | 'repeated'>, key: string): Option | undefined {
  const name = declaredAs(kind, key);
  return name === undefined ? undefined : kind.options?.[name];
}

/** A mapping with exactly these keys, or with whatever others where it is open. */
export function mapping<Shape extends Options>(
  options: Shape,
  expected = 'a mapping',
  { isOpen = false, repeated = [] }: { readonly isOpen?: boolean; readonly repeated?: readonly string[] } = {},
): Kind<Given<Shape>> & { readonly options: Shape } {
  return {
    type: 'Mapping',
    options,
    repeated,
    takes: isMapping,
    schema: () => mappingSchema(options, isOpen, repeated),
    read: (given, path, report) => {
      if (!isMapping(given)) return refused(path, `must be ${expected}`, report);
      const values: Record<string, unknown> = {};
      let isSound = true;
      for (const [key, { kind, isRequired }] of Object.entries(options)) {
        const value = given[key];
        if (value === undefined && !isRequired) continue;
        const read = value === undefined ? missing([...path, key], report) : kind.read(value, [...path, key], report);
        if (read === faulty) isSound = false;
        else values[key] = read;
      }
      for (const key of Object.keys(given)) {
        if (Object.hasOwn(options, key)) continue;
        const again = optionOf({ options, repeated }, key);
        if (again !== undefined) {
          const read = again.kind.read(given[key], [...path, key], report);
          if (read === faulty) isSound = false;
          else values[key] = read;
          continue;
        }
        if (isOpen) values[key] = given[key];
        else report([...path, key], unknownKey, 'key');
        isSound &&= isOpen;
      }
      return isSound ? (values as Given<Shape>) : faulty;
    },
  };
}

/** What is said of a key that its mapping does not have. */
export const unknownKey = 'unknown key';

function missing(path: Path, report: Report): typeof faulty {
  report(path, 'is missing', 'key');
  return faulty;
}

function mappingSchema(options: Options, isOpen: boolean, repeated: readonly string[]): JsonSchema {
  const entries = Object.entries(options);
  const requiredKeys = entries.filter(([, { isRequired }]) => isRequired).map(([key]) => key);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([key, option]) => [key, optionSchema(option)])),
    ...(repeated.length === 0
      ? {}
      : {
          patternProperties: Object.fromEntries(
            entries
              .filter(([key]) => repeated.includes(key))
              .map(([key, option]) => [`^${key}${ownName}$`, optionSchema(option)]),
          ),
        }),
    ...(requiredKeys.length === 0 ? {} : { required: requiredKeys }),
    additionalProperties: isOpen ? {} : false,
  };
}

function optionSchema(option: Option): JsonSchema {
  const { kind, help } = option;
  const byDefault = defaultOf(option);
  const description = [help, ...(byDefault === undefined ? [] : [`Default ${byDefault}.`])].join(' ');
  return { ...(description === '' ? {} : { description }), ...kind.schema() };
}

/** A mapping whose keys are the user's own; `namesAre` is the whole message for a key that does not match. */
export function byName<Value>(
  pattern: RegExp,
  namesAre: string,
  value: Kind<Value>,
  expected: string,
): Kind<Readonly<Record<string, Value>>> {
  return {
    type: 'Mapping',
    each: value,
    isNamed: true,
    takes: isMapping,
    schema: () => ({
      type: 'object',
      propertyNames: { type: 'string', pattern: pattern.source },
      additionalProperties: value.schema(),
    }),
    read: (given, path, report) => {
      if (!isMapping(given)) return refused(path, `must be ${expected}`, report);
      const values: Record<string, Value> = {};
      let isSound = true;
      for (const [key, inner] of Object.entries(given)) {
        if (!pattern.test(key)) report([...path, key], namesAre, 'key');
        const read = pattern.test(key) ? value.read(inner, [...path, key], report) : faulty;
        if (read === faulty) isSound = false;
        else values[key] = read;
      }
      return isSound ? values : faulty;
    },
  };
}

/** One kind or another. What is wrong is told by the one that takes the value, if there is only one; otherwise `message` says it. */
export function choice<const Kinds extends readonly Kind<unknown>[]>(
  kinds: Kinds,
  message: string,
): Kind<ValueOf<Kinds[number]>> {
  return {
    type: kinds.map(({ type }) => type).join(', or '),
    kinds,
    takes: (given) => kinds.some((kind) => kind.takes(given)),
    schema: () => ({ anyOf: kinds.map((kind) => kind.schema()) }),
    read: (given, path, report) => {
      const [meant, ...others] = kinds.filter((kind) => kind.takes(given)) as readonly Kind<ValueOf<Kinds[number]>>[];
      if (meant === undefined) return refused(path, message, report);
      if (others.length === 0) return meant.read(given, path, report);
      for (const kind of [meant, ...others]) {
        const value = kind.read(given, path, () => {});
        if (value !== faulty) return value;
      }
      return refused(path, message, report);
    },
  };
}

function refused(path: Path, message: string, report: Report): typeof faulty {
  report(path, message);
  return faulty;
}

/** Whether a value is a mapping. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
