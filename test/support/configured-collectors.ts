import { PoliteDataAccess } from '../../src/access/polite-access.js';
import { AiCrmMemory } from '../../src/ai-crm/operation.js';
import type { Collector } from '../../src/collector.js';
import { createCollectors } from '../../src/collectors/all-collectors.js';
import type { Config } from '../../src/config/config.js';
import { createCalendar } from '../../src/maintenance/maintenance-calendar.js';
import { CurrentSilences } from '../../src/maintenance/silences.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { ManualClock } from './manual-clock.js';
import { RecordedLog } from './recorded-log.js';

/** The collectors of a configuration, without those of the host unless it is among the `others`. They are not started. */
export async function configuredCollectors(
  config: Config,
  others: Partial<Parameters<typeof createCollectors>[0]> = {},
): Promise<readonly Collector[]> {
  const [clock, log] = [new ManualClock(), new RecordedLog()];
  const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
  const data = new PoliteDataAccess({ prober, clock, log });
  const silences = new CurrentSilences();
  const calendar = await createCalendar(config.maintenanceWindows, silences);
  return createCollectors({
    config,
    prober,
    data,
    healthGates: data,
    host: null,
    calendar,
    silences,
    clock,
    log,
    memories: new Map(),
    aiCrmMemory: new AiCrmMemory(),
    logCounts: new Map(),
    isVerbose: false,
    ...others,
  });
}
