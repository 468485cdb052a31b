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

/**
 * The table as seen from the host when only a reader's own table could be had, in which the host's root is mounted at
 * `rootfs`: what lies there, without that prefix; everything, unchanged, when nothing does.
 */
export function withoutRootfs(mounts: readonly Mount[], rootfs: string): readonly Mount[] {
  const inside = mounts.filter(({ mountpoint }) => mountpoint === rootfs || mountpoint.startsWith(`${rootfs}/`));
  if (inside.length === 0) return mounts;
  return inside.map((mount) => ({ ...mount, mountpoint: mount.mountpoint.slice(rootfs.length) || '/' }));
}
