import type { Definition } from './definition.js';
import { collectorFamilies } from './families/collector.js';
import { componentFamilies } from './families/component.js';
import { exporterFamilies } from './families/exporter.js';
import { hostFamilies } from './families/host.js';
import { thresholdFamilies } from './families/threshold.js';

/** Every family this exporter can export of its own making, in the order of the exposition. */
export const catalogue: readonly Definition[] = [
  ...exporterFamilies,
  ...componentFamilies,
  ...hostFamilies,
  ...thresholdFamilies,
  ...collectorFamilies,
];
