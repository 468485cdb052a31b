import { failureReasons } from '../../reason.js';
import type { Definition } from '../definition.js';

const area = 'source';

/** Whether a source of data answered with something that could be read. */
export const sourceUp: Definition<'source'> = {
  name: 'aicrm_source_up',
  type: 'gauge',
  area,
  help: 'Whether the last query of a data source was answered and understood, 1 or 0.',
  labels: ['source'],
};

/** Why it did not. */
export const sourceFailures: Definition<'source' | 'reason'> = {
  name: 'aicrm_source_failures_total',
  type: 'counter',
  area,
  help: 'Queries of a data source that failed, by reason.',
  labels: ['source', 'reason'],
  values: { reason: failureReasons },
};

/** How long it took. */
export const sourceDuration: Definition<'source'> = {
  name: 'aicrm_source_duration_seconds',
  type: 'gauge',
  area,
  help: 'Time that the last query of a data source took in seconds, without waiting for its turn; absent when nothing was asked.',
  labels: ['source'],
};

/** Whether there was more than could be taken. */
export const sourceTruncated: Definition<'source'> = {
  name: 'aicrm_source_truncated',
  type: 'gauge',
  area,
  help: 'Whether the last answer of a data source was cut off, by its own limit of rows or by max_series, 1 or 0; absent when there was no answer.',
  labels: ['source'],
};

/** How much of it was of no use. */
export const sourceRejectedValues: Definition<'source'> = {
  name: 'aicrm_source_rejected_values',
  type: 'gauge',
  area,
  help: 'Values of the last answer of a data source that were missing or unusable and left out; absent when there was no answer.',
  labels: ['source'],
};

/** What was asked of the other side. */
export const sourceRequests: Definition<'source'> = {
  name: 'aicrm_source_requests_total',
  type: 'counter',
  area,
  help: 'Requests that a data source has sent, logins and repetitions included.',
  labels: ['source'],
};

/** What the other side still allows. */
export const sourceRateLimitRemaining: Definition<'source'> = {
  name: 'aicrm_source_rate_limit_remaining',
  type: 'gauge',
  area,
  help: 'Requests that the last answer said are left of the rate limit; absent when it said nothing.',
  labels: ['source'],
};

/** What this exporter still allows itself. */
export const sourceBudgetRemaining: Definition<'source'> = {
  name: 'aicrm_source_budget_remaining',
  type: 'gauge',
  area,
  help: 'Requests that this exporter may still send within the hour, by its own budget.',
  labels: ['source'],
};

/** What the exporter's own queries cost those who use AI-CRM. */
export const queryFreeze: Definition = {
  name: 'aicrm_query_freeze_seconds_total',
  type: 'counter',
  area,
  help: 'Time in which queries of this exporter may have kept AI-CRM, or another watched server, from answering anybody else, in seconds.',
  labels: [],
};

/** What they may cost. */
export const queryFreezeLimit: Definition = {
  name: 'aicrm_query_freeze_limit_ratio',
  type: 'gauge',
  area,
  help: 'Share of time that queries of this exporter may keep AI-CRM, or another watched server, from answering anybody else, from 0 to 1.',
  labels: [],
};

/** What it needs. */
export const sourceDependsOn: Definition<'source' | 'depends_on'> = {
  name: 'aicrm_source_depends_on',
  type: 'gauge',
  area,
  help: 'A component without which a data source cannot be read: one at the host and port that it asks, or one that such a component depends on; always 1.',
  labels: ['source', 'depends_on'],
};

/** The families of this area, in the order of the exposition. */
export const sourceFamilies: readonly Definition[] = [
  sourceUp,
  sourceFailures,
  sourceDuration,
  sourceTruncated,
  sourceRejectedValues,
  sourceRequests,
  sourceRateLimitRemaining,
  sourceBudgetRemaining,
  queryFreeze,
  queryFreezeLimit,
  sourceDependsOn,
];
