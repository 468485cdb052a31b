import type { Threshold } from '../../config/config.js';
import { levelAgainst } from '../../level.js';
import type { Log } from '../../log.js';
import { hostFilesystemAvailable, hostFilesystemSize, hostFilesystemUsage } from '../../metrics/families/host.js';
import { type Sample, set } from '../../metrics/sample.js';
import type { FilesystemFacts, HostSource } from '../../sources/host/host-source.js';
import type { Collector } from '../collector.js';
import type { HostReading } from '../reading.js';
import { percentText, sizeText } from './describe.js';
import { Notices } from './notices.js';
import type { HostTiming } from './timing.js';

/**
 * Size, room and usage of each file system. One that does not answer is missing from the samples and warned about once;
 * the others are not held up by it.
 */
export function filesystemCollector(source: HostSource, threshold: Threshold, timing: HostTiming, log: Log): Collector {
  const notices = new Notices(log, {
    field: 'mountpoint',
    begins: 'file system does not answer',
    ends: 'file system is no longer missed',
  });
  return {
    name: 'filesystem',
    ...timing,
    async collect(signal) {
      const { filesystems, unanswered } = await source.filesystems(signal);
      // A run that was cut short knows nothing about those it did not wait for.
      if (!signal.aborted) notices.update(new Map(unanswered.map(({ mountpoint, why }) => [mountpoint, why])));
      return { samples: filesystems.flatMap(samples), readings: filesystems.map((facts) => reading(facts, threshold)) };
    },
  };
}

function samples({ mountpoint, fstype, sizeBytes, availableBytes, usageRatio }: FilesystemFacts): readonly Sample[] {
  const labels = { mountpoint, fstype };
  return [
    set(hostFilesystemSize, labels, sizeBytes),
    set(hostFilesystemAvailable, labels, availableBytes),
    set(hostFilesystemUsage, labels, usageRatio),
  ];
}

function reading(
  { mountpoint, sizeBytes, availableBytes, usageRatio }: FilesystemFacts,
  threshold: Threshold,
): HostReading {
  return {
    subject: 'host',
    name: `disk ${mountpoint}`,
    resource: 'disk',
    level: levelAgainst(usageRatio, threshold),
    usageRatio,
    message: `${percentText(usageRatio)} used, ${sizeText(availableBytes)} of ${sizeText(sizeBytes)} available`,
  };
}
