import { definitionsOf } from '../definition.js';

const ofCollectors = definitionsOf('collector');

export const collectorSuccess = ofCollectors.gauge(
  'aicrm_collector_success',
  'Whether the last run of a collector could measure at all, 1 or 0; a component that is down was measured.',
  ['collector'],
);

export const collectorDuration = ofCollectors.gauge(
  'aicrm_collector_duration_seconds',
  'Time that the last run of a collector took in seconds.',
  ['collector'],
);

export const collectorLastRun = ofCollectors.gauge(
  'aicrm_collector_last_run_timestamp_seconds',
  'Unix time at which the last run of a collector ended.',
  ['collector'],
);

export const collectorInterval = ofCollectors.gauge(
  'aicrm_collector_interval_seconds',
  'Configured interval between two runs of a collector in seconds.',
  ['collector'],
);

/** All of these, in the order of the exposition. */
export const collectorFamilies = ofCollectors.all;
