import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseDiskstats } from '../../src/host/disks.js';

const disksOf = (version: string) => parseDiskstats(readFileSync(`test/fixtures/host/${version}/diskstats`, 'utf8'));
const namesOf = (text: string) => parseDiskstats(text).map(({ device }) => device);

t.test('reads the work of a disk since boot in bytes and seconds, without discards and flushes', async (t) => {
  t.same(disksOf('linux-6.18'), [
    {
      device: 'vda',
      readBytes: 4948378 * 512,
      writtenBytes: 10191256 * 512,
      reads: 115209,
      writes: 120463,
      readSeconds: 98.76,
      writeSeconds: 142.743,
      ioSeconds: 87.864,
    },
  ]);
});

t.test('reads the eleven counters of an old kernel, and a partition without its disk as a disk', async (t) => {
  t.match(disksOf('linux-2.6.32'), [
    { device: 'sda', readBytes: 3402178 * 512, reads: 84312, ioSeconds: 602.114 },
    { device: 'xvda1', readBytes: 7200 * 512 },
  ]);
  t.equal(disksOf('linux-2.6.32').length, 2);
});

t.test(
  'counts each byte once: no partitions, LVM, RAID or multipath parts; nothing that is not a disk or not in use',
  async (t) => {
    t.same(
      disksOf('linux-6.1').map(({ device }) => device),
      ['nvme0n1', 'sdp', 'mmcblk0'],
    );
    const line = (device: string) => `8 0 ${device} 9 0 72 1 9 0 72 1 0 2 1`;
    const inside = [
      'loop0',
      'zram0',
      'ram1',
      'dm-12',
      'md0',
      'md_d0',
      'bcache0',
      'drbd1',
      'zd16',
      'sr1',
      'fd0',
      'mtdblock3',
      'nvme10c11n12',
      'mmcblk10boot1',
      'mmcblk0rpmb',
    ];
    t.same(namesOf(inside.map(line).join('\n')), []);
    const disks = [
      'sdaa',
      'vdb',
      'xvdf',
      'nvme1n2',
      'mmcblk1',
      'cciss/c0d0',
      'rbd0',
      'dasda',
      'nbd3',
      'nvme9n1p3',
      'xfd0',
      'fd0x',
    ];
    t.same(namesOf(disks.map(line).join('\n')), disks);
    t.same(
      namesOf(['sdaa', 'sdaa12', 'cciss/c0d0', 'cciss/c0d0p1', 'rbd0', 'rbd0p10', 'rbd01'].map(line).join('\n')),
      ['sdaa', 'cciss/c0d0', 'rbd0', 'rbd01'],
      'a digit alone is not a partition of a disk whose name ends with a digit',
    );
  },
);

t.test('leaves out broken lines, and partitions of a kernel with only four counters', async (t) => {
  t.same(parseDiskstats(''), []);
  t.same(
    namesOf(
      [
        '8 0 sda 9 0 72 1 9 0 72 1 0 2 1',
        '8 1 sda1 9 72 9 72',
        '8 16 sdb 9 0 72',
        '8 32 sdc 9 0 -72 1 9 0 72 1 0 2 1',
        '8 40 sde 9 0 72 1 9 0 72x 1 0 2 1',
        'rubbish',
        '8 48 sdd 9 0 72 1 9 0 72 1 0 2 1',
      ].join('\n'),
    ),
    ['sda', 'sdd'],
  );
});
