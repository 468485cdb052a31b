import { collectorInterval, collectorLastRun, collectorSuccess } from '../../../src/metrics/exporter-metrics.js';
import { sourceTruncated, sourceUp } from '../../../src/metrics/source-metrics.js';
import { colors } from '../../panels/defaults.js';
import { words } from '../../panels/mappings.js';
import { greatest } from '../../queries/aggregate.js';
import { select } from '../../queries/selector.js';

/** Labels that identify a collector of one exporter, besides `job`. */
export const collectorLabels = ['instance', 'collector'] as const;

/** Labels that identify a data source of one exporter, besides `job`. */
export const sourceLabels = ['instance', 'source'] as const;

/** Seconds since each collector last ran. */
export const collectorAge = `time() - ${greatest(select(collectorLastRun), ...collectorLabels)}`;

/** 0 recent, 1 overdue by the same condition as the alert AiCrmExporterCollectorStale, 2 failed, 3 both. */
export const collectorState = `2 * (1 - ${greatest(select(collectorSuccess), ...collectorLabels)}) + (${collectorAge} > bool 3 * ${greatest(select(collectorInterval), ...collectorLabels)} + 30)`;

/** The words for `collectorState`. */
export const collectorMappings = words([
  ['0', '✔ RECENT', colors.healthy],
  ['1', '▲ STALE', colors.warning],
  ['2', '▲ FAILED', colors.warning],
  ['3', '▲ FAILED, STALE', colors.warning],
  ['-1', '∅ NO DATA', colors.unknown],
]);

/** 0 complete, 1 cut off, 2 not read. */
export const sourceState = greatest(
  `2 * (${select(sourceUp)} == bool 0) or ${select(sourceTruncated)}`,
  ...sourceLabels,
);

/** The words for `sourceState`. */
export const sourceMappings = words([
  ['0', '✔ READ', colors.healthy],
  ['1', '▲ CUT OFF', colors.warning],
  ['2', '▲ NOT READ', colors.warning],
  ['-1', '– NONE', colors.unknown],
]);
