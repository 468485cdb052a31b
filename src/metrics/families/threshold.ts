import { definitionsOf } from '../definition.js';

const ofThresholds = definitionsOf('threshold');

export const thresholdSeconds = ofThresholds.gauge(
  'aicrm_threshold_seconds',
  'Configured threshold in seconds; with a component label it applies to that component instead of the general one.',
  ['threshold', 'severity', 'component'],
  {
    values: {
      threshold: ['response_time', 'task_processing_time', 'agent_response_time'],
      severity: ['warning', 'critical'],
    },
  },
);

export const thresholdRatio = ofThresholds.gauge(
  'aicrm_threshold_ratio',
  'Configured threshold as a ratio, 0 to 1; with a component label it applies to that component instead of the general one.',
  ['threshold', 'severity', 'component'],
  {
    values: {
      threshold: ['cpu_usage', 'memory_usage', 'disk_usage', 'error_rate'],
      severity: ['warning', 'critical'],
    },
  },
);

export const sloObjective = ofThresholds.gauge(
  'aicrm_slo_objective_ratio',
  'Share of its probes that every component is promised to answer as expected, above 0 and below 1.',
);

/** All of these, in the order of the exposition. */
export const thresholdFamilies = ofThresholds.all;
