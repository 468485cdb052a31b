import { levels } from '../base/level.js';
import { componentLabels, infoLabel } from './component-metrics.js';
import { definitionsOf } from './definition.js';

const { counter, gauge, all } = definitionsOf('heartbeat');

/** Kinds of reports of a job. `success` and `failure` mean that it has ended. */
export const heartbeatReportKinds = ['start', 'success', 'failure'] as const;

/** See `heartbeatReportKinds`. */
export type HeartbeatReportKind = (typeof heartbeatReportKinds)[number];

export const heartbeatInfo = gauge(
  'aicrm_heartbeat_info',
  'A job of heartbeats, always 1, with the severity of its alerts, and its labels in the configuration; a label that is not configured is absent.',
  ['component', 'severity', ...componentLabels.map(infoLabel), 'group', 'description', 'runbook_url'],
  { values: { severity: ['warning', 'critical'] } },
);

export const heartbeatStatus = gauge(
  'aicrm_heartbeat_status',
  'Level of a job, 1 for the level it has and 0 for the other three; unknown until its first report is due or has come.',
  ['component', 'status'],
  { values: { status: levels } },
);

export const heartbeatDeadline = gauge(
  'aicrm_heartbeat_deadline_timestamp_seconds',
  'Unix time until which a job has to report a successful end: every plus grace after the last one, or max_runtime after its start if that is earlier.',
  ['component'],
);

export const heartbeatEvery = gauge(
  'aicrm_heartbeat_every_seconds',
  'Configured time between two successful ends of a job in seconds.',
  ['component'],
);

export const heartbeatGrace = gauge(
  'aicrm_heartbeat_grace_seconds',
  'Configured time in seconds that a job may be late before it counts as missing.',
  ['component'],
);

export const heartbeatLastReport = gauge(
  'aicrm_heartbeat_last_report_timestamp_seconds',
  'Unix time of the last report of a job of any kind; absent until there is one.',
  ['component'],
);

export const heartbeatLastSuccess = gauge(
  'aicrm_heartbeat_last_success_timestamp_seconds',
  'Unix time at which a job last reported a successful end; absent until it did.',
  ['component'],
);

export const heartbeatLastFailure = gauge(
  'aicrm_heartbeat_last_failure_timestamp_seconds',
  'Unix time at which a job last reported that it failed; absent until it did.',
  ['component'],
);

export const heartbeatStarted = gauge(
  'aicrm_heartbeat_started_timestamp_seconds',
  'Unix time at which a job last reported its start; absent until it did.',
  ['component'],
);

export const heartbeatRunning = gauge(
  'aicrm_heartbeat_running',
  'Whether a job has reported a start and no end since, 1 or 0; absent for a job that never reported a start.',
  ['component'],
);

export const heartbeatRuntime = gauge(
  'aicrm_heartbeat_runtime_seconds',
  'Time from the start to the end of the last run of a job in seconds; absent if it did not report both.',
  ['component'],
);

export const heartbeatExitStatus = gauge(
  'aicrm_heartbeat_exit_status',
  'Exit status that a job reported at its last end, 0 to 255; absent if it reported none.',
  ['component'],
);

export const heartbeatReports = counter(
  'aicrm_heartbeat_reports_total',
  'Reports of a job by kind; continues after a restart of the exporter if reports are kept.',
  ['component', 'report'],
  { values: { report: heartbeatReportKinds } },
);

export const heartbeatsKept = gauge(
  'aicrm_heartbeats_kept',
  'Whether the reports of jobs are on disk, 1, or would be lost with a restart of the exporter, 0; absent without heartbeats.',
);

/** All metrics of this area, in the order of the exposition. */
export const heartbeatFamilies = all;
