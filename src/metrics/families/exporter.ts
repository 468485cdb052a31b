import { failureReasons } from '../../reason.js';
import type { Definition } from '../definition.js';

const room = 'exporter';

/** Which exporter this is. */
export const buildInfo: Definition<'version' | 'revision' | 'node_version'> = {
  name: 'aicrm_exporter_build_info',
  type: 'gauge',
  room,
  help: 'Version of the exporter, of its source and of Node.js, always 1; the revision is absent where it is not known.',
  labels: ['version', 'revision', 'node_version'],
};

/** Whether the last reload was taken over. */
export const reloadSuccessful: Definition<never> = {
  name: 'aicrm_config_last_reload_successful',
  type: 'gauge',
  room,
  help: 'Whether the last attempt to load the configuration was successful, 1 or 0; after a 0 the one before is in force.',
  labels: [],
};

/** When the configuration in force was loaded. */
export const reloadSuccessTime: Definition<never> = {
  name: 'aicrm_config_last_reload_success_timestamp_seconds',
  type: 'gauge',
  room,
  help: 'Unix time at which the configuration in force was loaded.',
  labels: [],
};

/** The values of the label `severity` of `alertsReceived`; `none` also for alerts without one. */
export const alertSeverities = ['critical', 'warning', 'info', 'none', 'other'] as const;

/** See `alertSeverities`. */
export type CountedSeverity = (typeof alertSeverities)[number];

/** What the console channel heard. */
export const alertsReceived: Definition<'status' | 'severity'> = {
  name: 'aicrm_alerts_received_total',
  type: 'counter',
  room,
  help: 'Alerts that Alertmanager has sent to the console channel, repetitions included; severities that rules of others use are "other".',
  labels: ['status', 'severity'],
  values: { status: ['firing', 'resolved'], severity: alertSeverities },
};

/** What texts of alerts call a reason. */
export const failureReasonInfo: Definition<'reason' | 'words'> = {
  name: 'aicrm_failure_reason_info',
  type: 'gauge',
  room,
  help: 'Each reason of failures as the texts of alerts have it, always 1.',
  labels: ['reason', 'words'],
  values: { reason: failureReasons },
};

/** The families of this room, in the order of the exposition. */
export const exporterFamilies: readonly Definition[] = [
  buildInfo,
  reloadSuccessful,
  reloadSuccessTime,
  alertsReceived,
  failureReasonInfo,
];
