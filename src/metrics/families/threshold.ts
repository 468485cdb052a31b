import type { Definition } from '../definition.js';

const area = 'threshold';

/** Limits that are times. */
export const thresholdSeconds: Definition<'threshold' | 'severity' | 'component'> = {
  name: 'aicrm_threshold_seconds',
  type: 'gauge',
  area,
  help: 'Configured threshold in seconds; with a component label it applies to that component instead of the general one.',
  labels: ['threshold', 'severity', 'component'],
  values: {
    threshold: ['response_time', 'task_processing_time', 'agent_response_time'],
    severity: ['warning', 'critical'],
  },
};

/** Limits that are shares. */
export const thresholdRatio: Definition<'threshold' | 'severity' | 'component'> = {
  name: 'aicrm_threshold_ratio',
  type: 'gauge',
  area,
  help: 'Configured threshold as a ratio, 0 to 1; with a component label it applies to that component instead of the general one.',
  labels: ['threshold', 'severity', 'component'],
  values: {
    threshold: ['cpu_usage', 'memory_usage', 'disk_usage', 'error_rate'],
    severity: ['warning', 'critical'],
  },
};

/** What is promised. */
export const sloObjective: Definition<never> = {
  name: 'aicrm_slo_objective_ratio',
  type: 'gauge',
  area,
  help: 'Share of its probes that every component is promised to answer as expected, above 0 and below 1.',
  labels: [],
};

/** The families of this area, in the order of the exposition. */
export const thresholdFamilies: readonly Definition[] = [thresholdSeconds, thresholdRatio, sloObjective];
