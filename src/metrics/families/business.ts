import type { Definition } from '../definition.js';

const room = 'business';

/** Where the tasks stand. */
export const tasks: Definition<'column'> = {
  name: 'aicrm_tasks',
  type: 'gauge',
  room,
  help: 'Tasks by column of the board; a lower bound while aicrm_source_truncated is 1.',
  labels: ['column'],
};

/** How many came. */
export const tasksCreated: Definition = {
  name: 'aicrm_tasks_created_total',
  type: 'counter',
  room,
  help: 'Tasks created, as AI-CRM counts them or by their ids first seen since this exporter started.',
  labels: [],
};

/** How many were done. */
export const tasksCompleted: Definition = {
  name: 'aicrm_tasks_completed_total',
  type: 'counter',
  room,
  help: 'Tasks completed, as AI-CRM counts them or by their ids first seen as done since this exporter started.',
  labels: [],
};

/** What share of them is done. */
export const taskCompletion: Definition = {
  name: 'aicrm_task_completion_ratio',
  type: 'gauge',
  room,
  help: 'Share of the tasks that are done, 0 to 1, archived ones left out where nothing says whether they were; absent while there are none.',
  labels: [],
};

/** How long they take. */
export const taskProcessing: Definition = {
  name: 'aicrm_task_processing_seconds',
  type: 'gauge',
  room,
  help: 'Mean time to complete a task in seconds; absent where AI-CRM does not tell it.',
  labels: [],
};

/** Who uses AI-CRM. */
export const users: Definition<'state'> = {
  name: 'aicrm_users',
  type: 'gauge',
  room,
  help: 'Accounts by state; states overlap. In the real AI-CRM active means enabled, and recent registered within 30 days.',
  labels: ['state'],
  values: { state: ['total', 'active', 'verified', 'recent'] },
};

/** What they pay for. */
export const usersByTier: Definition<'tier'> = {
  name: 'aicrm_users_by_tier',
  type: 'gauge',
  room,
  help: 'Accounts by subscription tier.',
  labels: ['tier'],
};

/** What they may do. */
export const usersByRole: Definition<'role'> = {
  name: 'aicrm_users_by_role',
  type: 'gauge',
  room,
  help: 'Accounts by role.',
  labels: ['role'],
};

/** How many are there at once. */
export const concurrentUsers: Definition = {
  name: 'aicrm_concurrent_users',
  type: 'gauge',
  room,
  help: 'Users with a session now; absent where AI-CRM does not tell it.',
  labels: [],
};

/** Who was refused. */
export const failedLogins: Definition = {
  name: 'aicrm_failed_logins_total',
  type: 'counter',
  room,
  help: 'Logins that AI-CRM refused; absent where it does not tell them.',
  labels: [],
};

/** What they use. */
export const featureUsage: Definition<'feature'> = {
  name: 'aicrm_feature_usage_total',
  type: 'counter',
  room,
  help: 'Uses of a feature; absent where AI-CRM does not tell them.',
  labels: ['feature'],
};

/** What AI-CRM was asked. */
export const httpRequests: Definition = {
  name: 'aicrm_http_requests_total',
  type: 'counter',
  room,
  help: 'Requests that AI-CRM has served; absent where it does not tell them.',
  labels: [],
};

/** What it answered with an error. */
export const httpRequestErrors: Definition = {
  name: 'aicrm_http_request_errors_total',
  type: 'counter',
  room,
  help: 'Requests that AI-CRM has answered with an error; absent where it does not tell them.',
  labels: [],
};

/** Whether AI-CRM reaches its database. */
export const databaseUp: Definition = {
  name: 'aicrm_database_up',
  type: 'gauge',
  room,
  help: 'Whether AI-CRM answered a request for which it has to ask its database, 1 or 0; 0 from the second error 500 in a row on, absent when an answer says nothing about the database.',
  labels: [],
};

/** How long that takes. */
export const databaseResponse: Definition = {
  name: 'aicrm_database_response_seconds',
  type: 'gauge',
  room,
  help: 'Time that AI-CRM took for a request for which it has to ask its database in seconds.',
  labels: [],
};

/** The families of this room, in the order of the exposition. */
export const businessFamilies: readonly Definition[] = [
  tasks,
  tasksCreated,
  tasksCompleted,
  taskCompletion,
  taskProcessing,
  users,
  usersByTier,
  usersByRole,
  concurrentUsers,
  failedLogins,
  featureUsage,
  httpRequests,
  httpRequestErrors,
  databaseUp,
  databaseResponse,
];
