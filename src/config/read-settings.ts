import { isScalar, type Scalar } from 'yaml';
import { otherProgram } from './foreign-file.js';
import { createKeyHelp } from './key-help.js';
import { faulty, isMapping, unknownKey } from './option.js';
import { createPlacement, type PlaceProblem } from './placement.js';
import { type Path, type Problem, withoutConsequences } from './problem.js';
import { indivisible, type MissingSecrets } from './resolving.js';
import { defaultEndpoints } from './sections/endpoints-section.js';
import { documentKind, documentOptions, type Settings } from './settings.js';
import { parseSource, plainValue, type SourceDocument } from './source-document.js';
import { walk } from './yaml-nodes.js';

/** The result of reading a configuration file. */
export interface SettingsReading {
  /** The settings without entries that have an error, for further checks. */
  readonly settings: Settings;
  readonly problems: readonly Problem[];
  /** Doubtful settings. */
  readonly warnings: readonly Problem[];
  /** The names of all components, also of entries with errors; undefined if they are not known. */
  readonly componentNames: ReadonlySet<string> | undefined;
  /** Whether a section has no error. Otherwise its defaults replace it, and nothing follows from their values. */
  isSound(section: string): boolean;
  /** Makes a problem that a later check finds. */
  readonly problemAt: PlaceProblem;
}

/**
 * Reads a configuration text: YAML or JSON, `${VAR}`, schema.
 *
 * Never throws for an invalid text. Returns all problems together. A text with syntax errors, or one that is not a
 * mapping, is not read further. An empty text is an empty mapping. Secrets that `missing` tolerates are no problem.
 */
export function readSettings(text: string, environment: Variables, missing?: MissingSecrets): SettingsReading {
  const { parsed, problems: textual, warnings } = parseSource(text);
  if (parsed === undefined) return givenUp(textual);
  const { written, problems: unset } = interpolate(parsed, environment, (path) => missing?.tolerates(path) === true);
  const plain = plainValue(parsed);
  if ('problem' in plain) return givenUp([...textual, plain.problem]);
  const raw = withoutOwnSections(plain.value ?? {});
  const stranger = otherProgram(raw, Object.keys(documentOptions));
  const problemAt = createPlacement(parsed, written);
  if (stranger !== undefined) return givenUp([problemAt([], stranger)]);
  const faults: Problem[] = [];
  const helpWith = createKeyHelp(documentKind);
  const checked = documentKind.read(raw, [], (path, message, at) =>
    faults.push(problemAt(path, message === unknownKey ? message + helpWith(path) : message, at)),
  );
  const sections = isMapping(raw) ? raw : {};
  const strangeness = strangenessOf(sections, faults);
  if (strangeness !== undefined)
    faults.unshift(problemAt([], `this looks like another program's file: ${strangeness}`));
  const unsound = new Set(faults.map(({ path }) => path[0]));
  return {
    settings:
      checked === faulty
        ? salvage(
            sections,
            faults.map(({ path }) => path),
          )
        : checked,
    warnings,
    problems: [
      ...textual,
      ...unset,
      ...withoutConsequences(
        [...textual, ...unset],
        faults.filter(({ path }) => missing?.excuses(path) !== true),
      ),
    ],
    componentNames: componentNamesOf(raw),
    isSound: (section) => !unsound.has(section),
    problemAt,
  };
}

type Sections = Readonly<Record<string, unknown>>;

/** What is unusual about a file whose keys are almost all unknown and not similar to known ones; undefined for others. */
function strangenessOf(sections: Sections, faults: readonly Problem[]): string | undefined {
  const count = Object.keys(sections).length;
  const strange = faults.filter(({ path, message }) => path.length === 1 && message === unknownKey).length;
  if (strange < 2) return undefined;
  if (strange === count) return 'none of its keys is known';
  return strange >= (count - strange) * 5 ? 'almost none of its keys is known' : undefined;
}

/** Users may add `x-…` at the top level for anchors, as in Docker Compose. */
function withoutOwnSections(raw: unknown): unknown {
  if (!isMapping(raw)) return raw;
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !key.startsWith('x-')));
}

