import type { Mount } from './mounts.js';

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
