import { thresholdRatio, thresholdSeconds } from '../../src/metrics/exporter-metrics.js';
import { greatest, least } from './aggregate.js';
import type { Limits } from './judged.js';
import { chosenComponent, select, selectRecord } from './selector.js';

/** The general limit of `alert_thresholds` in seconds: a series for each severity. */
export const secondsThreshold = (threshold: 'response_time' | 'task_processing_time' | 'agent_response_time'): string =>
  greatest(select(thresholdSeconds, { threshold: `="${threshold}"`, component: '=""' }), 'severity');

/** The general limit of `alert_thresholds` as a ratio: a series for each severity. */
export const ratioThreshold = (threshold: 'cpu_usage' | 'memory_usage' | 'disk_usage' | 'error_rate'): string =>
  greatest(select(thresholdRatio, { threshold: `="${threshold}"`, component: '=""' }), 'severity');

/** The same limits, separate for each severity. `judged` needs them so. */
export const ratioLimits = (threshold: Parameters<typeof ratioThreshold>[0]): Limits =>
  limits((severity) => select(thresholdRatio, { threshold: `="${threshold}"`, component: '=""', severity }));

/** The same for limits in seconds. */
export const secondsLimits = (threshold: Parameters<typeof secondsThreshold>[0]): Limits =>
  limits((severity) => select(thresholdSeconds, { threshold: `="${threshold}"`, component: '=""', severity }));

/** If two exporters have different limits, the lower one counts. */
const limits = (of: (severity: string) => string): Limits => ({
  warning: least(of('="warning"')),
  critical: least(of('="critical"')),
});

/** Response time limits of the chosen component: its own, or else the general ones. */
export const componentResponseThreshold = greatest(
  selectRecord('job_component:aicrm_component_response_threshold_seconds:max', chosenComponent),
  'severity',
);

/** Limits of the chosen component for the share of failed probes. */
export const componentErrorRateThreshold = greatest(
  selectRecord('job_component:aicrm_component_error_rate_threshold_ratio:max', chosenComponent),
  'severity',
);
