import { oneLine } from './text.js';

/** Reasons for which the exporter refuses or ends something. Code compares the code of an error, never its message. */
export type ErrorCode =
  | 'config_missing'
  | 'config_unreadable'
  | 'config_invalid'
  | 'port_in_use'
  | 'listen_failed'
  | 'usage'
  | 'refused_target'
  | 'refused_client'
  | 'bad_request'
  | 'overloaded'
  | 'collector_timeout'
  | 'host_unreadable'
  | 'document_unreadable'
  | 'program_failed'
  | 'output_unwritable'
  | 'incomplete_installation'
  | 'node_too_old';

/**
 * An error whose cause a user can repair.
 *
 * `message` has one line for each problem, with the thing and the value. `expose`: an HTTP client may see the message.
 * Clients see every other error only as "internal error".
 */
export class ExporterError extends Error {
  override readonly name = 'ExporterError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly expose?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.expose = options.expose ?? false;
  }

  readonly expose: boolean;
}

/** The message of a thrown value on one line. Never empty. Never throws. */
export function messageOf(thrown: unknown): string {
  let text = '';
  try {
    text = String(thrown instanceof Error ? thrown.message || thrown.name : thrown);
  } catch {
    // An object without a prototype has no text.
  }
  return oneLine(text) || 'unknown error';
}

/** Whether this machine has run out of file descriptors or memory. Such an error says nothing about the measured service. */
export function isOwnTrouble(thrown: unknown): boolean {
  return ownTroubles.has(systemCodeOf(thrown) ?? '');
}

const ownTroubles: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** The `code` of a Node.js system error (`ECONNREFUSED`, `ENOENT`, …); undefined for other errors. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

const unwritableReasons: Readonly<Record<string, string>> = {
  EACCES:
    'this user has no permission to write there; choose another path, or run the command as a user with that permission',
  EPERM:
    'this user has no permission to write there; choose another path, or run the command as a user with that permission',
  EROFS: 'the file system is read-only; choose another path',
  ENOSPC: 'the disk is full; free some space, or choose another path',
  EDQUOT: 'the quota of this user is used up; free some space, or choose another path',
  ENOENT: 'its parent folder does not exist; create it first',
  ENOTDIR: 'a part of the path is a file instead of a folder; choose another path',
  EEXIST: 'a part of the path is a file instead of a folder; choose another path',
  EISDIR: 'this is a folder; choose the path of a file',
};

/** Why a file cannot be written, and what to do. */
export function whyUnwritable(error: unknown): string {
  return (
    unwritableReasons[systemCodeOf(error) ?? ''] ?? `cannot be written (${systemCodeOf(error) ?? messageOf(error)})`
  );
}
