import type { FilesystemFacts } from './host-source.js';
import type { Mount } from './mounts.js';

/** What statfs says, in blocks of `bsize` bytes. */
export interface FilesystemBlocks {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
}

/**
 * Size, room and usage of a file system as `df` counts them: blocks kept for root are neither used nor available.
 * Undefined for a file system without blocks, such as /proc.
 */
export function filesystemFacts(
  { mountpoint, fstype }: Mount,
  { bsize, blocks, bfree, bavail }: FilesystemBlocks,
): FilesystemFacts | undefined {
  if (!(blocks > 0)) return undefined;
  // Where root has eaten into its reserve, some systems report a negative number, which arrives as one near 2^64.
  const available = bavail > blocks || bavail < 0 ? 0 : bavail;
  const used = Math.max(0, blocks - bfree);
  if (used + available === 0) return undefined;
  return {
    mountpoint,
    fstype,
    sizeBytes: blocks * bsize,
    availableBytes: available * bsize,
    usageRatio: used / (used + available),
  };
}
