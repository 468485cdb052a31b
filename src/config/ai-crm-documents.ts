import {
  agentLastResponse,
  agentSuccess,
  agents,
  agentTasks,
  agentUtilization,
  pmAnalyses,
  pmLastAnalysis,
} from '../metrics/agent-metrics.js';
import {
  concurrentUsers,
  failedLogins,
  featureUsage,
  httpRequestErrors,
  httpRequests,
  taskCompletion,
  taskProcessing,
  tasks,
  tasksCompleted,
  tasksCreated,
  users,
  usersByRole,
  usersByTier,
} from '../metrics/business-metrics.js';
import type { Definition } from '../metrics/definition.js';
import type { LabelRule, MetricMapping } from './sections/mapping-options.js';
import type { AiCrmSubject } from './sections/tracking-section.js';

/** A document of AI-CRM with ready-made metrics. */
export type PresetName = AiCrmDocument['name'];

/** A field of a document of AI-CRM, and its metric. */
export interface DocumentedField {
  readonly subject: AiCrmSubject;
  readonly mapping: MetricMapping;
  /** Name of the field for developers of AI-CRM: `agents.<name>.response_time_ms`. */
  readonly field: string;
  readonly type: 'number';
  /** Unit of the field. The metric has base units. */
  readonly unit: string;
  /** Meaning of the field, and when it must be absent. */
  readonly meaning: string;
}

/** One of the documents in the monitoring document. */
export interface AiCrmDocument {
  readonly name: 'ai_crm_metrics' | 'ai_crm_agents_metrics' | 'ai_crm_business_metrics';
  /** Path below AI-CRM's URL. */
  readonly path: string;
  readonly interval: 'detailedAnalysisSeconds' | 'agentPerformanceSeconds';
  readonly fields: readonly DocumentedField[];
}

const units = { ms: 0.001, percent: 0.01 } as const;
const key = (levels: number): LabelRule => ({ kind: 'key', levels });
const label = (text: string): LabelRule => ({ kind: 'text', text });

interface FieldOptions {
  /** JSONPath of the field, if it differs from its name. */
  readonly path?: string;
  readonly labels?: Readonly<Record<string, LabelRule>>;
}

/**
 * Declares a field. `<name>` in a field means any key. The unit decides the scale: times and shares are converted,
 * other numbers are not.
 */
function field(
  subject: AiCrmSubject,
  name: string,
  unit: string,
  definition: Definition,
  meaning: string,
  { path, labels = {} }: FieldOptions = {},
): DocumentedField {
  const mapping: MetricMapping = {
    definition,
    path: path ?? `$.${name.replace(/<\w+>/g, '*')}`,
    value: { kind: 'path', path: '$' },
    scale: unit === 'ms' || unit === 'percent' ? units[unit] : 1,
    labels: new Map(Object.entries(labels)),
  };
  return { subject, mapping, field: name, type: 'number', unit, meaning };
}

const ofAgent = { agent: key(1) };

const metricsDocument: AiCrmDocument = {
  name: 'ai_crm_metrics',
  path: '/metrics',
  interval: 'detailedAnalysisSeconds',
  fields: [
    field('users', 'requests_total', 'requests', httpRequests, 'Requests served since the start; only grows.'),
    field(
      'users',
      'request_errors_total',
      'requests',
      httpRequestErrors,
      'Requests since the start that were answered with an error; only grows.',
    ),
    field('users', 'concurrent_users', 'users', concurrentUsers, 'Users with a session now.'),
    field('users', 'failed_logins_total', 'logins', failedLogins, 'Logins refused since the start; only grows.'),
  ],
};

