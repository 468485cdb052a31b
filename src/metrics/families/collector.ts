import type { Definition } from '../definition.js';

const area = 'collector';

/** Whether the collector could measure. */
export const collectorSuccess: Definition<'collector'> = {
  name: 'aicrm_collector_success',
  type: 'gauge',
  area,
  help: 'Whether the last run of a collector could measure at all, 1 or 0; a component that is down was measured.',
  labels: ['collector'],
};

/** How long it took. */
export const collectorDuration: Definition<'collector'> = {
  name: 'aicrm_collector_duration_seconds',
  type: 'gauge',
  area,
  help: 'Time that the last run of a collector took in seconds.',
  labels: ['collector'],
};

/** When it ran. */
export const collectorLastRun: Definition<'collector'> = {
  name: 'aicrm_collector_last_run_timestamp_seconds',
  type: 'gauge',
  area,
  help: 'Unix time at which the last run of a collector ended.',
  labels: ['collector'],
};

/** How often it should run. */
export const collectorInterval: Definition<'collector'> = {
  name: 'aicrm_collector_interval_seconds',
  type: 'gauge',
  area,
  help: 'Configured interval between two runs of a collector in seconds.',
  labels: ['collector'],
};

/** The families of this area, in the order of the exposition. */
export const collectorFamilies: readonly Definition[] = [
  collectorSuccess,
  collectorDuration,
  collectorLastRun,
  collectorInterval,
];
