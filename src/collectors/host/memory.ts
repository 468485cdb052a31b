import type { Threshold } from '../../config/config.js';
import { levelAgainst } from '../../level.js';
import { hostMemoryAvailable, hostMemoryTotal, hostMemoryUsage } from '../../metrics/families/host.js';
import { set } from '../../metrics/sample.js';
import type { HostSource } from '../../sources/host/host-source.js';
import type { Collector } from '../collector.js';
import { percentText, sizeText } from './describe.js';
import type { HostTiming } from './timing.js';

/** How much memory there is, and how much of it programs can still get. */
export function memoryCollector(source: HostSource, threshold: Threshold, timing: HostTiming): Collector {
  return {
    name: 'memory',
    ...timing,
    async collect(signal) {
      const { totalBytes, availableBytes } = await source.memory(signal);
      const usageRatio = (totalBytes - availableBytes) / totalBytes;
      return {
        samples: [
          set(hostMemoryTotal, {}, totalBytes),
          set(hostMemoryAvailable, {}, availableBytes),
          set(hostMemoryUsage, {}, usageRatio),
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
