import { levelAgainst } from '../base/level.js';
import type { Collector } from '../collector.js';
import type { Threshold } from '../config/sections/thresholds-section.js';
import { set } from '../metrics/definition.js';
import { hostMemoryAvailable, hostMemoryTotal, hostMemoryUsage } from '../metrics/host-metrics.js';
import { type HostTiming, percentText, sizeText } from './host-readings.js';
import type { HostSource, MemoryFacts } from './host-source.js';
import { malformed, quote } from './read-text.js';
import { swapSamples } from './swap.js';

/** The fields that are read. Other lines may be anything. */
const wanted = new Set(['MemTotal', 'MemFree', 'MemAvailable', 'Buffers', 'Cached']);

/**
 * Total and available memory from `/proc/meminfo`.
 *
 * Kernels before 3.14 do not report available memory. Then it is free memory, buffers and page cache, as tools of that
 * time showed it. Throws `host_unreadable` when the total is missing, or when all fields for available memory are.
 */
export function parseMemory(text: string, path: string): MemoryFacts {
  const bytes = parseFields(text, path);
  const totalBytes = bytes.get('MemTotal');
  if (totalBytes === undefined || totalBytes === 0) throw malformed(path, 1, 'there is no MemTotal');
  const free = bytes.get('MemFree');
  const reclaimable = (bytes.get('Buffers') ?? 0) + (bytes.get('Cached') ?? 0);
  const available = bytes.get('MemAvailable') ?? (free === undefined ? undefined : free + reclaimable);
  if (available === undefined) throw malformed(path, 1, 'there is neither MemAvailable nor MemFree');
  // In some containers the total is the container's limit, and the other fields are the host's.
  return { totalBytes, availableBytes: Math.min(available, totalBytes) };
}

function parseFields(text: string, path: string): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  let number = 0;
  for (const line of text.split('\n')) {
    number += 1;
    const name = line.slice(0, Math.max(0, line.indexOf(':')));
    if (!wanted.has(name)) continue;
    const kibibytes = /:\s+(\d+) kB$/.exec(line)?.[1];
    if (kibibytes === undefined) throw malformed(path, number, `expected a size in kB, found ${quote(line)}`);
    bytes.set(name, Number(kibibytes) * 1024);
    if (bytes.size === wanted.size) break;
  }
  return bytes;
}

/** Total and available memory, and swap. */
export function memoryCollector(source: HostSource, threshold: Threshold, timing: HostTiming): Collector {
  return {
    name: 'memory',
    ...timing,
    async collect(signal) {
      const { totalBytes, availableBytes, swap } = await source.memory(signal);
      const usageRatio = (totalBytes - availableBytes) / totalBytes;
      return {
        samples: [
          set(hostMemoryTotal, {}, totalBytes),
          set(hostMemoryAvailable, {}, availableBytes),
          set(hostMemoryUsage, {}, usageRatio),
          ...(swap === undefined ? [] : swapSamples(swap)),
        ],
        readings: [
          {
            subject: 'host',
            name: 'memory',
            resource: 'memory',
            level: levelAgainst(usageRatio, threshold),
            usageRatio,
            message: `${percentText(usageRatio)} of ${sizeText(totalBytes)} used, ${sizeText(availableBytes)} available`,
          },
        ],
      };
    },
  };
}
