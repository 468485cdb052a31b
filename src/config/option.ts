import type { Path, Report } from './problem.js';

/** The result for a value with an error, which has been reported. */
export const faulty: unique symbol = Symbol('faulty');

/** A part of a JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A kind of option value. */
export interface Kind<Value> {
  /** Whether a value has the form of this kind. If one of several kinds has it, this kind reports the error. */
  takes(given: unknown): boolean;
  read(given: unknown, path: Path, report: Report): Value | typeof faulty;
  /** The permitted values, for editors. */
  schema(): JsonSchema;
  /** The type and its range for the reference: `Duration, 1s to 1d`. */
  readonly type: string;
  /** A value in the form of the reference. Absent: as JSON. */
  format?(value: Value): string;
  /** Text of this kind is a URL, or should be one. */
  readonly isUrl?: boolean;
  /** For a mapping. */
  readonly options?: Options;
  /** Options of a mapping that may occur several times, with a name of the user: `slack_ops` besides `slack`. */
  readonly repeated?: readonly string[];
  /** For a list, or for a mapping whose keys are chosen by the user. */
  readonly each?: Kind<unknown>;
  readonly isNamed?: boolean;
  /** For a choice. */
  readonly kinds?: readonly Kind<unknown>[];
}

/** A range including both ends, in the unit of the option. */
export interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

/** Properties of an option besides its kind. */
interface Traits {
  /** Names of the option in files of other programs, separated by spaces. */
  readonly synonyms?: string;
  /** Never shown in `/config` or a message. */
  readonly isSecret?: boolean;
  /** Whether messages may quote the value of this option and of those in it. Absent: like the option around it. */
  readonly quotes?: 'never' | 'asUrl' | 'always';
  /** A default that is not constant, as text: `check_intervals.health_checks`. */
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

/** The permitted keys of a mapping. */
export type Options = Readonly<Record<string, Option>>;

/** The value of a kind. */
export type ValueOf<SomeKind> = SomeKind extends Kind<infer Value> ? Value : never;

type OptionValue<SomeOption> = SomeOption extends Option<infer Value> ? Value : never;
type KeysOf<Shape, SomeOption> = { [Key in keyof Shape]: Shape[Key] extends SomeOption ? Key : never }[keyof Shape];

/** The checked values of a file, without defaults. */
export type Given<Shape> = {
  readonly [Key in KeysOf<Shape, RequiredOption<unknown>>]: OptionValue<Shape[Key]>;
} & {
  readonly [Key in Exclude<keyof Shape, KeysOf<Shape, RequiredOption<unknown>>>]?: OptionValue<Shape[Key]> | undefined;
};

/** The same with all constant defaults. */
export type Complete<Shape> = Given<Shape> & {
  readonly [Key in KeysOf<Shape, DefaultedOption<unknown>>]: OptionValue<Shape[Key]>;
};

/** An option that must be given. */
export function required<Value>(kind: Kind<Value>, help: string, traits: Traits = {}): RequiredOption<Value> {
  return { kind, help, isRequired: true, ...traits };
}

/** An option that can be missing. `help` or `defaultIs` says what happens then. */
export function optional<Value>(kind: Kind<Value>, help: string, traits?: Traits): Option<Value>;
/** An option with a default. */
export function optional<Value>(
  kind: Kind<Value>,
  help: string,
  traits: Traits & { readonly default: NoInfer<Value> },
): DefaultedOption<Value>;
/** An option that can be missing, with or without a default. */
export function optional<Value>(kind: Kind<Value>, help: string, traits: Traits = {}): Option<Value> {
  return { kind, help, isRequired: false, ...traits };
}

/** The given values, and the constant defaults of missing options. */
export function complete<Shape extends Options>(options: Shape, given: Given<Shape>): Complete<Shape> {
  const values: Record<string, unknown> = { ...given };
  for (const [key, option] of Object.entries(options))
    if (option.default !== undefined && values[key] === undefined) values[key] = option.default;
  return values as Complete<Shape>;
}

/** The default of an option as text; undefined if there is none. */
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

/** A list that is not empty. */
export function filledList<Item>(item: Kind<Item>, expected: string): Kind<readonly Item[]> {
  return list(item, expected, { isFilled: true });
}

/** The text after the name of an option that may occur several times. */
const ownName = '_[a-z0-9][a-z0-9_]{0,30}';

/** `ownName` in words, without the "_" before it. */
export const ownNameIs = '1 to 31 lower-case letters, digits and "_", not beginning with "_"';

/** The declared name of a key of a mapping, such as `slack` for `slack_ops`; undefined for an unknown key. */
export function declaredAs(
  { options = {}, repeated = [] }: Pick<Kind<unknown>, 'options' | 'repeated'>,
  key: string,
): string | undefined {
  return Object.hasOwn(options, key) ? key : repeated.find((name) => new RegExp(`^${name}${ownName}$`).test(key));
}

/** The option of a key of a mapping; undefined for an unknown key. */
export function optionOf(kind: Pick<Kind<unknown>, 'options' | 'repeated'>, key: string): Option | undefined {
  const name = declaredAs(kind, key);
  return name === undefined ? undefined : kind.options?.[name];
}

/** A mapping with these keys; `isOpen` permits others, too. */
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

/** The message about a key that its mapping does not know. The help of `key-help.ts` is appended. */
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

/** A mapping with keys of the user; `namesAre` is the message for a key that does not match. */
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

/** One of several kinds. If only one kind has the form of the value, it reports the error. Otherwise the error is `message`. */
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
