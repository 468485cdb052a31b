import { messageOf } from '../base/errors.js';
import { withoutSecretsOfUrls } from '../base/sensitive.js';
import { formatDuration } from './duration.js';
import { duration } from './option-kinds.js';
import type { Path, Report } from './problem.js';

/** Sections that mean nothing with a part of them missing. */
export const indivisible: ReadonlySet<string> = new Set(['ai_crm', 'alertmanager', 'prometheus']);

/** Whether a command uses what stands at a path of the configuration. */
export type Needs = (path: Path) => boolean;

/**
 * The secrets that cannot be had and that nobody asks for: a variable that is unset, a file that this user may not read. They are
 * no problem for a command that does not use the part they belong to, and neither is what follows from them in the same entry.
 */
export class MissingSecrets {
  readonly #needs: Needs;
  readonly #entries = new Set<string>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Takes note of a secret that is missing; false when the command needs it, which makes it a problem. */
  tolerates(path: Path): boolean {
    if (this.#needs(path)) return false;
    this.#entries.add(entryOf(path));
    return true;
  }

  /** Whether a problem at this path may be no more than a consequence of what is missing. */
  excuses(path: Path): boolean {
    return this.isIncomplete(path) && !this.#needs(path);
  }

  /** Whether something is missing in the entry that a path belongs to, so that nothing may be concluded from what it lacks. */
  isIncomplete(path: Path): boolean {
    return this.#entries.has(entryOf(path));
  }
}

/** `endpoints.backend`, or the whole section where its parts mean nothing on their own. */
function entryOf(path: Path): string {
  return JSON.stringify(path.slice(0, indivisible.has(String(path[0])) ? 1 : 2));
}

/** What the resolving functions of the sections need to know besides what is given. */
export interface Context {
  /** The file as it was named by the user; null for the built-in defaults. */
  readonly source: string | null;
  /** The folder that file names in the settings are relative to. */
  readonly directory: string;
  /** The variables of the environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The present time, in Unix seconds. */
  readonly nowSeconds: number;
  /** All component names, those of faulty entries included; undefined when they are not known. */
  readonly componentNames: ReadonlySet<string> | undefined;
  /** `, did you mean "backend"?` for the name of a component that does not exist, or nothing. */
  suggestComponent(name: string): string;
  /** Whether a section had no problem so far; otherwise nothing may be concluded from what it became. */
  isSound(section: string): boolean;
  /** Secrets that need not be there; absent: every one must be. */
  readonly missing?: MissingSecrets;
  readonly report: Report;
  /** Takes note of something that is allowed and probably not meant. */
  readonly warn: Report;
}

/** Any interval. */
export const intervalKind = duration({ minimum: 1, maximum: 86_400 });
/** Any deadline. */
export const timeoutKind = duration({ minimum: 0.05, maximum: 300 });

/** Where an interval has its default from, for the reference. */
export const detailedAnalysis = { defaultIs: 'check_intervals.detailed_analysis' };

/** The default of a timeout, for the reference. */
export function timeoutDefault(seconds: number) {
  return { defaultIs: `${formatDuration(seconds)}, or the interval if that is less` };
}

/**
 * The interval and the timeout of the entry at `path`, in seconds. Without its own it has the default ones, the timeout no longer
 * than the interval; a timeout of its own that is longer is reported.
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

/** Reports the names that no component has. */
export function checkComponentNames(names: readonly string[], path: Path, context: Context): void {
  const { componentNames } = context;
  if (componentNames === undefined) return;
  names.forEach((name, index) => {
    if (componentNames.has(name)) return;
    const shown = JSON.stringify(withoutSecretsOfUrls(name));
    context.report([...path, index], `no component is called ${shown}${context.suggestComponent(name)}`);
  });
}

/** Reports a name at `path` that a source of this exporter itself has or may get: all of them share the label `source`. */
export function checkSourceName(name: string, path: Path, context: Context): void {
  if (name === 'alertmanager' || name === 'prometheus')
    context.report(path, 'this name is taken by this exporter', 'key');
  if (name.startsWith('ai_crm')) context.report(path, 'names that begin with ai_crm are taken by this exporter', 'key');
}

/** A regular expression of the file; undefined, with a report, when it is none. */
export function compilePattern(pattern: string, path: Path, context: Context, flags?: 'm'): RegExp | undefined {
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    // "Invalid regular expression: /(/: Unterminated group": only what follows the pattern is news.
    const why = messageOf(error).split(': ').at(-1) ?? 'invalid';
    context.report(path, `must be a regular expression (${why.toLowerCase()})`);
    return undefined;
  }
}
