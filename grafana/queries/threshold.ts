import { thresholdRatio, thresholdSeconds } from '../../src/metrics/exporter-metrics.js';
import { greatest, least } from './aggregate.js';
import type { Limits } from './judged.js';
import { chosenComponent, select, selectRecord } from './selector.js';

/** The general limit of `alert_thresholds`, in seconds, as two series by severity. */
export const secondsThreshold = (threshold: 'response_time' | 'task_processing_time' | 'agent_response_time'): string =>
  greatest(select(thresholdSeconds, { threshold: `="${threshold}"`, component: '=""' }), 'severity');

/** The general limit of `alert_thresholds`, as a ratio, as two series by severity. */
export const ratioThreshold = (threshold: 'cpu_usage' | 'memory_usage' | 'disk_usage' | 'error_rate'): string =>
  greatest(select(thresholdRatio, { threshold: `="${threshold}"`, component: '=""' }), 'severity');

/** The same limits, one at a time, for what is coloured by them. */
export const ratioLimits = (threshold: Parameters<typeof ratioThreshold>[0]): Limits =>
  limits((severity) => select(thresholdRatio, { threshold: `="${threshold}"`, component: '=""', severity }));

/** The same in seconds. */
export const secondsLimits = (threshold: Parameters<typeof secondsThreshold>[0]): Limits =>
  limits((severity) => select(thresholdSeconds, { threshold: `="${threshold}"`, component: '=""', severity }));

/** Of two exporters that have different limits, the tighter one counts. */
const limits = (of: (severity: string) => string): Limits => ({
  warning: least(of('="warning"')),
  critical: least(of('="critical"')),
});

/** The response time limits that apply to the chosen component: its own, otherwise the general ones. */
export const componentResponseThreshold = greatest(
  selectRecord('job_component:aicrm_component_response_threshold_seconds:max', chosenComponent),
  'severity',
);

/** The limits for the share of failed probes that apply to the chosen component. */
export const componentErrorRateThreshold = greatest(
  selectRecord('job_component:aicrm_component_error_rate_threshold_ratio:max', chosenComponent),
  'severity',
);