function givenUp(problems: readonly Problem[]): SettingsReading {
  return {
    settings: {},
    problems,
    warnings: [],
    componentNames: undefined,
    isSound: () => false,
    problemAt: (path, message) => ({ line: 1, column: 1, path, message }),
  };
}

function componentNamesOf(raw: unknown): ReadonlySet<string> | undefined {
  if (!isMapping(raw)) return undefined;
  if (!('endpoints' in raw)) return new Set(Object.keys(defaultEndpoints));
  return isMapping(raw['endpoints']) ? new Set(Object.keys(raw['endpoints'])) : undefined;
}

/**
 * The settings without entries that have an error: `endpoints.backend`, `maintenance_windows[1]`, `retries`.
 *
 * They are for finding more errors in the rest, and for commands that use only the rest. The whole entry is removed, or
 * the whole section if its entries belong together, because an entry without only its wrong part could look incomplete
 * or contradictory. Never throws. If errors remain, the result is empty.
 */
function salvage(sections: Sections, faults: readonly Path[]): Settings {
  const rest: Record<string, unknown> = { ...sections };
  const lost = new Map<string, Set<string>>();
  for (const [section, entry] of faults) {
    if (typeof section !== 'string') return {};
    if (entry === undefined || indivisible.has(section)) delete rest[section];
    else lost.set(section, (lost.get(section) ?? new Set()).add(String(entry)));
  }
  for (const [section, entries] of lost) {
    const whole = rest[section];
    const isKept = (key: string | number) => !entries.has(String(key));
    if (Array.isArray(whole)) rest[section] = whole.filter((_item, index) => isKept(index));
    else if (isMapping(whole)) rest[section] = Object.fromEntries(Object.entries(whole).filter(([key]) => isKept(key)));
  }
  const checked = documentKind.read(rest, [], () => {});
  if (checked === faulty) return {};
  const lostWindows = lost.get('maintenance_windows') ?? new Set();
  return { ...checked, maintenance_windows: withGaps(checked.maintenance_windows ?? [], lostWindows) };
}

/** The list with undefined in the place of each removed item. */
function withGaps<Item>(kept: readonly Item[], lostIndexes: ReadonlySet<string>): readonly (Item | undefined)[] {
  let taken = 0;
  const total = kept.length + lostIndexes.size;
  return Array.from({ length: total }, (_, index) => (lostIndexes.has(String(index)) ? undefined : kept[taken++]));
}

/** Variables of the environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `${VAR}` and `${VAR:-default}` in all text values of the document, in place, but not in keys.
 *
 * `$${` becomes `${`. The default replaces an unset or empty variable. A replaced value stays text, even if it looks
 * like a number. An unset variable stays as written if `isTolerated` permits it; otherwise it is a problem. Also
 * returns the original text of each changed scalar, because messages must not quote its value, which may be secret.
 */
function interpolate(
  parsed: SourceDocument,
  environment: Variables,
  isTolerated: (path: Path) => boolean,
): { readonly written: ReadonlyMap<Scalar, string>; readonly problems: readonly Problem[] } {
  const written = new Map<Scalar, string>();
  const problems: Problem[] = [];
  walk(parsed.document, ({ node, path, isKey }) => {
    if (isKey || !isScalar(node) || typeof node.value !== 'string' || !node.value.includes('${')) return;
    const template = node.value;
    const { text, complaints } = substitute(template, environment, () => isTolerated(path));
    for (const message of complaints) problems.push({ ...parsed.positionOf(node), path, message });
    written.set(node, template);
    node.value = text;
  });
  return { written, problems };
}

function substitute(
  template: string,
  environment: Variables,
  isTolerated: () => boolean,
): { readonly text: string; readonly complaints: readonly string[] } {
  const complaints: string[] = [];
  const text = template.replace(
    /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\})?/g,
    (match: string, name: string | undefined, fallback: string | undefined) => {
      if (match === '$${') return '${';
      if (name === undefined) {
        complaints.push('"${" must be followed by a variable name and "}"; for the characters themselves write "$${"');
        return match;
      }
      const value = environment[name];
      if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
      if (value === undefined && !isTolerated()) complaints.push(`environment variable ${name} is not set`);
      return value ?? match;
    },
  );
  return { text, complaints };
}
