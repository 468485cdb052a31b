import { definitionsOf } from './definition.js';

const { counter, gauge, all } = definitionsOf('business');

export const tasks = gauge(
  'aicrm_tasks',
  'Tasks by column of the board, Archived for those that were put away from any of them; a lower bound while aicrm_source_truncated is 1.',
  ['column'],
);

export const tasksOfOtherBoards = gauge(
  'aicrm_tasks_of_other_boards',
  'Tasks of other boards of the same company, which AI-CRM lists and never shows; in no other number of tasks.',
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
  'Share of the tasks that are done, 0 to 1, those in the archive included where AI-CRM tells their column; absent while there are none.',
);

export const taskProcessing = gauge(
  'aicrm_task_processing_seconds',
  'Mean time to complete a task in seconds; absent where AI-CRM does not tell it.',
);

export const users = gauge(
  'aicrm_users',
  'Accounts by state; states overlap. In the real AI-CRM active means enabled, not that anybody was there, and recent registered within 30 days.',
  ['state'],
  { values: { state: ['total', 'active', 'verified', 'recent'] } },
);

export const usersByTier = gauge('aicrm_users_by_tier', 'Accounts by subscription tier.', ['tier']);

export const usersByRole = gauge('aicrm_users_by_role', 'Accounts by role.', ['role']);

export const concurrentUsers = gauge(
  'aicrm_concurrent_users',
  'Users with a session; where it is read from the database, one that was not ended, for seven days after the login, whether the user is there or not. Absent where AI-CRM does not tell it.',
);

export const activeUsers = gauge(
  'aicrm_active_users',
  'Accounts that have logged in within this time, those of monitoring left out; absent where the database is not asked for it.',
  ['within'],
  { values: { within: ['24h', '7d'] } },
);

export const failedLogins = counter(
  'aicrm_failed_logins_total',
  'Logins that AI-CRM refused; absent where it does not tell them.',
);

export const featureUsage = counter(
  'aicrm_feature_usage_total',
  'Uses of a feature; absent where AI-CRM does not tell them.',
  ['feature'],
);

export const httpRequests = counter(
  'aicrm_http_requests_total',
  'Requests that AI-CRM has served: by its own count, or with the label source as a server before it counts them. Absent where nobody tells them.',
  ['source'],
);

export const httpRequestErrors = counter(
  'aicrm_http_request_errors_total',
  'Requests that were answered with an error, of an access log with a code from 500 on; absent where nobody tells them.',
  ['source'],
);

export const databaseUp = gauge(
  'aicrm_database_up',
  'Whether AI-CRM answered a request for which it has to ask its database, 1 or 0; 0 from the second error 500 in a row on, absent when an answer says nothing about the database.',
);

export const databaseResponse = gauge(
  'aicrm_database_response_seconds',
  'Time that AI-CRM took for a request for which it has to ask its database in seconds.',
);

/** All of these, in the order of the exposition. */
export const businessFamilies = all;
