import { agentFamilies } from './agent-metrics.js';
import { businessFamilies } from './business-metrics.js';
import { componentFamilies } from './component-metrics.js';
import type { Definition } from './definition.js';
import { collectorFamilies, exporterFamilies, thresholdFamilies } from './exporter-metrics.js';
import { heartbeatFamilies } from './heartbeat-metrics.js';
import { hostFamilies } from './host-metrics.js';
import { sourceFamilies } from './source-metrics.js';
import { transactionFamilies } from './transaction-metrics.js';

export type { Definition } from './definition.js';

/** Every metric of the exporter in the order of the exposition, except metrics that a configuration adds. */
export const catalogue: readonly Definition[] = [
  ...exporterFamilies,
  ...componentFamilies,
  ...hostFamilies,
  ...agentFamilies,
  ...businessFamilies,
  ...transactionFamilies,
  ...heartbeatFamilies,
  ...sourceFamilies,
  ...thresholdFamilies,
  ...collectorFamilies,
];
