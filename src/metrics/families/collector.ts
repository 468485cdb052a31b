import { definitionsOf } from '../definition.js';

const { gauge, all } = definitionsOf('collector');

export const collectorSuccess = gauge(
  'aicrm_collector_success',
  'Whether the last run of a collector could measure at all, 1 or 0; a component that is down was measured.',
  ['collector'],
);

export const collectorDuration = gauge(
  'aicrm_collector_duration_seconds',
  'Time that the last run of a collector took in seconds.',
  ['collector'],
);

export const collectorLastRun = gauge(
  'aicrm_collector_last_run_timestamp_seconds',
  'Unix time at which the last run of a collector ended.',
  ['collector'],
);

export const collectorInterval = gauge(
  'aicrm_collector_interval_seconds',
  'Configured interval between two runs of a collector in seconds.',
  ['collector'],
);

/** All of these, in the order of the exposition. */
export const collectorFamilies = all;
