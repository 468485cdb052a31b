import type { ComponentConfig } from '../../config/config.js';
import { isCalledOff } from '../called-off.js';
import type { Collected, Collector } from '../collector.js';
import { samplesOf, zeroFill } from './samples.js';
import { componentSeries } from './series.js';
import type { ProbeComponent } from './probe.js';

/** What a component's probes remember from one to the next; outlives a reload of the configuration. */
export interface ComponentMemory {
  failuresInARow: number;
  uptimeSeconds: number | undefined;
}

/** A stated uptime may shrink by this much without a restart: clocks are set, replicas started moments apart. */
const uptimeToleranceSeconds = 5;

/**
 * Probes one component again and again. After a failure it asks to be run again after `retryIntervalSeconds`, at most
 * `retries` times in a row, so that an outage is confirmed or a blip over long before the next regular probe. Throws the
 * reason of its signal when it is called off.
 */
export function componentCollector(
  component: ComponentConfig,
  options: { readonly probe: ProbeComponent; readonly memory: ComponentMemory; readonly retryIntervalSeconds: number; readonly retries: number },
): Collector {
  const { probe, memory, retryIntervalSeconds, retries } = options;
  const series = componentSeries(component.name);
  let isFirst = true;
  return {
    name: `component:${component.name}`,
    intervalSeconds: component.intervalSeconds,
    timeoutSeconds: component.timeoutSeconds,
    async collect(signal): Promise<Collected> {
      const judged = await probe(component, signal);
      if (isCalledOff(signal)) throw signal.reason;
      memory.failuresInARow = judged.up ? 0 : memory.failuresInARow + 1;
      const reading = { ...judged, failuresInARow: memory.failuresInARow };
      const { uptimeSeconds } = reading;
      const restarted = uptimeSeconds !== undefined && memory.uptimeSeconds !== undefined && uptimeSeconds < memory.uptimeSeconds - uptimeToleranceSeconds;
      memory.uptimeSeconds = uptimeSeconds ?? memory.uptimeSeconds;
      const samples = [...(isFirst ? zeroFill(series) : []), ...samplesOf(reading, series, restarted)];
      isFirst = false;
      const isUnconfirmed = memory.failuresInARow > 0 && memory.failuresInARow <= retries;
      const againSoon = isUnconfirmed && retryIntervalSeconds < component.intervalSeconds;
      return { samples, readings: [reading], ...(againSoon ? { againInSeconds: retryIntervalSeconds } : {}) };
    },
  };
}
