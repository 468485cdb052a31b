import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  filesystemFacts,
  parseMounts,
  parseReadOnly,
  selectMounts,
  withoutRootfs,
  withoutTrailingSlash,
} from '../../src/host/mounts.js';

const mountsOf = (name: string) => parseMounts(readFileSync(`test/fixtures/host/linux-6.1/${name}`, 'utf8'), name);
const candidatesOf = (text: string, mountpoints?: readonly string[]) =>
  selectMounts(parseMounts(text, 'mounts'), mountpoints).map(({ mounts }) =>
    mounts.map(({ mountpoint }) => mountpoint),
  );

t.test('decodes the octal escapes of the mount table', async (t) => {
  t.same(mountsOf('mounts')[6], { device: '/dev/sdb1', mountpoint: '/srv/data lake/tab\tbackslash\\', fstype: 'xfs' });
  t.equal(
    parseMounts('C:\\134 /mnt/c\\04\\999\\0400 9p rw 0 0\n', 'mounts')[0]?.mountpoint,
    '/mnt/c\\04\\999 0',
    'three digits, no more',
  );
});

t.test('refuses a broken mount table, naming file, line and text', async (t) => {
  const refuses = (text: string, message: string) =>
    t.throws(() => parseMounts(text, '/proc/mounts'), { code: 'host_unreadable', message }, JSON.stringify(text));
  refuses('', '/proc/mounts:1: expected device, mount point, type and options, found ""');
  refuses(
    'proc /proc proc rw 0 0\n/dev/sda1 / ext',
    '/proc/mounts:2: expected device, mount point, type and options, found "/dev/sda1 / ext"',
  );
  refuses(
    'proc proc proc rw 0 0\n',
    '/proc/mounts:1: expected device, mount point, type and options, found "proc proc proc rw 0 0"',
  );
});

t.test('asks local file systems with data, one per device by its shortest mount point', async (t) => {
  const groups = selectMounts(mountsOf('mounts'));
  t.same(
    groups.map(({ mounts }) => mounts.map(({ mountpoint }) => mountpoint)),
    [['/', '/var/lib/app/bind'], ['/boot/efi'], ['/srv/data lake/tab\tbackslash\\'], ['/home']],
  );
  t.ok(groups.every(({ remote }) => !remote));
});

t.test('asks exactly the named mount points, and recognises remote ones', async (t) => {
  const groups = selectMounts(mountsOf('mounts'), ['/mnt/share', '/', '/run', '/mnt/share', '/gone']);
  t.same(
    groups.map(({ key, remote }) => [key, remote]),
    [
      ['/mnt/share', true],
      ['/', false],
      ['/run', true],
    ],
  );
  t.same(
    groups[0]?.mounts.map(({ mountpoint }) => mountpoint),
    ['/mnt/share'],
  );
});

t.test('recognises the types that hold data on a disk, and no others', async (t) => {
  const isAsked = (fstype: string) => candidatesOf(`/dev/x /data ${fstype} rw 0 0\n`).length === 1;
  const linux =
    'ext2 ext3 ext4 xfs btrfs bcachefs zfs f2fs jfs reiserfs nilfs2 ufs vfat msdos exfat ntfs ntfs3 fuseblk';
  for (const fstype of `${linux} fat32 refs hfs hfsplus apfs virtiofs 9p`.split(' ')) t.ok(isAsked(fstype), fstype);
  for (const fstype of ['tmpfs', 'squashfs', 'iso9660', 'nfs4', 'proc', 'overlay', 'fuse.sshfs'])
    t.notOk(isAsked(fstype), fstype);
});

t.test('accepts a mount whose device has no name', async (t) => {
  t.same(parseMounts(' /mnt tmpfs rw 0 0\n', 'mounts'), [{ device: '', mountpoint: '/mnt', fstype: 'tmpfs' }]);
});

t.test('asks only the overlay that is the root of a container', async (t) => {
  t.same(
    selectMounts(mountsOf('container-mounts')).map(({ mounts }) => mounts.map(({ mountpoint }) => mountpoint)),
    [['/'], ['/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/var/lib/app/volume']],
  );
  t.same(candidatesOf('overlay /a overlay rw 0 0\ntmpfs / tmpfs rw 0 0\n'), []);
});

t.test('does not ask a local file system that a later mount hides', async (t) => {
  t.same(candidatesOf('/dev/sdb1 /data ext4 rw 0 0\nsrv:/x /data nfs rw 0 0\n'), []);
  t.same(candidatesOf('rootfs / rootfs rw 0 0\n/dev/sda1 / ext3 rw 0 0\n'), [['/']]);
});

