import { messageOf } from '../base/errors.js';
import { withoutSecretsOfUrls } from '../base/sensitive.js';
import { formatDuration } from './duration.js';
import { duration } from './option-kinds.js';
import type { Path, Report } from './problem.js';

/** Sections whose options belong together, so that a part of them is useless. */
export const indivisible: ReadonlySet<string> = new Set(['ai_crm', 'alertmanager', 'prometheus']);

/** Whether a command uses the option at a path. */
export type Needs = (path: Path) => boolean;

/**
 * Missing secrets that the command does not need: an unset variable, or a file that this user may not read. They are no
 * problem, and neither are their consequences in the same entry.
 */
export class MissingSecrets {
  readonly #needs: Needs;
  readonly #entries = new Set<string>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Notes a missing secret. False if the command needs it, which makes it a problem. */
  tolerates(path: Path): boolean {
    if (this.#needs(path)) return false;
    this.#entries.add(entryOf(path));
    return true;
  }

  /** Whether a problem at this path may be a consequence of a missing secret. */
  excuses(path: Path): boolean {
    return this.isIncomplete(path) && !this.#needs(path);
  }

  /** Whether a secret is missing in the entry of a path. Then nothing follows from options that are absent. */
  isIncomplete(path: Path): boolean {
    return this.#entries.has(entryOf(path));
  }
}

/** `endpoints.backend`, or the whole section if its options belong together. */
function entryOf(path: Path): string {
  return JSON.stringify(path.slice(0, indivisible.has(String(path[0])) ? 1 : 2));
}

/** Input of the resolving functions besides the settings. */
export interface Context {
  /** The file as the user named it; null for the built-in defaults. */
  readonly source: string | null;
  /** Folder for relative file names in the settings. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Present Unix time. */
  readonly nowSeconds: number;
  /** All component names, also of entries with errors; undefined if they are not known. */
  readonly componentNames: ReadonlySet<string> | undefined;
  /** `, did you mean "backend"?` for an unknown component; empty without a suggestion. */
  suggestComponent(name: string): string;
  /** Whether a section has no error so far. Otherwise nothing follows from its values. */
  isSound(section: string): boolean;
  /** Secrets that may be missing; absent if all are needed. */
  readonly missing?: MissingSecrets;
  readonly report: Report;
  /** Reports a doubtful setting. */
  readonly warn: Report;
}

/** Kind of all intervals. */
export const intervalKind = duration({ minimum: 1, maximum: 86_400 });
/** Kind of all timeouts. */
export const timeoutKind = duration({ minimum: 0.05, maximum: 300 });

/** The default of many intervals, for the reference. */
export const detailedAnalysis = { defaultIs: 'check_intervals.detailed_analysis' };

/** The default of a timeout, for the reference. */
export function timeoutDefault(seconds: number) {
  return { defaultIs: `${formatDuration(seconds)}, or the interval if that is less` };
}

/**
 * Interval and timeout of the entry at `path` in seconds. The default timeout is at most the interval. A longer timeout
 * in the file is an error.
 */
export function resolveTiming(
  given: { readonly interval?: number | undefined; readonly timeout?: number | undefined },
  defaults: { readonly intervalSeconds: number; readonly timeoutSeconds: number },
  path: Path,
  context: Context,
): { readonly intervalSeconds: number; readonly timeoutSeconds: number } {
  const intervalSeconds = given.interval ?? defaults.intervalSeconds;
  const timeoutSeconds = given.timeout ?? Math.min(defaults.timeoutSeconds, intervalSeconds);
  const intervalIsKnown = given.interval !== undefined || context.isSound('check_intervals');
  if (intervalIsKnown && timeoutSeconds > intervalSeconds) {
    context.report([...path, 'timeout'], `must be at most the interval of ${formatDuration(intervalSeconds)}`);
  }
  return { intervalSeconds, timeoutSeconds };
}

/** Reports unknown component names. */
export function checkComponentNames(names: readonly string[], path: Path, context: Context): void {
  const { componentNames } = context;
  if (componentNames === undefined) return;
  names.forEach((name, index) => {
    if (componentNames.has(name)) return;
    const shown = JSON.stringify(withoutSecretsOfUrls(name));
    context.report([...path, index], `no component is called ${shown}${context.suggestComponent(name)}`);
  });
}

/** Reports a name at `path` that the exporter's own sources use or may use later. All sources share the label `source`. */
export function checkSourceName(name: string, path: Path, context: Context): void {
  if (name === 'alertmanager' || name === 'prometheus')
    context.report(path, 'this name is reserved for this exporter', 'key');
  if (name.startsWith('ai_crm'))
    context.report(path, 'names that begin with ai_crm are reserved for this exporter', 'key');
}

/** A regular expression of the file; undefined after an error was reported. */
export function compilePattern(pattern: string, path: Path, context: Context, flags?: 'm'): RegExp | undefined {
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    // "Invalid regular expression: /(/: Unterminated group": the user needs only the part after the pattern.
    const why = messageOf(error).split(': ').at(-1) ?? 'invalid';
    context.report(path, `must be a regular expression (${why.toLowerCase()})`);
    return undefined;
  }
}
