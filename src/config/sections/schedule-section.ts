import { complete, type Given, optional } from '../option.js';
import { duration, wholeNumber } from '../option-kinds.js';
import { intervalKind } from '../resolving.js';

/** How often is measured. */
export interface Schedule {
  readonly intervals: {
    readonly healthChecksSeconds: number;
    readonly systemMetricsSeconds: number;
    readonly detailedAnalysisSeconds: number;
    readonly agentPerformanceSeconds: number;
  };
  /** After a failure a component is probed again after this long … */
  readonly retryIntervalSeconds: number;
  /** … at most this often in a row; if all fail, it is confirmed down and probed at its own interval again. */
  readonly retries: number;
  /** How many collectors may run at once. */
  readonly concurrency: number;
}

/** `check_intervals`: those of AI-CRM's monitoring document. */
export const checkIntervalOptions = {
  health_checks: optional(intervalKind, 'Probes of the components.', { default: 30 }),
  system_metrics: optional(intervalKind, 'Readings of the host.', { default: 60 }),
  detailed_analysis: optional(intervalKind, 'Expensive queries of AI-CRM.', { default: 300, synonyms: 'details' }),
  agent_performance: optional(intervalKind, 'Queries about agents.', { default: 120, synonyms: 'agent_metrics' }),
};

/** The options at the top level that say how often is measured. */
export const scheduleOptions = {
  retry_interval: optional(
    duration({ minimum: 1, maximum: 3600 }),
    'A component that fails is probed again after this long, so that an alert does not wait for its interval. After its first failure all components that are not in maintenance are probed, too: none earlier than 5s after its last probe, all of them at most every 10s.',
    { default: 5 },
  ),
  retries: optional(
    wholeNumber({ minimum: 0, maximum: 100 }),
    'How often it is probed again like this. After that it has its own interval again.',
    { default: 2, synonyms: 'attempts retry max_retries maxretries failure_threshold' },
  ),
  concurrency: optional(wholeNumber({ minimum: 1, maximum: 10_000 }), 'Measurements that may run at the same time.', {
    default: 1000,
  }),
};

/** The intervals, and what is done about failures, in seconds. */
export function resolveSchedule(
  checkIntervals: Given<typeof checkIntervalOptions>,
  given: Given<typeof scheduleOptions>,
): Schedule {
  const intervals = complete(checkIntervalOptions, checkIntervals);
  const { retry_interval: retryIntervalSeconds, retries, concurrency } = complete(scheduleOptions, given);
  return {
    intervals: {
      healthChecksSeconds: intervals.health_checks,
      systemMetricsSeconds: intervals.system_metrics,
      detailedAnalysisSeconds: intervals.detailed_analysis,
      agentPerformanceSeconds: intervals.agent_performance,
    },
    retryIntervalSeconds,
    retries,
    concurrency,
  };
}