const agentsDocument: AiCrmDocument = {
  name: 'ai_crm_agents_metrics',
  path: '/agents/metrics',
  interval: 'agentPerformanceSeconds',
  fields: [
    field('agents', 'total_agents', 'agents', agents, 'Number of agents.'),
    field(
      'agents',
      'agents.<name>.open_tasks',
      'tasks',
      agentTasks,
      'Tasks that the agent has to do or is working on; 0 included.',
      { labels: { ...ofAgent, state: label('open') } },
    ),
    field(
      'agents',
      'agents.<name>.tasks_completed',
      'tasks',
      agentTasks,
      'Tasks that the agent has done; 0 included.',
      { labels: { ...ofAgent, state: label('done') } },
    ),
    field(
      'agents',
      'agents.<name>.success_rate_percent',
      'percent',
      agentSuccess,
      'Share of its finished tasks that it completed, 0 to 100. Not read while tasks_completed and tasks_failed are both 0.',
      {
        // A missing member is not equal to 0, so both counts are optional like all other fields.
        path: '$.agents[?!(@.tasks_completed == 0 && @.tasks_failed == 0)].success_rate_percent',
        labels: ofAgent,
      },
    ),
    field(
      'agents',
      'agents.<name>.utilization_percent',
      'percent',
      agentUtilization,
      'Share of all open tasks that it has, 0 to 100.',
      { labels: ofAgent },
    ),
    field(
      'agents',
      'agents.<name>.response_time_ms',
      'ms',
      agentLastResponse,
      'Response time now or in the mean of the last minutes. Compared with agent_response_time_ms.',
      { labels: ofAgent },
    ),
  ],
};

const businessDocument: AiCrmDocument = {
  name: 'ai_crm_business_metrics',
  path: '/business/metrics',
  interval: 'detailedAnalysisSeconds',
  fields: [
    field('tasks', 'tasks.todo', 'tasks', tasks, 'Tasks in the column To Do.', { labels: { column: label('To Do') } }),
    field('tasks', 'tasks.in_progress', 'tasks', tasks, 'Tasks in the column In Progress.', {
      labels: { column: label('In Progress') },
    }),
    field('tasks', 'tasks.done', 'tasks', tasks, 'Tasks in the column Done.', { labels: { column: label('Done') } }),
    field('tasks', 'tasks.created_total', 'tasks', tasksCreated, 'Tasks created since the start; only grows.'),
    field('tasks', 'tasks.completed_total', 'tasks', tasksCompleted, 'Tasks completed since the start; only grows.'),
    field(
      'tasks',
      'tasks.completion_rate_percent',
      'percent',
      taskCompletion,
      'Share of all tasks that are done, 0 to 100. Leave it out while there are none.',
    ),
    field(
      'tasks',
      'tasks.average_processing_time_ms',
      'ms',
      taskProcessing,
      'Mean time from start to end of a completed task. Leave it out while there are none.',
    ),
    field(
      'pm_gateway',
      'pm_gateway.analyses_succeeded_total',
      'analyses',
      pmAnalyses,
      'Analyses that succeeded since the start; only grows. Without it, analyses_total minus analyses_failed_total.',
      { labels: { result: label('success') } },
    ),
    field(
      'pm_gateway',
      'pm_gateway.analyses_failed_total',
      'analyses',
      pmAnalyses,
      'Analyses that failed since the start; only grows.',
      { labels: { result: label('failure') } },
    ),
    field(
      'pm_gateway',
      'pm_gateway.average_analysis_time_ms',
      'ms',
      pmLastAnalysis,
      'Time of the last analysis, or the mean of the last minutes. Not read while analyses_total is 0. Compared with task_processing_time_ms.',
      {
        path: '$[?!(@.analyses_total == 0)].average_analysis_time_ms',
      },
    ),
    field('users', 'users.total', 'accounts', users, 'Number of accounts.', { labels: { state: label('total') } }),
    field('users', 'users.active', 'accounts', users, 'Accounts in use.', { labels: { state: label('active') } }),
    field('users', 'users.verified', 'accounts', users, 'Accounts with a verified address.', {
      labels: { state: label('verified') },
    }),
    field('users', 'users.by_tier.<name>', 'accounts', usersByTier, 'Accounts by subscription tier.', {
      labels: { tier: key(0) },
    }),
    field('users', 'users.by_role.<name>', 'accounts', usersByRole, 'Accounts by role.', { labels: { role: key(0) } }),
    field('users', 'feature_usage.<name>', 'uses', featureUsage, 'Uses of a feature since the start; only grows.', {
      labels: { feature: key(0) },
    }),
  ],
};

/** The documents of AI-CRM and all fields that the exporter reads. Every field is optional. */
export const aiCrmDocuments: readonly AiCrmDocument[] = [metricsDocument, agentsDocument, businessDocument];

/** The mappings of a document, for these subjects or for all. */
export function presetMappings(name: PresetName, subjects?: readonly AiCrmSubject[]): readonly MetricMapping[] {
  const fields = aiCrmDocuments.find((document) => document.name === name)?.fields ?? [];
  return fields.filter(({ subject }) => subjects?.includes(subject) ?? true).map(({ mapping }) => mapping);
}
