import type { Definition } from './definition.js';
import { agentFamilies } from './families/agents.js';
import { businessFamilies } from './families/business.js';
import { collectorFamilies } from './families/collector.js';
import { componentFamilies } from './families/component.js';
import { exporterFamilies } from './families/exporter.js';
import { hostFamilies } from './families/host.js';
import { sourceFamilies } from './families/source.js';
import { thresholdFamilies } from './families/threshold.js';
import { transactionFamilies } from './families/transaction.js';

export type { Area, Definition, Labels, MetricType } from './definition.js';

/** Every family this exporter can export of its own making, in the order of the exposition. */
export const catalogue: readonly Definition[] = [
  ...exporterFamilies,
  ...componentFamilies,
  ...hostFamilies,
  ...agentFamilies,
  ...businessFamilies,
  ...transactionFamilies,
  ...sourceFamilies,
  ...thresholdFamilies,
  ...collectorFamilies,
];
