import type { ComponentThresholds, Threshold, Thresholds } from '../config.js';
import { defaults } from '../defaults.js';
import type { Path, Report } from '../problem.js';
import type { Settings } from '../schema/document.js';

type GivenThresholds = NonNullable<Settings['alert_thresholds']>;
type Given = GivenThresholds[keyof GivenThresholds];

/** How the file's number becomes the configuration's, and where CRITICAL begins when only WARNING is given. */
interface Kind {
  readonly perUnit: number;
  critical(warning: number): number;
}

const milliseconds: Kind = { perUnit: 1000, critical: (warning) => warning * defaults.critical.timeFactor };
const usagePercent: Kind = { perUnit: 100, critical: () => defaults.critical.usageRatio };
const errorRatePercent: Kind = { perUnit: 100, critical: () => defaults.critical.errorRateRatio };

/** `alert_thresholds` in seconds and ratios. A critical threshold below its warning is reported. */
export function normaliseThresholds(given: GivenThresholds, report: Report): Thresholds {
  const { warnings } = defaults;
  const read = (key: keyof GivenThresholds, kind: Kind, warning: number) =>
    threshold(given[key], kind, ['alert_thresholds', key], report) ?? withCritical(warning, kind);
  return {
    responseTimeSeconds: read('response_time_ms', milliseconds, warnings.responseTimeSeconds),
    taskProcessingTimeSeconds: read('task_processing_time_ms', milliseconds, warnings.taskProcessingTimeSeconds),
    agentResponseTimeSeconds: read('agent_response_time_ms', milliseconds, warnings.agentResponseTimeSeconds),
    cpuUsageRatio: read('cpu_usage_percent', usagePercent, warnings.cpuUsageRatio),
    memoryUsageRatio: read('memory_usage_percent', usagePercent, warnings.memoryUsageRatio),
    diskUsageRatio: read('disk_usage_percent', usagePercent, warnings.diskUsageRatio),
    errorRateRatio: read('error_rate_percent', errorRatePercent, warnings.errorRateRatio),
  };
}

/** `thresholds` of one component; only what is given. */
export function normaliseComponentThresholds(
  given: Pick<GivenThresholds, 'response_time_ms' | 'error_rate_percent'>,
  path: Path,
  report: Report,
): ComponentThresholds {
  const responseTime = threshold(given.response_time_ms, milliseconds, [...path, 'response_time_ms'], report);
  const errorRate = threshold(given.error_rate_percent, errorRatePercent, [...path, 'error_rate_percent'], report);
  return {
    ...(responseTime === undefined ? {} : { responseTimeSeconds: responseTime }),
    ...(errorRate === undefined ? {} : { errorRateRatio: errorRate }),
  };
}

function threshold(given: Given, kind: Kind, path: Path, report: Report): Threshold | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'number') return withCritical(given / kind.perUnit, kind);
  if (given.critical === undefined) return withCritical(given.warning / kind.perUnit, kind);
  if (given.critical < given.warning) report([...path, 'critical'], `must be at least the warning of ${given.warning}`);
  return { warning: given.warning / kind.perUnit, critical: given.critical / kind.perUnit };
}

function withCritical(warning: number, kind: Kind): Threshold {
  // A warning at 98 % means that 95 % is not critical to this person, so the two then coincide.
  return { warning, critical: Math.max(warning, kind.critical(warning)) };
}
