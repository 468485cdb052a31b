import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';

/** The file, and the position of the next line in it. */
export interface LogPosition {
  readonly device: number;
  readonly inode: number;
  /**
   * The start of the file, up to the position. An inode may be reused for another file, and an emptied file may have
   * grown beyond its old end.
   */
  readonly head: string;
  readonly offset: number;
  /** Whether the rest of a line must be skipped first, because the line is too long or its start was not read. */
  readonly isInsideLine: boolean;
}

/** How much is read. */
export interface TailLimits {
  /** Per run; the rest follows in the next one. */
  readonly bytes: number;
  /** A longer line is skipped. */
  readonly lineBytes: number;
}

/** The result for a file. */
interface Tailed {
  readonly position: LogPosition;
  /** Number of lines that were too long. */
  readonly tooLong: number;
  /** Bytes that were not read yet. */
  readonly behindBytes: number;
}

const chunkBytes = 256 * 1024;
/** Maximum number of files in the folder that are checked for the renamed log. */
const maxSiblings = 1000;
/** Enough to distinguish two logs by addresses and times. */
const headBytes = 256;
const lineEnd = 0x0a;

/**
 * Reads the complete lines that were written to a log since `from`, and gives them to `take` in pieces of some hundred
 * KiB. Without `from` it gives none, and later runs read from the current end. A renamed log is read to its end first,
 * then the new file. An emptied log is read from its start. Ends early when `signal` is aborted. Rejects with a
 * `ProbeFailure` for an unreadable file, and with the error of `take`.
 */
export async function tailLog(
  file: string,
  from: LogPosition | undefined,
  limits: TailLimits,
  take: (lines: readonly string[]) => void,
  signal: AbortSignal,
): Promise<Tailed> {
  const log = await openLog(file);
  try {
    const { dev: device, ino: inode, size } = await log.stat();
    const beginning: LogPosition = { device, inode, head: await headOf(log), offset: 0, isInsideLine: false };
    if (from === undefined) {
      const [last] = size === 0 ? [lineEnd] : (await log.read({ buffer: Buffer.alloc(1), position: size - 1 })).buffer;
      return { position: { ...beginning, offset: size, isInsideLine: last !== lineEnd }, tooLong: 0, behindBytes: 0 };
    }
    if (from.device === device && from.inode === inode) {
      const isSame = size >= from.offset && beginning.head.startsWith(from.head);
      return await readOn(log, isSame ? { ...from, head: beginning.head } : beginning, limits, take, signal);
    }
    const old = await renamed(file, from);
    let tooLong = 0;
    let used = 0;
    if (old !== undefined) {
      try {
        const rest = await readOn(old, from, limits, take, signal);
        if (rest.behindBytes > 0) return { ...rest, behindBytes: rest.behindBytes + size };
        ({ tooLong } = rest);
        used = rest.position.offset - from.offset;
      } finally {
        await old.close();
      }
    }
    const now = await readOn(
      log,
      beginning,
      { ...limits, bytes: Math.max(chunkBytes, limits.bytes - used) },
      take,
      signal,
    );
    return { ...now, tooLong: tooLong + now.tooLong };
  } finally {
    await log.close();
  }
}

async function headOf(log: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await log.read({ buffer: Buffer.alloc(headBytes), position: 0 });
  return buffer.toString('latin1', 0, bytesRead);
}

async function readOn(
  log: FileHandle,
  from: LogPosition,
  { bytes, lineBytes }: TailLimits,
  take: (lines: readonly string[]) => void,
  signal: AbortSignal,
): Promise<Tailed> {
  const { size } = await log.stat();
  const end = Math.min(size, from.offset + bytes);
  const buffer = Buffer.alloc(Math.min(chunkBytes, Math.max(1, end - from.offset)));
  let { offset, isInsideLine } = from;
  let tooLong = 0;
  while (offset < end && !signal.aborted) {
    const { bytesRead } = await log.read({ buffer, position: offset, length: Math.min(buffer.length, end - offset) });
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    const firstEnd = chunk.indexOf(lineEnd);
    const lastEnd = chunk.lastIndexOf(lineEnd);
    if (lastEnd === -1) {
      // No line end in this piece: the line is still being written, or it is too long.
      if (!isInsideLine && bytesRead <= lineBytes) break;
      if (!isInsideLine) tooLong += 1;
      isInsideLine = true;
      offset += bytesRead;
      continue;
    }
    const start = isInsideLine ? firstEnd + 1 : 0;
    const lines = start > lastEnd ? [] : chunk.toString('latin1', start, lastEnd).split('\n');
    const short = lines.filter(({ length }) => length <= lineBytes);
    tooLong += lines.length - short.length;
    take(short);
    isInsideLine = false;
    offset += lastEnd + 1;
  }
  // An incomplete line at the end does not count as behind.
  return {
    position: { ...from, offset, isInsideLine },
    tooLong,
    behindBytes: end < size || signal.aborted ? size - offset : 0,
  };
}

/** The renamed log, under any name; undefined when it is deleted or compressed. */
async function renamed(file: string, { device, inode, head, offset }: LogPosition): Promise<FileHandle | undefined> {
  // Rotation renames the file itself, not a link to it.
  const path = await realpath(file).catch(() => file);
  const folder = dirname(path);
  const others = (await readdir(folder).catch(() => [])).filter((name) => name !== basename(path));
  const isLikely = (name: string) => name.startsWith(basename(path));
  for (const name of [...others.filter(isLikely), ...others.filter((other) => !isLikely(other))].slice(
    0,
    maxSiblings,
  )) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.ino !== inode || found.dev !== device || found.size < offset) continue;
    const old = await openLog(join(folder, name)).catch(() => undefined);
    // The inode may belong to another file now.
    if (old === undefined || (await headOf(old)).startsWith(head)) return old;
    await old.close();
  }
  return undefined;
}

async function openLog(file: string): Promise<FileHandle> {
  try {
    // Checked first, because opening a pipe waits for a writer that may never come.
    if (!(await stat(file)).isFile())
      throw new ProbeFailure(
        'body',
        `${file} is not a regular file; nginx in a container writes to its standard output: mount a folder for its logs`,
      );
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw error instanceof ProbeFailure ? error : failureOf(systemCodeOf(error), file, error);
  }
}

function failureOf(code: string | undefined, file: string, cause: unknown): ProbeFailure {
  if (code === 'ENOENT' || code === 'ENOTDIR') return new ProbeFailure('status', `there is no file ${file}`, { cause });
  if (code === 'EACCES' || code === 'EPERM')
    return new ProbeFailure(
      'auth',
      `no permission to read ${file}: the exporter's user may need the group that has it, often adm`,
      { cause },
    );
  return new ProbeFailure('body', `${file} cannot be read (${code ?? 'unknown error'})`, { cause });
}
