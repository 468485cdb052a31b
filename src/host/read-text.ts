import { readFileSync } from 'node:fs';
import { ExporterError, messageOf, systemCodeOf } from '../base/errors.js';

/**
 * The text of a file under /proc. Throws `host_unreadable` naming it.
 *
 * Synchronous on purpose: procfs answers from memory in 10 to 40 µs, while the same read through the thread pool costs
 * ten times the CPU – and would queue behind a file system that hangs.
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

/** The text of a file that may be missing or forbidden: undefined then. */
export function readTextIfPossible(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The error for a file that does not look as it should; `line` counts from 1, and `what` says what is wrong there. */
export function malformed(path: string, line: number, what: string): ExporterError {
  return new ExporterError('host_unreadable', `${path}:${line}: ${what}`);
}

/** Quotes a piece of a file for an error message, shortened. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
