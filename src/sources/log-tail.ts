import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';

/** Where in which file the next line begins. */
export interface LogPosition {
  readonly device: number;
  readonly inode: number;
  /** How the file begins, as far as it had come: a number may be given to another file, and one that was emptied may have grown past its old end. */
  readonly head: string;
  readonly offset: number;
  /** Whether the rest of a line is to be passed over first: one that was too long, or whose beginning nobody has read. */
  readonly isInsideLine: boolean;
}

/** How much is read. */
export interface TailLimits {
  /** In one go; the rest is for the next. */
  readonly bytes: number;
  /** A longer line is passed over. */
  readonly lineBytes: number;
}

/** What became of a file. */
interface Tailed {
  readonly position: LogPosition;
  /** Lines that were too long. */
  readonly tooLong: number;
  /** Bytes that are there and were not read. */
  readonly behindBytes: number;
}

const chunkBytes = 256 * 1024;
/** More files of a folder are not looked at for the one that the log was before. */
const maxSiblings = 1000;
/** Enough to tell two logs apart: addresses and times. */
const headBytes = 256;
const lineEnd = 0x0a;

/**
 * Reads the lines that were written to a log since `from`, complete ones only, and gives them to `take` in pieces of some hundred
 * KiB; without `from` there are none, and the log is read from its end on. A log that was renamed is read to its end under its new
 * name before the one in its place, one that was emptied from its beginning. Ends early when `signal` is aborted. Rejects with a
 * `ProbeFailure` for a file that cannot be read, and with what `take` throws.
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
      // No end of a line as far as it was read: a line that is being written, or one that is too long.
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
  // What is left of a line that is being written is not behind.
  return {
    position: { ...from, offset, isInsideLine },
    tooLong,
    behindBytes: end < size || signal.aborted ? size - offset : 0,
  };
}

/** The file that the log was, under the name that it has now, whatever its name; undefined when it is gone, or compressed. */
async function renamed(file: string, { device, inode, head, offset }: LogPosition): Promise<FileHandle | undefined> {
  // Rotation takes place where the file is, and not where a link to it may be.
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
    // Its number may have been given to something else.
    if (old === undefined || (await headOf(old)).startsWith(head)) return old;
    await old.close();
  }
  return undefined;
}

async function openLog(file: string): Promise<FileHandle> {
  try {
    // Asked first, since nobody may ever write to a pipe, and to open one waits for that.
    if (!(await stat(file)).isFile())
      throw new ProbeFailure(
        'body',
        `${file} is no regular file; nginx in a container writes to its standard output: mount a folder for its logs`,
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
