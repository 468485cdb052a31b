import { failureReasons } from '../../reason.js';
import { definitionsOf } from '../definition.js';

const ofExporter = definitionsOf('exporter');

export const buildInfo = ofExporter.gauge(
  'aicrm_exporter_build_info',
  'Version of the exporter, of its source and of Node.js, always 1; the revision is absent where it is not known.',
  ['version', 'revision', 'node_version'],
);

export const reloadSuccessful = ofExporter.gauge(
  'aicrm_config_last_reload_successful',
  'Whether the last attempt to load the configuration was successful, 1 or 0; after a 0 the one before is in force.',
);

export const reloadSuccessTime = ofExporter.gauge(
  'aicrm_config_last_reload_success_timestamp_seconds',
  'Unix time at which the configuration in force was loaded.',
);

/** The values of the label `severity` of `alertsReceived`; `none` also for alerts without one. */
export const alertSeverities = ['critical', 'warning', 'info', 'none', 'other'] as const;

/** See `alertSeverities`. */
export type CountedSeverity = (typeof alertSeverities)[number];

export const alertsReceived = ofExporter.counter(
  'aicrm_alerts_received_total',
  'Alerts that Alertmanager has sent to the console channel, repetitions included; severities that rules of others use are "other".',
  ['status', 'severity'],
  { values: { status: ['firing', 'resolved'], severity: alertSeverities } },
);

export const failureReasonInfo = ofExporter.gauge(
  'aicrm_failure_reason_info',
  'Each reason of failures as the texts of alerts have it, always 1.',
  ['reason', 'words'],
  { values: { reason: failureReasons } },
);

/** All of these, in the order of the exposition. */
export const exporterFamilies = ofExporter.all;
