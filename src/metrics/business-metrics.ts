import { definitionsOf } from './definition.js';

const { counter, gauge, all } = definitionsOf('business');

export const tasks = gauge(
  'aicrm_tasks',
  'Tasks by column of the board, Archived for archived ones of all columns; a lower bound while aicrm_source_truncated is 1.',
  ['column'],
);

export const tasksOfOtherBoards = gauge(
  'aicrm_tasks_of_other_boards',
  'Tasks of other boards of the same company, which AI-CRM lists but never shows; no other number includes them.',
);

export const tasksCreated = counter(
  'aicrm_tasks_created_total',
  'Tasks created, as AI-CRM counts them or by their ids first seen since this exporter started; absent while aicrm_source_truncated is 1.',
);

export const tasksCompleted = counter(
  'aicrm_tasks_completed_total',
  'Tasks completed, as AI-CRM counts them or by their ids first seen as done since this exporter started; absent while aicrm_source_truncated is 1.',
);

export const taskCompletion = gauge(
  'aicrm_task_completion_ratio',
  'Share of the tasks that are done, 0 to 1, those in the archive included if AI-CRM reports their column; absent while there are no tasks.',
);

export const taskProcessing = gauge(
  'aicrm_task_processing_seconds',
  'Mean time to complete a task in seconds; absent if AI-CRM does not report it.',
);

export const users = gauge(
  'aicrm_users',
  'Accounts by state; states overlap. In the real AI-CRM active means enabled, not in use, and recent means registered within 30 days.',
  ['state'],
  { values: { state: ['total', 'active', 'verified', 'recent'] } },
);

export const usersByTier = gauge('aicrm_users_by_tier', 'Accounts by subscription tier.', ['tier']);

export const usersByRole = gauge('aicrm_users_by_role', 'Accounts by role.', ['role']);

export const concurrentUsers = gauge(
  'aicrm_concurrent_users',
  'Users with a session; in the database a session lasts until the logout or for seven days, even without use. Absent if it is not known.',
);

export const activeUsers = gauge(
  'aicrm_active_users',
  'Accounts that have logged in within this time, without those of monitoring; absent if the database is not read for it.',
  ['within'],
  { values: { within: ['24h', '7d'] } },
);

export const failedLogins = counter(
  'aicrm_failed_logins_total',
  'Logins that AI-CRM refused; absent if it does not report them.',
);

export const featureUsage = counter(
  'aicrm_feature_usage_total',
  'Uses of a feature; absent if AI-CRM does not report them.',
  ['feature'],
);

export const httpRequests = counter(
  'aicrm_http_requests_total',
  'Requests that AI-CRM has answered, by its own count or, with the label source, by that of a server in front of it; absent if nothing counts them.',
  ['source'],
);

export const httpRequestErrors = counter(
  'aicrm_http_request_errors_total',
  'Requests that were answered with an error, in an access log with a code of 500 or more; absent if nothing counts them.',
  ['source'],
);

export const databaseUp = gauge(
  'aicrm_database_up',
  'Whether AI-CRM can read its database, 1 or 0; 0 from the second error 500 in a row; absent when the answer does not show it.',
);

export const databaseResponse = gauge(
  'aicrm_database_response_seconds',
  'Time in seconds that AI-CRM took for a request that needs its database; absent without such an answer.',
);

/** All metrics of this area, in the order of the exposition. */
export const businessFamilies = all;
