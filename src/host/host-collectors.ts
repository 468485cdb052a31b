import { platform } from 'node:os';
import type { Log } from '../base/log.js';
import type { Collector } from '../collector.js';
import type { HostConfig } from '../config/sections/host-section.js';
import type { Thresholds } from '../config/sections/thresholds-section.js';
import { cpuCollector } from './cpu.js';
import { filesystemCollector, type Outside, realOutside } from './filesystems.js';
import type { HostSource } from './host-source.js';
import { LinuxHost } from './linux.js';
import { memoryCollector } from './memory.js';
import { networkCollector } from './network.js';
import { PortableHost } from './portable.js';
import { systemCollector } from './system.js';

/**
 * The reader for the system of this process. Reads nothing yet and never throws. After a change of the configuration,
 * the new reader must get the same `outside`.
 */
export function createHostSource(config: HostConfig, outside: Outside = realOutside()): HostSource {
  return platform() === 'linux' ? new LinuxHost(config, outside) : new PortableHost(config, outside);
}

/** The host answers within milliseconds. A longer wait means a serious problem. */
const longestTimeoutSeconds = 10;

/** The collectors of the host in the order of the exposition. Each keeps its own previous run. */
export function hostCollectors(options: {
  readonly source: HostSource;
  readonly config: HostConfig;
  readonly intervalSeconds: number;
  readonly thresholds: Thresholds;
  readonly log: Log;
}): readonly Collector[] {
  const { source, config, intervalSeconds, thresholds, log } = options;
  const timing = {
    intervalSeconds,
    timeoutSeconds: Math.min(longestTimeoutSeconds, intervalSeconds),
    isLocal: true,
  } as const;
  return [
    cpuCollector(source, thresholds.cpuUsageRatio, timing),
    memoryCollector(source, thresholds.memoryUsageRatio, timing),
    filesystemCollector(source, thresholds.diskUsageRatio, timing, log),
    networkCollector(source, config.devices ?? [], timing, log),
    systemCollector(source, timing, log),
  ];
}
