import type { FilesystemFacts } from './host-source.js';
import { malformed, quote } from './read-text.js';

/** One line of the mount table. */
export interface Mount {
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
}

/**
 * The mount table from `/proc/mounts`, in its order. Throws `host_unreadable` for an invalid line, and for an empty
 * table, because the root is always mounted.
 */
export function parseMounts(text: string, path: string): readonly Mount[] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line, index) => {
      const [device, mountpoint, fstype, options] = line.split(' ').map(unescapeOctal);
      // A device may have an empty name. All other fields are required.
      if (device === undefined || !mountpoint?.startsWith('/') || !fstype || !options) {
        throw malformed(path, index + 1, `expected device, mount point, type and options, found ${quote(line)}`);
      }
      return { device, mountpoint, fstype };
    });
}

/** The kernel writes blank, tab, newline, backslash and hash as `\` and three octal digits. */
function unescapeOctal(field: string): string {
  return field.replace(/\\([0-3][0-7]{2})/g, (_escape, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Options of a read-only file system. Since Linux 6.15, ext4 after an error has `rw,…,emergency_ro`. */
const readOnlyOptions = ['ro', 'emergency_ro'];

/**
 * Whether each file system is read-only, by mount point, from `/proc/self/mountinfo`. Lines without the required fields
 * are ignored.
 *
 * Only the last options count, which are those of the file system as a whole. Earlier ones, and those in
 * `/proc/mounts`, are those of the mount: the systemd service sees everything except its own folders mounted read-only,
 * and so does a container with a read-only folder.
 */
export function parseReadOnly(text: string): ReadonlyMap<string, boolean> {
  const found = new Map<string, boolean>();
  for (const line of text.split('\n')) {
    const [mount = '', filesystem] = line.split(' - ', 2);
    const mountpoint = mount.split(' ')[4];
    const options = filesystem?.split(' ')[2];
    if (mountpoint !== undefined && options !== undefined)
      // A later mount on the same directory hides the earlier one.
      found.set(
        unescapeOctal(mountpoint),
        options.split(',').some((option) => readOnlyOptions.includes(option)),
      );
  }
  return found;
}

/**
 * Converts a reader's own table, in which the host's root is mounted at `rootfs`, to the view of the host: mounts below
 * it, without the prefix. All mounts unchanged when none is below it.
 */
export function withoutRootfs(mounts: readonly Mount[], rootfs: string): readonly Mount[] {
  const inside = mounts.filter(({ mountpoint }) => mountpoint === rootfs || mountpoint.startsWith(`${rootfs}/`));
  if (inside.length === 0) return mounts;
  return inside.map((mount) => ({ ...mount, mountpoint: mount.mountpoint.slice(rootfs.length) || '/' }));
}

/** A file system to read, at any of its mounts. */
export interface MountGroup {
  /** Identifies the file system between two readings of the table. */
  readonly key: string;
  /** In the order in which they are tried: the shortest mount point first. Never empty. */
  readonly mounts: readonly [Mount, ...Mount[]];
  /** Over the network, or in a program of a user, so it may hang when something else fails. */
  readonly remote: boolean;
}

/** Types with data on a disk of this machine. Read-only images are left out, because they are always full. */
const localTypes = new Set([
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'bcachefs',
  'zfs',
  'f2fs',
  'jfs',
  'reiserfs',
  'nilfs2',
  'ufs',
  'vfat',
  'msdos',
  'exfat',
  'ntfs',
  'ntfs3',
  'fuseblk',
  'fat32',
  'refs',
  'hfs',
  'hfsplus',
  'apfs',
  'virtiofs',
  '9p',
]);

/**
 * The file systems to read.
 *
 * Without `mountpoints`: local ones with data, one per device, and an overlay only as the root of a container. With
 * `mountpoints`: exactly these, if mounted, of any type.
 */
export function selectMounts(mounts: readonly Mount[], mountpoints?: readonly string[]): readonly MountGroup[] {
  // A later mount on the same directory hides the earlier one.
  const visible = new Map<string, Mount>();
  for (const mount of mounts) visible.set(mount.mountpoint, mount);
  if (mountpoints !== undefined) {
    return [...new Set(mountpoints)].flatMap((mountpoint) => {
      const mount = visible.get(mountpoint);
      return mount === undefined ? [] : [{ key: mountpoint, mounts: [mount], remote: !isLocal(mount) }];
    });
  }
  const byDevice = new Map<string, [Mount, ...Mount[]]>();
  for (const mount of visible.values()) {
    if (!isLocal(mount)) continue;
    const key = `${mount.fstype} ${mount.device}`;
    const others = byDevice.get(key);
    if (others === undefined) byDevice.set(key, [mount]);
    else others.push(mount);
  }
  return [...byDevice].map(([key, found]) => {
    found.sort((a, b) => a.mountpoint.length - b.mountpoint.length);
    return { key, mounts: found, remote: false };
  });
}

/** A mount point as the table writes it: `/data/` becomes `/data`, `C:\\` becomes `C:`. */
export function withoutTrailingSlash(mountpoint: string): string {
  return mountpoint.replace(/(?<=.)\/+$|(?<=^[A-Z]:)\\$/, '');
}

function isLocal({ mountpoint, fstype }: Mount): boolean {
  return localTypes.has(fstype) || (fstype === 'overlay' && mountpoint === '/');
}

/** The result of statfs, in blocks of `bsize` bytes. */
export interface FilesystemBlocks {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files?: number;
  readonly ffree?: number;
}

/**
 * Size, available bytes, usage and inodes of a file system, counted as in `df`: blocks reserved for root are neither
 * used nor available. Undefined for a file system without blocks, such as /proc.
 */
export function filesystemFacts(
  { mountpoint, fstype }: Mount,
  { bsize, blocks, bfree, bavail, files = 0, ffree = 0 }: FilesystemBlocks,
): FilesystemFacts | undefined {
  if (!(blocks > 0)) return undefined;
  // When root has used a part of its reserve, some systems report a negative number, which arrives as one near 2^64.
  const available = bavail > blocks || bavail < 0 ? 0 : bavail;
  const used = Math.max(0, blocks - bfree);
  if (used + available === 0) return undefined;
  return {
    mountpoint,
    fstype,
    sizeBytes: blocks * bsize,
    availableBytes: available * bsize,
    usageRatio: used / (used + available),
    ...(files > 0 ? { inodes: { total: files, free: Math.min(ffree, files) } } : {}),
  };
}
