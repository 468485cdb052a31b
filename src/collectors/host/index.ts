import type { HostConfig, Thresholds } from '../../config/config.js';
import type { Log } from '../../log.js';
import type { HostSource } from '../../sources/host/host-source.js';
import type { Collector } from '../collector.js';
import { cpuCollector } from './cpu.js';
import { filesystemCollector } from './filesystem.js';
import { memoryCollector } from './memory.js';
import { networkCollector } from './network.js';
import { systemCollector } from './system.js';

/** The host answers in milliseconds, or something is very wrong. */
const longestTimeoutSeconds = 10;

/** The collectors of the host in the order of the exposition; each remembers its own previous run. */
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
