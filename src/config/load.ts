import { dirname, resolve } from 'node:path';
import { ExporterError } from '../errors.js';
import type { Config } from './config.js';
import { defaults } from './defaults.js';
import type { Environment } from './interpolate.js';
import { normalise } from './normalise/normalise.js';
import { formatProblems, withoutConsequences, type Problem } from './problem.js';
import { findConfigFile, readSourceText } from './source-text.js';

/**
 * Loads the configuration: the given file, or `monitoring.yml`, `monitoring.yaml` or `monitoring-config.json` in the
 * directory (the first that exists), or the built-in defaults (`source` is null then).
 *
 * `file` is relative to `directory`; the files that it names are relative to its own folder. Throws an exposed
 * `ExporterError`: `config_missing`, `config_unreadable`, or `config_invalid` with all problems, one line each:
 * `file:line:column path: message`. No message contains the value of a secret.
 */
export async function loadConfig(
  file: string | undefined,
  from: { readonly environment: Environment; readonly directory: string },
): Promise<Config> {
  const found = file === undefined ? await findConfigFile(from.directory) : resolve(from.directory, file);
  if (found === undefined) return loadDefaults(from.directory);
  return loadFile(found, file ?? found, from.environment);
}

async function loadFile(path: string, shownAs: string, environment: Environment): Promise<Config> {
  const text = await readSourceText(path, shownAs);
  // Late, because the YAML parser and the schema cost some 20 MiB that the built-in defaults can do without.
  const { readSettings } = await import('./read-settings.js');
  const reading = readSettings(text, environment);
  const semantic: Problem[] = [];
  const config = await normalise(reading.settings, {
    source: shownAs,
    directory: dirname(path),
    componentNames: reading.componentNames,
    isSound: reading.isSound,
    report: (where, message, at) => void semantic.push(reading.problemAt(where, message, at)),
  });
  const problems = [...reading.problems, ...withoutConsequences(reading.problems, semantic)];
  if (problems.length > 0) throw new ExporterError('config_invalid', formatProblems(shownAs, problems), { expose: true });
  return config;
}

async function loadDefaults(directory: string): Promise<Config> {
  return normalise({}, {
    source: null,
    directory,
    componentNames: new Set(Object.keys(defaults.endpoints)),
    isSound: () => true,
    report: (path, message) => {
      throw new Error(`the built-in defaults are not valid: ${path.join('.')}: ${message}`);
    },
  });
}
