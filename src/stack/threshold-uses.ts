import { type KnownThreshold, knownThresholds } from '../config/sections/thresholds-section.js';

/** A threshold and the alert that compares something with it. */
export interface ThresholdUse {
  readonly threshold: KnownThreshold;
  readonly alert: string;
  /** The compared expression of the rules: one series for each subject of a job. */
  readonly measured: string;
  /** Labels that identify a subject within a job. */
  readonly subject: readonly string[];
  /** Distinguishes its subjects from those of another alert with the same threshold. */
  readonly remark?: string;
  /** Label of subjects that can have their own thresholds. */
  readonly own?: 'component';
  /** While this expression has a result, the alert of this severity does not begin. */
  readonly excuse: Readonly<Record<AlertedSeverity, string>>;
  /** Has a result for a subject that never gets a critical alert, such as a component with `severity: warning`. */
  readonly onlyWarns?: string;
  /** The excuse also keeps a firing alert from ending. */
  readonly isHeld?: true;
  /** Must have a result, too, when an alert begins. */
  readonly needs?: Readonly<Record<AlertedSeverity, string>>;
  /** While this expression has a result, a firing alert goes on. Absent if it goes on while its threshold is exceeded. */
  readonly goesOn?: Readonly<Record<AlertedSeverity, string>>;
}

/** The severities of thresholds. */
export type AlertedSeverity = 'warning' | 'critical';

/** See `AlertedSeverity`. */
export const alertedSeverities = ['warning', 'critical'] as const satisfies readonly AlertedSeverity[];

/** The recording rules that a use measures with, by what they record: `job:…:…`. */
export function recordsOf({ measured }: ThresholdUse): readonly string[] {
  return measured.match(/\bjob\w*:[\w:]+/g) ?? [];
}

const duringMaintenance = { excuse: both('job:aicrm_excused:max'), isHeld: true } as const;
/** The alerts of a component, which can be limited to warnings. */
const ofComponent = {
  subject: ['component'],
  own: 'component',
  onlyWarns: 'job_component:aicrm_component_info:last{severity="warning"}',
} as const;
const probeFailures = 'job_component:aicrm_component_probe_failures:increase5m';

/** Thresholds and their expressions in the rules. A test compares them with the rules. */
export const thresholdUses: readonly ThresholdUse[] = [
  use('response_time_ms', 'AiCrmComponentSlow', {
    measured: 'job_component:aicrm_component_last_response_seconds:still5m',
    ...ofComponent,
    excuse: {
      warning: 'job_component:aicrm_component_overshadowed:max{severity="warning"}',
      critical: 'job_component:aicrm_component_overshadowed:max{severity="critical"}',
    },
  }),
  use('response_time_ms', 'AiCrmOperationSlow', {
    measured: 'job_operation:aicrm_operation_duration_seconds:still10m{operation!~"agent_suggestion|pm_analysis"}',
    subject: ['operation'],
    excuse: both('group by (job, operation) (aicrm_operation_up) and on (job) job:aicrm_source_excused:max10m'),
  }),
  use('task_processing_time_ms', 'AiCrmPmAnalysisSlow', {
    measured: 'job:aicrm_pm_gateway_last_analysis_seconds:still15m',
    subject: [],
    ...duringMaintenance,
  }),
  use('agent_response_time_ms', 'AiCrmAgentResponseSlow', {
    measured: 'job_agent:aicrm_agent_last_response_seconds:still10m',
    subject: ['agent'],
    ...duringMaintenance,
  }),
  use('cpu_usage_percent', 'AiCrmHostCpuHigh', {
    measured: 'max by (job, instance) (avg_over_time(aicrm_host_cpu_usage_ratio[5m]))',
    subject: ['instance'],
    ...duringMaintenance,
  }),
  use('memory_usage_percent', 'AiCrmHostMemoryHigh', {
    measured: 'max by (job, instance) (avg_over_time(aicrm_host_memory_usage_ratio[5m]))',
    subject: ['instance'],
    ...duringMaintenance,
  }),
  use('disk_usage_percent', 'AiCrmHostDiskHigh', {
    measured: 'max by (job, instance, mountpoint) (aicrm_host_filesystem_usage_ratio)',
    subject: ['instance', 'mountpoint'],
    ...duringMaintenance,
  }),
  use('disk_usage_percent', 'AiCrmHostInodesHigh', {
    measured:
      '1 - max by (job, instance, mountpoint) (aicrm_host_filesystem_inodes_free) / max by (job, instance, mountpoint) (aicrm_host_filesystem_inodes)',
    remark: 'inodes',
    subject: ['instance', 'mountpoint'],
    ...duringMaintenance,
  }),
  use('error_rate_percent', 'AiCrmComponentErrorRateHigh', {
    measured: 'job_component:aicrm_component_probe_failures_per_probes:ratio_rate15m',
    ...ofComponent,
    excuse: both('job_component:aicrm_component_failures_explained:max15m'),
    needs: {
      warning: 'job_component:aicrm_component_failing_again:min{severity="warning"}',
      critical: 'job_component:aicrm_component_failing_again:min{severity="critical"}',
    },
    goesOn: {
      critical: `${probeFailures} > 0`,
      warning: `${probeFailures} > 0 or on (job, component) ${probeFailures} offset 5m > 0`,
    },
  }),
  use('error_rate_percent', 'AiCrmRequestErrorRateHigh', {
    measured: 'job:aicrm_http_request_errors_per_requests:ratio_rate30m',
    subject: [],
    excuse: both('max_over_time(job:aicrm_source_excused:max10m[20m])'),
  }),
];

function use(key: KnownThreshold['key'], alert: string, rest: Omit<ThresholdUse, 'threshold' | 'alert'>): ThresholdUse {
  const threshold = knownThresholds.find((known) => known.key === key);
  if (threshold === undefined) throw new Error(`there is no threshold ${key}`);
  return { threshold, alert, ...rest };
}

function both(expression: string): Readonly<Record<AlertedSeverity, string>> {
  return { warning: expression, critical: expression };
}
