import { type Sample, set } from '../metrics/definition.js';
import {
  hostDiskIoTime,
  hostDiskReadBytes,
  hostDiskReads,
  hostDiskReadTime,
  hostDiskWrites,
  hostDiskWriteTime,
  hostDiskWrittenBytes,
} from '../metrics/host-metrics.js';
import type { DiskActivity } from './host-source.js';

/** The kernel counts in sectors of this size, independent of the disk's own. */
const sectorBytes = 512;

/**
 * Devices that are not disks (memory, images, CDs, floppies), system parts of a flash chip, hidden paths of an NVMe
 * disk, and devices made of other disks (LVM, RAID, bcache, DRBD, ZFS volumes), whose bytes those disks already count.
 */
const leftOut =
  /^(?:(?:z?ram|loop|fd|sr|st|mtdblock|dm-|md|bcache|drbd|zd)\d+|md_.*|mmcblk\d+(?:boot|gp|rpmb)\d*|nvme\d+c\d+n\d+)$/;

/** In old kernels a partition has four counters and a disk eleven. Counters of discards and flushes were added after these. */
const countersOfDisk = 11;

/**
 * Activity of each disk since boot, from `/proc/diskstats`. Partitions, devices that others count, and unused disks
 * without reads are left out, and so are invalid lines. Empty for an empty text.
 */
export function parseDiskstats(text: string): readonly DiskActivity[] {
  const names = new Set<string>();
  const disks: DiskActivity[] = [];
  for (const line of text.split('\n')) {
    const [, , device, ...counters] = line.trim().split(/\s+/);
    if (device === undefined) continue;
    // A disk comes before its partitions.
    if (isPartition(device, names)) continue;
    names.add(device);
    if (leftOut.test(device) || counters.length < countersOfDisk || !counters.every((text) => /^\d+$/.test(text)))
      continue;
    const [reads = 0, , sectorsRead = 0, readMs = 0, writes = 0, , sectorsWritten = 0, writeMs = 0, , ioMs = 0] =
      counters.map(Number);
    if (reads === 0) continue;
    disks.push({
      device,
      readBytes: sectorsRead * sectorBytes,
      writtenBytes: sectorsWritten * sectorBytes,
      reads,
      writes,
      readSeconds: readMs / 1000,
      writeSeconds: writeMs / 1000,
      ioSeconds: ioMs / 1000,
    });
  }
  return disks;
}

/**
 * Whether a device is a partition of one of `disks`: sda1 of sda; nvme0n1p2 of nvme0n1, whose own name ends in a digit.
 * In a cloud, xvda1 without xvda is a disk.
 */
function isPartition(device: string, disks: ReadonlySet<string>): boolean {
  const withoutNumber = device.replace(/\d+$/, '');
  return disks.has(withoutNumber) || (/\dp$/.test(withoutNumber) && disks.has(withoutNumber.slice(0, -1)));
}

/** Seven series per disk. */
export function diskSamples(disks: readonly DiskActivity[]): readonly Sample[] {
  return disks.flatMap(({ device, readBytes, writtenBytes, reads, writes, readSeconds, writeSeconds, ioSeconds }) => [
    set(hostDiskReadBytes, { device }, readBytes),
    set(hostDiskWrittenBytes, { device }, writtenBytes),
    set(hostDiskReads, { device }, reads),
    set(hostDiskWrites, { device }, writes),
    set(hostDiskReadTime, { device }, readSeconds),
    set(hostDiskWriteTime, { device }, writeSeconds),
    set(hostDiskIoTime, { device }, ioSeconds),
  ]);
}
