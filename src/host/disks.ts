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

/** The kernel counts in sectors of this size, whatever those of the disk are. */
const sectorBytes = 512;

/**
 * What is no disk (memory, images, CDs, floppies), parts of a flash chip that are not its data, hidden paths of an NVMe disk, and what
 * consists of other disks (LVM, RAID, bcache, DRBD, ZFS volumes), whose bytes are counted there already.
 */
const leftOut =
  /^(?:(?:z?ram|loop|fd|sr|st|mtdblock|dm-|md|bcache|drbd|zd)\d+|md_.*|mmcblk\d+(?:boot|gp|rpmb)\d*|nvme\d+c\d+n\d+)$/;

/** Of old kernels, a partition has four counters and a disk eleven; those of discards and flushes came later, behind these. */
const countersOfDisk = 11;

/**
 * What each disk did since boot, from `/proc/diskstats`: without partitions and what else is counted elsewhere, and without disks that
 * nothing has been read from, which are not in use. A line that is broken is left out. Empty for an empty text.
 */
export function parseDiskstats(text: string): readonly DiskActivity[] {
  const names = new Set<string>();
  const disks: DiskActivity[] = [];
  for (const line of text.split('\n')) {
    const [, , device, ...counters] = line.trim().split(/\s+/);
    if (device === undefined) continue;
    // A disk stands before its partitions.
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
 * Whether a device is a part of one of `disks`: sda1 of sda; nvme0n1p2 of nvme0n1, whose name ends in a digit itself. A cloud that hands out
 * xvda1 without an xvda means a disk by it.
 */
function isPartition(device: string, disks: ReadonlySet<string>): boolean {
  const withoutNumber = device.replace(/\d+$/, '');
  return disks.has(withoutNumber) || (/\dp$/.test(withoutNumber) && disks.has(withoutNumber.slice(0, -1)));
}

/** Seven series for each disk. */
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
