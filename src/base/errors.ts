import { oneLine } from './text.js';

/** Every way this program can refuse to go on, as a closed set: branch on the code, never on the message. */
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
 * An error with a cause that the person running the program can do something about.
 *
 * `message` is one line per problem and names the thing and the value. `expose` says whether an HTTP client may see it;
 * everything that is not exposed reaches clients as "internal error" only.
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

/** The message of anything that was thrown, on one line; never empty and never throws itself. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return oneLine(text) || 'unknown error';
}

/** What this machine lacks and not the other: file descriptors or memory. It says nothing about what was to be measured. */
export function isOwnTrouble(thrown: unknown): boolean {
  return ownTroubles.has(systemCodeOf(thrown) ?? '');
}

const ownTroubles: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** The `code` of a Node.js system error (`ECONNREFUSED`, `ENOENT`, …), or undefined when it has none. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

const unwritableReasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there; name another place, or run this as a user who may',
  EPERM: 'this user may not write there; name another place, or run this as a user who may',
  EROFS: 'the file system is read-only; name another place',
  ENOSPC: 'the disk is full; make room, or name another place',
  EDQUOT: 'the quota of this user is used up; make room, or name another place',
  ENOENT: 'the folder above it does not exist; make that first',
  ENOTDIR: 'a file is where a folder is needed; name another place',
  EEXIST: 'a file is where a folder is needed; name another place',
  EISDIR: 'that is a folder; name a file',
};

/** Why something cannot be written, and what to do about it. */
export function whyUnwritable(error: unknown): string {
  return (
    unwritableReasons[systemCodeOf(error) ?? ''] ?? `cannot be written (${systemCodeOf(error) ?? messageOf(error)})`
  );
}
