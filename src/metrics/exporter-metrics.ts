import { failureReasons } from '../base/reason.js';
import { definitionsOf } from './definition.js';

const ofExporter = definitionsOf('exporter');

export const buildInfo = ofExporter.gauge(
  'aicrm_exporter_build_info',
  'Version of the exporter, of its source and of Node.js, always 1; the revision is absent where it is not known.',
  ['version', 'revision', 'node_version'],
);

export const reloadSuccessful = ofExporter.gauge(
  'aicrm_config_last_reload_successful',
  'Whether the last attempt to load the configuration was successful, 1 or 0; after a 0 the previous one stays in use.',
);

export const reloadSuccessTime = ofExporter.gauge(
  'aicrm_config_last_reload_success_timestamp_seconds',
  'Unix time at which the present configuration was loaded.',
);

/** Values of the label `severity` of `alertsReceived`. `none` also means an alert without a severity. */
export const countedSeverities = ['critical', 'warning', 'info', 'none', 'other'] as const;

/** See `countedSeverities`. */
export type CountedSeverity = (typeof countedSeverities)[number];

export const alertsReceived = ofExporter.counter(
  'aicrm_alerts_received_total',
  'Alerts that Alertmanager has sent to the console channel, repetitions included; all other severities count as "other".',
  ['status', 'severity'],
  { values: { status: ['firing', 'resolved'], severity: countedSeverities } },
);

export const failureReasonInfo = ofExporter.gauge(
  'aicrm_failure_reason_info',
  'Text for each failure reason in alerts, always 1.',
  ['reason', 'words'],
  { values: { reason: failureReasons } },
);

/** All metrics of this area, in the order of the exposition. */
export const exporterFamilies = ofExporter.all;

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

/** All metrics of this area, in the order of the exposition. */
export const collectorFamilies = ofCollectors.all;

const ofThresholds = definitionsOf('threshold');

export const thresholdSeconds = ofThresholds.gauge(
  'aicrm_threshold_seconds',
  'Configured threshold in seconds; with a component label it applies to that component instead of the general one.',
  ['threshold', 'severity', 'component'],
  {
    values: {
      threshold: ['response_time', 'task_processing_time', 'agent_response_time', 'certificate_expiry'],
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
  'Promised availability of every component as a ratio, above 0 and below 1; with a component label it applies to that component instead of the general one.',
  ['component'],
);

/** All metrics of this area, in the order of the exposition. */
export const thresholdFamilies = ofThresholds.all;
