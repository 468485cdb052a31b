import type { FilesystemFacts } from './host-source.js';
import { malformed, quote } from './read-text.js';

/** One line of the mount table. */
export interface Mount {
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
}

/**
 * The mount table from `/proc/mounts`, in its order.
 * Throws `host_unreadable` for a line that is not a mount and for an empty table: at least the root is always mounted.
 */
export function parseMounts(text: string, path: string): readonly Mount[] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line, index) => {
      const [device, mountpoint, fstype, options] = line.split(' ').map(unescapeOctal);
      // A device may have no name at all; everything else must be there.
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

/** What the kernel may call a file system that nothing can be written to; ext4 after an error, since Linux 6.15: `rw,…,emergency_ro`. */
const readOnlyOptions = ['ro', 'emergency_ro'];

/**
 * Whether each file system can only be read, by mount point, from `/proc/self/mountinfo`, with the fields that a line must have.
 *
 * The options that count are the last ones, of the file system as a whole. The ones before, and those in `/proc/mounts`, are of the mount: the
 * service of systemd sees everything but its own folders mounted read-only, and so does a container that was given a folder to read.
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
 * The table as seen from the host when only a reader's own table could be had, in which the host's root is mounted at
 * `rootfs`: what lies there, without that prefix; everything, unchanged, when nothing does.
 */
export function withoutRootfs(mounts: readonly Mount[], rootfs: string): readonly Mount[] {
  const inside = mounts.filter(({ mountpoint }) => mountpoint === rootfs || mountpoint.startsWith(`${rootfs}/`));
  if (inside.length === 0) return mounts;
  return inside.map((mount) => ({ ...mount, mountpoint: mount.mountpoint.slice(rootfs.length) || '/' }));
}

/** A file system to be asked, by any of its mounts. */
export interface MountGroup {
  /** What stands for the file system between two readings of the table. */
  readonly key: string;
  /** In the order in which to try them: the shortest mount point first. Never empty. */
  readonly mounts: readonly [Mount, ...Mount[]];
  /** Over the network or in a user's program, so that it may hang when something else fails. */
  readonly remote: boolean;
}

/** Types that hold data on a disk of this machine. Images that cannot be written, and so are always full, are not here. */
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
 * The file systems to ask.
 *
 * Without `mountpoints`: local ones that hold data, one per device, and an overlay only when it is the root – a container's.
 * With them: exactly those that are mounted, whatever they are.
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

/** A mount point as the table writes it, however it was typed: `/data/` is `/data`, `C:\\` is `C:`. */
export function withoutTrailingSlash(mountpoint: string): string {
  return mountpoint.replace(/(?<=.)\/+$|(?<=^[A-Z]:)\\$/, '');
}

function isLocal({ mountpoint, fstype }: Mount): boolean {
  return localTypes.has(fstype) || (fstype === 'overlay' && mountpoint === '/');
}

/** What statfs says, in blocks of `bsize` bytes. */
export interface FilesystemBlocks {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files?: number;
  readonly ffree?: number;
}

/**
 * Size, room, usage and inodes of a file system as `df` counts them: blocks kept for root are neither used nor available.
 * Undefined for a file system without blocks, such as /proc.
 */
export function filesystemFacts(
  { mountpoint, fstype }: Mount,
  { bsize, blocks, bfree, bavail, files = 0, ffree = 0 }: FilesystemBlocks,
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
    ...(files > 0 ? { inodes: { total: files, free: Math.min(ffree, files) } } : {}),
  };
}
