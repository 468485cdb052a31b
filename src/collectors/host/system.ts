import type { Log } from '../../log.js';
import {
  hostBootTime,
  hostContainer,
  hostInfo,
  hostLoad1,
  hostLoad5,
  hostLoad15,
  hostNetworkConnections,
  hostProcesses,
} from '../../metrics/families/host.js';
import { type Sample, set } from '../../metrics/sample.js';
import type { HostSource } from '../../sources/host/host-source.js';
import type { Collector } from '../collector.js';
import type { HostTiming } from './timing.js';

/** Load, processes, connections, boot time, and what the host is. Says once when it is a container and not its host. */
export function systemCollector(source: HostSource, timing: HostTiming, log: Log): Collector {
  let isFirst = true;
  return {
    name: 'system',
    ...timing,
    async collect(signal) {
      const { hostname, os, kernel, containerOnly } = await source.identity();
      if (isFirst && containerOnly) {
        log.info('host metrics are of this container, not of its host', {
          remedy:
            "mount the host's / read-only into the container, for example at /host, and set host.rootfs to that path",
        });
      }
      isFirst = false;

      const { load, connections, processes, bootTimeSeconds } = await source.system(signal);
      const samples: Sample[] = [
        set(hostInfo, { hostname, os, kernel }, 1),
        set(hostContainer, {}, containerOnly ? 1 : 0),
      ];
      if (load !== undefined) {
        samples.push(set(hostLoad1, {}, load.load1), set(hostLoad5, {}, load.load5), set(hostLoad15, {}, load.load15));
      }
      for (const [state, count] of connections ?? []) samples.push(set(hostNetworkConnections, { state }, count));
      if (processes !== undefined) samples.push(set(hostProcesses, {}, processes));
      if (bootTimeSeconds !== undefined) samples.push(set(hostBootTime, {}, bootTimeSeconds));
      return { samples };
    },
  };
}