t.test(
  'a file system is read-only by its own options and not by those of the mount, also after an ext4 error',
  async (t) => {
    t.same(
      [...parseReadOnly(readFileSync('test/fixtures/host/linux-6.18/mountinfo', 'utf8'))],
      [
        ['/proc', false],
        ['/', false],
        ['/srv/data lake', false],
        ['/var/lib/app', true],
        ['/home', true],
        ['/snap/core22/1380', true],
        ['/media/cdrom', true],
        ['/mnt/ro-crm', false],
      ],
    );
    t.same(
      [...parseReadOnly('27 1 8:1 / /a ro - ext4 /dev/sda1 rw\n28 1 8:2 / /a rw - ext4 /dev/sdb1 ro\n')],
      [['/a', true]],
      'a later mount hides an earlier one',
    );
    t.same([...parseReadOnly('')], []);
    t.same([...parseReadOnly('27 1 8:1 / /a ro\n27 1 8:1 / /a ro - ext4\nrubbish - a b c\n')], []);
  },
);

t.test('mounts under rootfs belong to the host', async (t) => {
  const mounts = parseMounts(
    'overlay / overlay rw 0 0\n/dev/sda1 /host ext4 rw 0 0\n/dev/sdb1 /host/srv xfs rw 0 0\n/dev/sdc1 /hosts xfs rw 0 0\n',
    'mounts',
  );
  t.same(
    withoutRootfs(mounts, '/host').map(({ mountpoint }) => mountpoint),
    ['/', '/srv'],
  );
  t.same(withoutRootfs(mounts, '/elsewhere'), mounts);
});

t.test('a mount point may end with a slash', async (t) => {
  for (const [typed, written] of [
    ['/', '/'],
    ['/data/', '/data'],
    ['/data//', '/data'],
    ['/data/deep', '/data/deep'],
    ['/odd\\', '/odd\\'],
    ['C:\\', 'C:'],
    ['C:\\Users', 'C:\\Users'],
    ['/mnt/C:\\', '/mnt/C:\\'],
  ] as const)
    t.equal(withoutTrailingSlash(typed), written);
});

t.test('usage is computed as df does: blocks reserved for root are neither used nor available', async (t) => {
  const mount = { device: '/dev/sda1', mountpoint: '/', fstype: 'ext4' };
  const facts = filesystemFacts(mount, { bsize: 4096, blocks: 1000, bfree: 300, bavail: 100 });
  t.same(facts, { mountpoint: '/', fstype: 'ext4', sizeBytes: 4096000, availableBytes: 409600, usageRatio: 700 / 800 });
  t.equal(
    filesystemFacts(mount, { bsize: 4096, blocks: 1000, bfree: 20, bavail: 2 ** 64 - 4096 })?.usageRatio,
    1,
    'the reserve is in use',
  );
  t.equal(
    filesystemFacts(mount, { bsize: 4096, blocks: 0, bfree: 0, bavail: 0 }),
    undefined,
    'a file system without blocks',
  );
  t.match(filesystemFacts(mount, { bsize: 4096, blocks: 1000, bfree: 20, bavail: -5 }), { availableBytes: 0 });
  t.match(filesystemFacts(mount, { bsize: 1, blocks: 8, bfree: 8, bavail: 8 }), { availableBytes: 8, usageRatio: 0 });
  t.match(filesystemFacts(mount, { bsize: 1, blocks: 8, bfree: 4, bavail: 4 }), { usageRatio: 0.5 }, 'half full');
  t.equal(filesystemFacts(mount, { bsize: 1, blocks: 8, bfree: 8, bavail: 0 }), undefined, 'all of it kept for root');
  t.equal(filesystemFacts(mount, { bsize: 4096, blocks: Number.NaN, bfree: 0, bavail: 0 }), undefined);
});

t.test('counts inodes if a file system has a fixed number of them', async (t) => {
  const mount = { device: '/dev/sda1', mountpoint: '/', fstype: 'ext4' };
  const room = { bsize: 4096, blocks: 1000, bfree: 300, bavail: 100 };
  t.same(filesystemFacts(mount, { ...room, files: 6553600, ffree: 6012345 })?.inodes, {
    total: 6553600,
    free: 6012345,
  });
  t.same(filesystemFacts(mount, { ...room, files: 10, ffree: 0 })?.inodes, { total: 10, free: 0 });
  t.same(filesystemFacts(mount, { ...room, files: 10, ffree: 2 ** 64 })?.inodes, { total: 10, free: 10 });
  t.equal(filesystemFacts(mount, { ...room, files: 0, ffree: 0 })?.inodes, undefined, 'Btrfs, FAT');
});
