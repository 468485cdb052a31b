import { failureReasons } from '../base/reason.js';
import { definitionsOf } from './definition.js';

const { counter, gauge, all } = definitionsOf('source');

export const sourceUp = gauge(
  'aicrm_source_up',
  'Whether the last query of a data source had a usable answer, 1 or 0; absent for the Prometheus of the status page, which is not a part of AI-CRM.',
  ['source'],
);

export const sourceFailures = counter(
  'aicrm_source_failures_total',
  'Queries of a data source that failed, by reason.',
  ['source', 'reason'],
  { values: { reason: failureReasons } },
);

export const sourceDuration = gauge(
  'aicrm_source_duration_seconds',
  'Time that the last query of a data source took in seconds, without waiting for its turn; absent when there was no query.',
  ['source'],
);

export const sourceTruncated = gauge(
  'aicrm_source_truncated',
  'Whether the last answer of a data source was cut off, by its own limit of rows or by max_series, 1 or 0; absent when there was no answer.',
  ['source'],
);

export const sourceRejectedValues = gauge(
  'aicrm_source_rejected_values',
  'Values of the last answer of a data source that were missing or unusable and left out; absent when there was no answer.',
  ['source'],
);

export const sourceRequests = counter(
  'aicrm_source_requests_total',
  'Requests that a data source has sent, logins and repetitions included.',
  ['source'],
);

export const sourceRateLimitRemaining = gauge(
  'aicrm_source_rate_limit_remaining',
  'Requests left in the rate limit, from the last answer; absent if the answer has no such number.',
  ['source'],
);

export const sourceBudgetRemaining = gauge(
  'aicrm_source_budget_remaining',
  'Requests left within the hour in the budget of this exporter.',
  ['source'],
);

export const queryFreeze = counter(
  'aicrm_query_freeze_seconds_total',
  'Time in seconds in which queries of this exporter may have blocked AI-CRM, or another watched server, for all others.',
);

export const queryFreezeLimit = gauge(
  'aicrm_query_freeze_limit_ratio',
  'Largest share of time in which queries of this exporter may block AI-CRM, or another watched server, for all others, from 0 to 1.',
);

export const sourceDependsOn = gauge(
  'aicrm_source_depends_on',
  'A component that a data source needs: one at its host and port, or one that such a component depends on; always 1.',
  ['source', 'depends_on'],
);

/** All metrics of this area, in the order of the exposition. */
export const sourceFamilies = all;
