import type { Definition } from '../definition.js';

const area = 'business';

/** Where the tasks stand. */
export const tasks: Definition<'column'> = {
  name: 'aicrm_tasks',
  type: 'gauge',
  area,
  help: 'Tasks by column of the board, Archived for those that were put away from any of them; a lower bound while aicrm_source_truncated is 1.',
  labels: ['column'],
};

/** What is not counted in any of the others. */
export const tasksOfOtherBoards: Definition = {
  name: 'aicrm_tasks_of_other_boards',
  type: 'gauge',
  area,
  help: 'Tasks of other boards of the same company, which AI-CRM lists and never shows; in no other number of tasks.',
  labels: [],
};

/** How many came. */
export const tasksCreated: Definition = {
  name: 'aicrm_tasks_created_total',
  type: 'counter',
  area,
  help: 'Tasks created, as AI-CRM counts them or by their ids first seen since this exporter started; absent while aicrm_source_truncated is 1.',
  labels: [],
};

/** How many were done. */
export const tasksCompleted: Definition = {
  name: 'aicrm_tasks_completed_total',
  type: 'counter',
  area,
  help: 'Tasks completed, as AI-CRM counts them or by their ids first seen as done since this exporter started; absent while aicrm_source_truncated is 1.',
  labels: [],
};

/** What share of them is done. */
export const taskCompletion: Definition = {
  name: 'aicrm_task_completion_ratio',
  type: 'gauge',
  area,
  help: 'Share of the tasks that are done, 0 to 1, those in the archive included where AI-CRM tells their column; absent while there are none.',
  labels: [],
};

/** How long they take. */
export const taskProcessing: Definition = {
  name: 'aicrm_task_processing_seconds',
  type: 'gauge',
  area,
  help: 'Mean time to complete a task in seconds; absent where AI-CRM does not tell it.',
  labels: [],
};

/** Who uses AI-CRM. */
export const users: Definition<'state'> = {
  name: 'aicrm_users',
  type: 'gauge',
  area,
  help: 'Accounts by state; states overlap. In the real AI-CRM active means enabled, not that anybody was there, and recent registered within 30 days.',
  labels: ['state'],
  values: { state: ['total', 'active', 'verified', 'recent'] },
};

/** What they pay for. */
export const usersByTier: Definition<'tier'> = {
  name: 'aicrm_users_by_tier',
  type: 'gauge',
  area,
  help: 'Accounts by subscription tier.',
  labels: ['tier'],
};

/** What they may do. */
export const usersByRole: Definition<'role'> = {
  name: 'aicrm_users_by_role',
  type: 'gauge',
  area,
  help: 'Accounts by role.',
  labels: ['role'],
};

/** How many are there at once. */
export const concurrentUsers: Definition = {
  name: 'aicrm_concurrent_users',
  type: 'gauge',
  area,
  help: 'Users with a session; where it is read from the database, one that was not ended, for seven days after the login, whether the user is there or not. Absent where AI-CRM does not tell it.',
  labels: [],
};

/** Who was there. */
export const activeUsers: Definition<'within'> = {
  name: 'aicrm_active_users',
  type: 'gauge',
  area,
  help: 'Accounts that have logged in within this time, those of monitoring left out; absent where the database is not asked for it.',
  labels: ['within'],
  values: { within: ['24h', '7d'] },
};

/** Who was refused. */
export const failedLogins: Definition = {
  name: 'aicrm_failed_logins_total',
  type: 'counter',
  area,
  help: 'Logins that AI-CRM refused; absent where it does not tell them.',
  labels: [],
};

/** What they use. */
export const featureUsage: Definition<'feature'> = {
  name: 'aicrm_feature_usage_total',
  type: 'counter',
  area,
  help: 'Uses of a feature; absent where AI-CRM does not tell them.',
  labels: ['feature'],
};

/** What AI-CRM was asked. */
export const httpRequests: Definition<'source'> = {
  name: 'aicrm_http_requests_total',
  type: 'counter',
  area,
  help: 'Requests that AI-CRM has served: by its own count, or with the label source as a server before it counts them. Absent where nobody tells them.',
  labels: ['source'],
};

/** What it answered with an error. */
export const httpRequestErrors: Definition<'source'> = {
  name: 'aicrm_http_request_errors_total',
  type: 'counter',
  area,
  help: 'Requests that were answered with an error, of an access log with a code from 500 on; absent where nobody tells them.',
  labels: ['source'],
};

/** Whether AI-CRM reaches its database. */
export const databaseUp: Definition = {
  name: 'aicrm_database_up',
  type: 'gauge',
  area,
  help: 'Whether AI-CRM answered a request for which it has to ask its database, 1 or 0; 0 from the second error 500 in a row on, absent when an answer says nothing about the database.',
  labels: [],
};

/** How long that takes. */
export const databaseResponse: Definition = {
  name: 'aicrm_database_response_seconds',
  type: 'gauge',
  area,
  help: 'Time that AI-CRM took for a request for which it has to ask its database in seconds.',
  labels: [],
};

/** The families of this area, in the order of the exposition. */
export const businessFamilies: readonly Definition[] = [
  tasks,
  tasksOfOtherBoards,
  tasksCreated,
  tasksCompleted,
  taskCompletion,
  taskProcessing,
  users,
  usersByTier,
  usersByRole,
  concurrentUsers,
  activeUsers,
  failedLogins,
  featureUsage,
  httpRequests,
  httpRequestErrors,
  databaseUp,
  databaseResponse,
];
