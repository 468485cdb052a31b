import { dirname, resolve } from 'node:path';
import { ExporterError } from '../base/errors.js';
import type { Config } from './config.js';
import { defaults } from './defaults.js';
import type { Environment } from './interpolate.js';
import { createSuggester } from './nearest.js';
import { MissingSecrets, type Needs } from './needs.js';
import { normalise } from './normalise/normalise.js';
import { formatProblems, type Problem, type Report, withoutConsequences } from './problem.js';
import { readSettingsApart } from './read-apart.js';
import { findConfigFile, readSourceText } from './source-text.js';

/** Where a configuration is loaded. */
export interface Surroundings {
  readonly environment: Environment;
  readonly directory: string;
  /** Whether this process will run for long: then the parser works in another one, see `readSettingsApart`. */
  readonly isLasting?: boolean;
  /** What the configuration is loaded for: secrets of other parts may be missing. Default: everything. */
  readonly needs?: Needs;
}

/** Names the file where no flag does, so that every command in a container finds the one of the exporter beside it. */
const fileVariable = 'AICRM_CONFIG_FILE';

/**
 * Loads the configuration: the given file, or that of the variable AICRM_CONFIG_FILE, or `monitoring.yml`, `monitoring.yaml`
 * or `monitoring-config.json` in the directory (the first that exists), or the built-in defaults (`source` is null then).
 *
 * `file` is relative to `directory`; the files that it names are relative to its own folder. Throws an exposed
 * `ExporterError`: `config_missing`, `config_unreadable`, or `config_invalid` with all problems, one line each:
 * `file:line:column path: message`. What is allowed and probably not meant is in `warnings` of the configuration. No message contains the value of a secret.
 */
export async function loadConfig(file: string | undefined, from: Surroundings): Promise<Config> {
  const named = file ?? (from.environment[fileVariable] || undefined);
  const found = named === undefined ? await findConfigFile(from.directory) : resolve(from.directory, named);
  if (found === undefined) return loadDefaults(from.directory);
  return loadFile(found, named ?? found, from);
}

async function loadFile(path: string, shownAs: string, from: Surroundings): Promise<Config> {
  const text = await readSourceText(path, shownAs);
  const place = { source: shownAs, directory: dirname(path) };
  const sound = from.isLasting === true ? await loadSound(text, from.environment, place) : undefined;
  return sound ?? loadOrExplain(text, from, place);
}

interface Place {
  /** The file as the user named it. */
  readonly source: string;
  /** Its folder. */
  readonly directory: string;
}

/** The configuration if there is nothing to complain about, otherwise undefined. */
async function loadSound(text: string, environment: Environment, place: Place): Promise<Config | undefined> {
  const reading = await readSettingsApart(text, environment);
  if (reading === null) return undefined;
  let isSound = true;
  const config = await normalise(reading.settings, {
    ...place,
    componentNames: new Set(reading.componentNames),
    isSound: () => true,
    suggestComponent: () => '',
    // A warning needs its position as well, and that needs the parsed text.
    report: () => void (isSound = false),
    warn: () => void (isSound = false),
  });
  return isSound ? config : undefined;
}

/** The same with a position for every problem, for which the parsed text must be at hand. */
async function loadOrExplain(
  text: string,
  { environment, needs = () => true }: Surroundings,
  place: Place,
): Promise<Config> {
  const { readSettings } = await import('./read-settings.js');
  const missing = new MissingSecrets(needs);
  const reading = readSettings(text, environment, missing);
  const semantic: Problem[] = [];
  const warnings = [...reading.warnings];
  const config = await normalise(reading.settings, {
    ...place,
    componentNames: reading.componentNames,
    suggestComponent: createSuggester(reading.componentNames ?? []),
    isSound: reading.isSound,
    missing,
    report: (where, message, at) => void semantic.push(reading.problemAt(where, message, at)),
    warn: (where, message, at) => void warnings.push(reading.problemAt(where, message, at)),
  });
  const problems = [
    ...reading.problems,
    ...withoutConsequences(
      reading.problems,
      semantic.filter(({ path }) => !missing.excuses(path)),
    ),
  ];
  if (problems.length > 0)
    throw new ExporterError('config_invalid', formatProblems(place.source, problems), { expose: true });
  return { ...config, componentNames: [...(reading.componentNames ?? [])], warnings };
}

async function loadDefaults(directory: string): Promise<Config> {
  const refuse: Report = (path, message) => {
    throw new Error(`the built-in defaults are not valid: ${path.join('.')}: ${message}`);
  };
  return normalise(
    {},
    {
      source: null,
      directory,
      componentNames: new Set(Object.keys(defaults.endpoints)),
      isSound: () => true,
      suggestComponent: () => '',
      report: refuse,
      warn: refuse,
    },
  );
}
