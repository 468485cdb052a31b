import { collectorDuration, collectorInterval, collectorLastRun, collectorSuccess } from '../metrics/families/collector.js';
import { set, type Sample } from '../metrics/sample.js';
import type { RunResult } from './run.js';

/** Everything that a run has to say to the recorder: how it went, and what was collected if it went well. */
export function samplesOfRun(result: RunResult): readonly Sample[] {
  const labels = { collector: result.collector };
  return [
    ...(result.success ? result.collected.samples : []),
    set(collectorSuccess, labels, result.success ? 1 : 0),
    set(collectorDuration, labels, result.durationSeconds),
    set(collectorLastRun, labels, result.endedAtSeconds),
    set(collectorInterval, labels, result.intervalSeconds),
  ];
}
