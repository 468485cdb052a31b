/** Where something stands in the configuration: keys and list positions from the top. */
export type Path = readonly (string | number)[];

/** Something that is wrong with a configuration file. */
export interface Problem {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  /** Empty for the document as a whole. */
  readonly path: Path;
  /** One line; never contains the value of a secret. */
  readonly message: string;
}

/**
 * Takes note of a problem at a path; the position is found from the path.
 *
 * A message that begins with "must be" says what is expected, and gets the given value appended (`, not "abc"`) unless it
 * may be a secret. `at` is where the person should look: at the value, or at the key.
 */
export type Report = (path: Path, message: string, at?: 'key' | 'value') => void;

/** `endpoints.backend.expect.status[1]`; keys that are not plain words are quoted, so that it stays on one line. */
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

/** The same for what is only worth a look: `file:line:column path: warning: message`. */
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

/** The later problems without those at a place where something is known to be wrong already: they are its consequences. */
export function withoutConsequences(earlier: readonly Problem[], later: readonly Problem[]): readonly Problem[] {
  const blamed = new Set(earlier.map(({ line, column }) => `${line}:${column}`));
  return later.filter(({ line, column }) => !blamed.has(`${line}:${column}`));
}

/** The text, or its beginning and `…` when it is longer than a line of output can bear. */
export function truncate(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
