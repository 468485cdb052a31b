/** A place in the configuration: keys and list positions from the top. */
export type Path = readonly (string | number)[];

/** An error or a warning about a configuration file. */
export interface Problem {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Empty for the whole document. */
  readonly path: Path;
  /** One line; never contains the value of a secret. */
  readonly message: string;
}

/** An error at an offset of the text. Its message does not quote the text. */
export interface TextProblem {
  readonly offset: number;
  readonly message: string;
}

/**
 * Reports a problem at a path. Its position follows from the path.
 *
 * A message that begins with "must be" gets the given value appended (`, not "abc"`) unless it may be secret. `at` is
 * where the user should look: the value or the key.
 */
export type Report = (path: Path, message: string, at?: 'key' | 'value') => void;

/** `endpoints.backend.expect.status[1]`. Unusual keys are quoted, so that it stays on one line. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const text = /^[A-Za-z0-9_$:-]+$/.test(part) ? part : JSON.stringify(truncate(part));
      return index === 0 ? text : `.${text}`;
    })
    .join('');
}

/** One line per problem, `file:line:column path: message`, in the order of the file. */
export function formatProblems(file: string, problems: readonly Problem[]): string {
  return formatLines(file, problems, '');
}

/** The same for warnings: `file:line:column path: warning: message`. */
export function formatWarnings(file: string, warnings: readonly Problem[]): string {
  return formatLines(file, warnings, 'warning: ');
}

function formatLines(file: string, problems: readonly Problem[], level: string): string {
  return [...problems]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(
      ({ line, column, path, message }) =>
        `${file}:${line}:${column}${path.length === 0 ? '' : ` ${formatPath(path)}`}: ${level}${message}`,
    )
    .join('\n');
}

/** The later problems without those at the position of an earlier one, because these are its consequences. */
export function withoutConsequences(earlier: readonly Problem[], later: readonly Problem[]): readonly Problem[] {
  const blamed = new Set(earlier.map(({ line, column }) => `${line}:${column}`));
  return later.filter(({ line, column }) => !blamed.has(`${line}:${column}`));
}

/** The text, cut to 60 characters with `…`. */
export function truncate(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
