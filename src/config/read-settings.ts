import { defaults } from './defaults.js';
import { explain } from './explain.js';
import { type Environment, interpolate } from './interpolate.js';
import { createKeyHelp } from './key-help.js';
import type { MissingSecrets } from './needs.js';
import { otherProgram } from './other-program.js';
import { createPlacement, type PlaceProblem } from './placement.js';
import { type Problem, withoutConsequences } from './problem.js';
import { salvage } from './salvage.js';
import { documentSchema, type Settings } from './schema/document.js';
import { parseSource, plainValue } from './source-document.js';

/** What could be read of a configuration file. */
export interface SettingsReading {
  /** What is left when everything with a problem is taken out, so that the rest can be checked further. */
  readonly settings: Settings;
  readonly problems: readonly Problem[];
  /** What is allowed and probably not meant. */
  readonly warnings: readonly Problem[];
  /** The names of all components, those of faulty entries included; undefined when that cannot be said. */
  readonly componentNames: ReadonlySet<string> | undefined;
  /** Whether a section was free of problems; otherwise its defaults stand in, and nothing may be concluded from them. */
  isSound(section: keyof Settings): boolean;
  /** Makes a problem of something that is found wrong later on. */
  readonly problemAt: PlaceProblem;
}

/**
 * Reads a configuration text: YAML or JSON, `${VAR}`, schema.
 *
 * Never throws for what is in the text: problems come back all together, except that a text with syntax errors, or one
 * that is not a mapping, is looked at no further. An empty text is an empty mapping. What `missing` tolerates is no problem.
 */
export function readSettings(text: string, environment: Environment, missing?: MissingSecrets): SettingsReading {
  const { parsed, problems: textual, warnings } = parseSource(text);
  if (parsed === undefined) return givenUp(textual);
  const { written, problems: unset } = interpolate(parsed, environment, (path) => missing?.tolerates(path) === true);
  const plain = plainValue(parsed);
  if ('problem' in plain) return givenUp([...textual, plain.problem]);
  const raw = withoutOwnSections(plain.value ?? {});
  const stranger = otherProgram(raw, Object.keys(documentSchema.shape));
  const problemAt = createPlacement(parsed, written);
  if (stranger !== undefined) return givenUp([problemAt([], stranger)]);
  const faults: Problem[] = [];
  const checked = documentSchema.safeParse(raw);
  if (!checked.success) {
    explain(checked.error.issues, raw, createKeyHelp(documentSchema), (path, message, at) =>
      faults.push(problemAt(path, message, at)),
    );
    const strangeness = strangenessOf(raw, faults);
    if (strangeness !== undefined)
      faults.unshift(problemAt([], `this looks like another program's file: ${strangeness}`));
  }
  const unsound = new Set(faults.map(({ path }) => path[0]));
  return {
    settings: checked.success
      ? checked.data
      : salvage(
          raw,
          faults.map(({ path }) => path),
        ),
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

/** What is strange about a file in which hardly a key is known, or near to one that is. */
function strangenessOf(raw: unknown, faults: readonly Problem[]): string | undefined {
  const count = typeof raw === 'object' && raw !== null ? Object.keys(raw).length : 0;
  const strange = faults.filter(({ path, message }) => path.length === 1 && message === 'unknown key').length;
  if (strange < 2) return undefined;
  if (strange === count) return 'none of its keys is known';
  return strange >= (count - strange) * 5 ? 'hardly one of its keys is known' : undefined;
}

/** `x-…` at the top level is the user's own: a place for anchors, as Docker Compose has it. */
function withoutOwnSections(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
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
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
  if (!('endpoints' in raw)) return new Set(Object.keys(defaults.endpoints));
  const { endpoints } = raw;
  if (typeof endpoints !== 'object' || endpoints === null || Array.isArray(endpoints)) return undefined;
  return new Set(Object.keys(endpoints));
}
