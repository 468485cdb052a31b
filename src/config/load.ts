import { isUtf8 } from 'node:buffer';
import { access, open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Clock, systemClock } from '../base/clock.js';
import { ExporterError, messageOf, systemCodeOf } from '../base/errors.js';
import { decodeFile } from '../base/text.js';
import { type Config, resolveConfig } from './config.js';
import { createSuggester } from './nearest.js';
import { formatProblems, type Problem, type Report, withoutConsequences } from './problem.js';
import type { Variables } from './read-settings.js';
import { MissingSecrets, type Needs } from './resolving.js';
import { defaultEndpoints } from './sections/endpoints-section.js';

/** Environment and purpose of a load. */
export interface LoadOptions {
  readonly environment: Variables;
  readonly directory: string;
  /** Decides which times are in the past. Default: the clock of the machine. */
  readonly clock?: Pick<Clock, 'nowSeconds'>;
  /** The options that are needed. Secrets of others may be missing. Default: everything. */
  readonly needs?: Needs;
}

/** Names the file if no flag does. In a container every command then uses the exporter's file. */
const fileVariable = 'AICRM_CONFIG_FILE';

/**
 * Loads the configuration: the given file, or that of the variable AICRM_CONFIG_FILE, or `monitoring.yml`,
 * `monitoring.yaml` or `monitoring-config.json` in the directory (the first that exists), or the built-in defaults,
 * with `source` null.
 *
 * `file` is relative to `directory`; files that it names are relative to its own folder. Throws an exposed
 * `ExporterError`: `config_missing`, `config_unreadable`, or `config_invalid` with all errors, one line each:
 * `file:line:column path: message`. `warnings` of the configuration has doubtful settings. No message contains the
 * value of a secret.
 */
export async function loadConfig(file: string | undefined, from: LoadOptions): Promise<Config> {
  const named = file ?? (from.environment[fileVariable] || undefined);
  const found = named === undefined ? await findConfigFile(from.directory) : resolve(from.directory, named);
  if (found === undefined) return loadDefaults(from.directory);
  return loadFile(found, named ?? found, from);
}

async function loadFile(path: string, shownAs: string, from: LoadOptions): Promise<Config> {
  const text = await readSourceText(path, shownAs);
  return loadText(text, from, { source: shownAs, directory: dirname(path) });
}

interface Place {
  /** The file as the user named it. */
  readonly source: string;
  /** Folder of the file. */
  readonly directory: string;
}

/** Loads the YAML parser late, because the defaults do not need it. */
async function loadText(
  text: string,
  { environment, clock = systemClock, needs = () => true }: LoadOptions,
  place: Place,
): Promise<Config> {
  const { readSettings } = await import('./read-settings.js');
  const missing = new MissingSecrets(needs);
  const reading = readSettings(text, environment, missing);
  const semantic: Problem[] = [];
  const warnings = [...reading.warnings];
  const config = await resolveConfig(reading.settings, {
    ...place,
    environment,
    nowSeconds: clock.nowSeconds(),
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
  return resolveConfig(
    {},
    {
      source: null,
      directory,
      environment: {},
      nowSeconds: systemClock.nowSeconds(),
      componentNames: new Set(Object.keys(defaultEndpoints)),
      isSound: () => true,
      suggestComponent: () => '',
      report: refuse,
      warn: refuse,
    },
  );
}

/** Larger files are refused. Ten thousand components fit. */
const maximumFileBytes = 4 * 1024 * 1024;

/** File names to look for, the first match first. */
const defaultFileNames: readonly string[] = ['monitoring.yml', 'monitoring.yaml', 'monitoring-config.json'];

/** Path of the first of `defaultFileNames` in the folder; undefined if there is none. */
async function findConfigFile(directory: string): Promise<string | undefined> {
  for (const name of defaultFileNames) {
    const path = join(directory, name);
    try {
      await access(path);
      return path;
    } catch (error) {
      // A file that exists and cannot be read must be an error. The next name must not replace it.
      if (systemCodeOf(error) !== 'ENOENT') return path;
    }
  }
  return undefined;
}

/**
 * The text of a configuration file without its byte order mark.
 *
 * Throws exposed `ExporterError`s with `shownAs` as file name: `config_missing`; `config_unreadable` for a folder or a
 * missing permission; `config_invalid` above 4 MiB and for anything but UTF-8.
 */
async function readSourceText(path: string, shownAs: string): Promise<string> {
  const bytes = await readBytes(path, shownAs);
  const text = isUtf8(bytes) ? decodeFile(bytes) : undefined;
  if (text === undefined) throw new ExporterError('config_invalid', `${shownAs}: not UTF-8 text`, { expose: true });
  return text;
}

async function readBytes(path: string, shownAs: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const chunks: Buffer[] = [];
      let readBytes = 0;
      for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
        readBytes += chunk.length;
        // Counted while reading, because a pipe or device has no size.
        if (readBytes > maximumFileBytes) {
          throw new ExporterError('config_invalid', `${shownAs}: larger than ${maximumFileBytes / 1024 / 1024} MiB`, {
            expose: true,
          });
        }
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof ExporterError) throw cause;
    throw unreadable(cause, shownAs);
  }
}

function unreadable(cause: unknown, shownAs: string): ExporterError {
  const code = systemCodeOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ExporterError('config_missing', `${shownAs}: no such file`, { cause, expose: true });
  }
  const why = { EISDIR: 'is a directory', EACCES: 'permission denied', EPERM: 'permission denied' }[code ?? ''];
  return new ExporterError(
    'config_unreadable',
    `${shownAs}: ${why ?? `cannot be read (${code ?? messageOf(cause)})`}`,
    {
      cause,
      expose: true,
    },
  );
}
