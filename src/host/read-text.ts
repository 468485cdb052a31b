import { readFileSync } from 'node:fs';
import { ExporterError, messageOf, systemCodeOf } from '../base/errors.js';

/**
 * The text of a file under /proc. Throws `host_unreadable` with its path.
 *
 * It is synchronous on purpose: procfs answers from memory in 10 to 40 µs. Over the thread pool the same read costs ten
 * times the CPU, and would wait behind a hanging file system.
 */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ExporterError('host_unreadable', `${path}: cannot be read: ${systemCodeOf(cause) ?? messageOf(cause)}`, {
      cause,
    });
  }
}

/** The text of a file; undefined when it is missing or not readable. */
export function readTextIfPossible(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The error for an invalid file. `line` counts from 1; `what` describes the problem. */
export function malformed(path: string, line: number, what: string): ExporterError {
  return new ExporterError('host_unreadable', `${path}:${line}: ${what}`);
}

/** Quotes a piece of a file for an error message, shortened. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
