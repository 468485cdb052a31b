import { complete, type Given, optional } from '../option.js';
import { duration, wholeNumber } from '../option-kinds.js';
import { intervalKind } from '../resolving.js';

/** Intervals and limits of measurements. */
export interface Schedule {
  readonly intervals: {
    readonly healthChecksSeconds: number;
    readonly systemMetricsSeconds: number;
    readonly detailedAnalysisSeconds: number;
    readonly agentPerformanceSeconds: number;
  };
  /** Interval of repeated probes after a failure. */
  readonly retryIntervalSeconds: number;
  /** Maximum number of repeated probes. If all fail, the component is down, and its own interval applies again. */
  readonly retries: number;
  /** Maximum number of collectors that run at the same time. */
  readonly concurrency: number;
}

/** `check_intervals` of AI-CRM's monitoring document. */
export const checkIntervalOptions = {
  health_checks: optional(intervalKind, 'Probes of the components.', { default: 30 }),
  system_metrics: optional(intervalKind, 'Readings of the host.', { default: 60 }),
  detailed_analysis: optional(intervalKind, 'Expensive queries of AI-CRM.', { default: 300, synonyms: 'details' }),
  agent_performance: optional(intervalKind, 'Queries about agents.', { default: 120, synonyms: 'agent_metrics' }),
};

/** Options at the top level for the schedule. */
export const scheduleOptions = {
  retry_interval: optional(
    duration({ minimum: 1, maximum: 3600 }),
    'A component that fails is probed again after this long, so that an alert does not wait for its interval. After its first failure all components that are not in maintenance are probed, too: none earlier than 5s after its last probe, all of them at most every 10s.',
    { default: 5 },
  ),
  retries: optional(
    wholeNumber({ minimum: 0, maximum: 100 }),
    'How often a failed component is probed again after retry_interval. After that it has its own interval again.',
    { default: 2, synonyms: 'attempts retry max_retries maxretries failure_threshold' },
  ),
  concurrency: optional(wholeNumber({ minimum: 1, maximum: 10_000 }), 'Measurements that may run at the same time.', {
    default: 1000,
  }),
};

/** The schedule in seconds. */
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
