import { AiCrmMemory } from '../../src/collectors/ai-crm/memory.js';
import type { Collector } from '../../src/collectors/collector.js';
import { CurrentSilences } from '../../src/collectors/current-silences.js';
import { createCollectors } from '../../src/collectors/index.js';
import { createCalendar } from '../../src/collectors/maintenance-calendar.js';
import type { Config } from '../../src/config/config.js';
import { PoliteDataAccess } from '../../src/sources/data/polite-access.js';
import { createResolver } from '../../src/sources/net/resolve.js';
import { TlsContexts } from '../../src/sources/net/tls.js';
import { ManualClock } from './manual-clock.js';
import { RecordedLog } from './recorded-log.js';

/** The collectors that an exporter makes of a configuration, its host left out; nothing is running. */
export async function configuredCollectors(config: Config): Promise<readonly Collector[]> {
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
  });
}
