import type { AiCrmSubject } from '../config/config.js';
import type { Tracked } from '../config/tracking.js';
import type { Definition } from '../metrics/definition.js';
import {
  agentLastResponse,
  agentResponse,
  agentSuccess,
  agentUtilization,
  pmAnalyses,
  pmAnalysis,
  pmLastAnalysis,
} from '../metrics/families/agents.js';
import {
  activeUsers,
  concurrentUsers,
  databaseResponse,
  databaseUp,
  failedLogins,
  featureUsage,
  httpRequests,
  taskCompletion,
  taskProcessing,
  tasksCompleted,
  tasksCreated,
  users,
} from '../metrics/families/business.js';
import {
  componentLastResponse,
  componentProbeFailures,
  componentResponse,
  componentStatus,
} from '../metrics/families/component.js';

/** One thing that AI-CRM's monitoring document promises to show, and where it comes from. */
export interface Fact {
  /** Stays the same from version to version: programs look for it. */
  readonly name: string;
  /** The families that tell it; one with series is enough. */
  readonly metrics: readonly Pick<Definition, 'name' | 'type'>[];
  /** Components whose level tells it as well. */
  readonly isToldBy?: (component: { readonly name: string; readonly kind: string; readonly target: string }) => boolean;
  /** The name of the measure whose level tells it as well. */
  readonly measure?: string;
  /** What the `track_*` flags call it. */
  readonly tracked?: Tracked;
  /** The sources of `ai_crm` that bring it, of the real interface and of the documented one. */
  readonly sources?: readonly string[];
  /** What `ai_crm.collect` has to contain for it, and what AI-CRM wants in return. */
  readonly aiCrm?: { readonly subject: AiCrmSubject; readonly needs: string };
  /** What gives it without that, as an advice: `configure …`. */
  readonly otherwise?: string;
  /** The document without which AI-CRM itself does not tell it. */
  readonly onlyIn?: string;
}

const user = 'a login';
const fromDatabase = {
  tracked: 'database',
  sources: ['ai_crm_database'],
  aiCrm: { subject: 'database', needs: user },
} as const;
const fromGateway = {
  tracked: 'pm_gateway',
  sources: ['ai_crm_pm_gateway', 'ai_crm_business_metrics'],
  aiCrm: { subject: 'pm_gateway', needs: 'a login of tier pro or higher' },
} as const;
const fromSuggestions = {
  tracked: 'agent_response',
  sources: ['ai_crm_agent_response', 'ai_crm_agents_metrics'],
  aiCrm: { subject: 'agents', needs: user },
} as const;
const fromTasks = {
  tracked: 'tasks',
  sources: ['ai_crm_tasks', 'ai_crm_business_metrics'],
  aiCrm: { subject: 'tasks', needs: user },
} as const;
const fromUsers = {
  tracked: 'users',
  sources: ['ai_crm_users', 'ai_crm_business_metrics'],
  aiCrm: { subject: 'users', needs: 'a login of role admin' },
} as const;

/** Numbers of single agents need tasks to be made of: a share of nothing is absent. */
function fromAgents(precondition: string) {
  return {
    tracked: 'agents',
    sources: ['ai_crm_agents', 'ai_crm_agents_metrics'],
    aiCrm: { subject: 'agents', needs: `${user}, and ${precondition}` },
  } as const;
}

const bySql = 'configure an entry of sql_sources with preset: ai_crm_tables';

/** What the real interface does not tell at all. */
function onlyIn(path: '/metrics' | '/business/metrics', advice?: string) {
  const sources = [path === '/metrics' ? 'ai_crm_metrics' : 'ai_crm_business_metrics'];
  return { sources, onlyIn: path, ...(advice === undefined ? {} : { otherwise: advice }) };
}

/**
 * Everything the document promises. What is not available is said to be so, with the way to it, and never shown as 0.
 *
 * Source: the document's sections on what is monitored, compared with what the public backend answers.
 */
export const facts: readonly Fact[] = [
  { name: 'component_health', metrics: [componentStatus], otherwise: 'configure endpoints' },
  { name: 'response_time', metrics: [componentResponse, componentLastResponse], otherwise: 'configure endpoints' },
  { name: 'error_rate', metrics: [componentProbeFailures], otherwise: 'configure endpoints' },
  {
    name: 'database_health',
    metrics: [databaseUp, databaseResponse],
    isToldBy: ({ name, kind, target }) =>
      name === 'database' || kind === 'postgres' || kind === 'redis' || /^tcp:.*:(?:5432|6379)$/.test(target),
    ...fromDatabase,
    otherwise: 'add the database to endpoints as postgres://, or its health check as database',
  },
  {
    name: 'pm_gateway_health',
    metrics: [pmAnalyses],
    isToldBy: ({ name }) => name === 'pm_gateway',
    measure: 'PM analysis',
    ...fromGateway,
    otherwise: 'add its health check to endpoints as pm_gateway',
  },
  { name: 'pm_analysis_time', metrics: [pmAnalysis, pmLastAnalysis], ...fromGateway },
  { name: 'agent_response_time', metrics: [agentResponse, agentLastResponse], ...fromSuggestions },
  { name: 'agent_success_rate', metrics: [agentSuccess], ...fromAgents('agents that own tasks') },
  { name: 'agent_utilization', metrics: [agentUtilization], ...fromAgents('open tasks that have an owner') },
  { name: 'task_creation', metrics: [tasksCreated], ...fromTasks },
  { name: 'task_completion', metrics: [tasksCompleted, taskCompletion], ...fromTasks },
  { name: 'task_processing_time', metrics: [taskProcessing], tracked: 'tasks', ...onlyIn('/business/metrics') },
  { name: 'active_users', metrics: [activeUsers, users], ...fromUsers },
  {
    name: 'user_engagement',
    metrics: [activeUsers, concurrentUsers, featureUsage],
    ...onlyIn('/business/metrics', bySql),
  },
  { name: 'feature_adoption', metrics: [featureUsage], ...onlyIn('/business/metrics', bySql) },
  { name: 'concurrent_users', metrics: [concurrentUsers], ...onlyIn('/metrics', bySql) },
  {
    name: 'throughput',
    metrics: [httpRequests],
    tracked: 'http_requests',
    ...onlyIn(
      '/metrics',
      'configure an entry of request_sources with the access_log or the stub_status of the nginx before AI-CRM',
    ),
  },
  { name: 'failed_logins', metrics: [failedLogins], tracked: 'failed_logins', ...onlyIn('/metrics', bySql) },
];
