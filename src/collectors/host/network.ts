import type { Log } from '../../log.js';
import { hostNetworkReceive, hostNetworkTransmit } from '../../metrics/families/host.js';
import { set } from '../../metrics/sample.js';
import type { HostSource } from '../../sources/host/host-source.js';
import type { Collector } from '../collector.js';
import { Notices } from './notices.js';
import type { HostTiming } from './timing.js';

/** Bytes in and out of each network device; one of `expected` that is not there is warned about once. */
export function networkCollector(
  source: HostSource,
  expected: readonly string[],
  timing: HostTiming,
  log: Log,
): Collector {
  const notices = new Notices(log, {
    field: 'device',
    begins: 'network device is missing',
    ends: 'network device is back',
  });
  return {
    name: 'network',
    ...timing,
    async collect(signal) {
      const devices = await source.network(signal);
      const present = new Set(devices.map(({ device }) => device));
      notices.update(
        new Map(expected.filter((device) => !present.has(device)).map((device) => [device, 'no such device'])),
      );
      return {
        samples: devices.flatMap(({ device, receivedBytes, sentBytes }) => [
          set(hostNetworkReceive, { device }, receivedBytes),
          set(hostNetworkTransmit, { device }, sentBytes),
        ]),
      };
    },
  };
}
