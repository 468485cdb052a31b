import { messageOf, systemCodeOf } from '../errors.js';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there; name another place, or run this as a user who may',
  EPERM: 'this user may not write there; name another place, or run this as a user who may',
  EROFS: 'the file system is read-only; name another place',
  ENOSPC: 'the disk is full; make room, or name another place',
  EDQUOT: 'the quota of this user is used up; make room, or name another place',
  ENOENT: 'the folder above it does not exist; make that first',
  ENOTDIR: 'a file is where a folder is needed; name another place',
  EISDIR: 'that is a folder; name a file',
};

/** Why something cannot be written, and what to do about it. */
export function whyUnwritable(error: unknown): string {
  return reasons[systemCodeOf(error) ?? ''] ?? `cannot be written (${systemCodeOf(error) ?? messageOf(error)})`;
}
