import type { AiCrmSubject } from '../config/config.js';
import type { Tracked } from '../config/tracking.js';
import type { Definition } from '../metrics/definition.js';
import { agentLastResponse, agentResponse, agentSuccess, agentUtilization, pmAnalyses, pmAnalysis, pmLastAnalysis } from '../metrics/families/agents.js';
import { concurrentUsers, databaseResponse, databaseUp, failedLogins, featureUsage, httpRequests, taskCompletion, taskProcessing, tasksCompleted, tasksCreated, users } from '../metrics/families/business.js';
import { componentLastResponse, componentProbeFailures, componentResponse, componentStatus } from '../metrics/families/component.js';

/** One thing that AI-CRM's monitoring document promises to show, and where it comes from. */
export interface Fact {
  /** Stays the same from version to version: programs look for it. */
  readonly name: string;
  /** The families that tell it; one with series is enough. */
  readonly metrics: readonly Pick<Definition, 'name'>[];
  /** Components whose level tells it as well. */
  readonly isToldBy?: (component: { readonly name: string; readonly kind: string; readonly target: string }) => boolean;
  /** What the `track_*` flags and the sources of `ai_crm` call it. */
  readonly tracked?: Tracked;
  /** What `ai_crm.collect` has to contain for it, and what AI-CRM wants in return. */
  readonly aiCrm?: { readonly subject: AiCrmSubject; readonly needs: string };
  /** What gives it without that, as an advice: `configure …`. */
  readonly otherwise?: string;
}

const user = 'a login';
const proUser = 'a login of tier pro or higher';
const admin = 'a login of role admin';
const bySql = "sql_sources with the preset for AI-CRM's sessions and audit_logs";
const documented = "an AI-CRM that serves the monitoring document's";

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
    isToldBy: ({ name, kind, target }) => name === 'database' || kind === 'postgres' || kind === 'redis' || /^tcp:.*:(?:5432|6379)$/.test(target),
    tracked: 'database',
    aiCrm: { subject: 'database', needs: user },
    otherwise: 'add the database to endpoints as postgres://',
  },
  { name: 'pm_gateway_health', metrics: [pmAnalyses], isToldBy: ({ name }) => name === 'pm_gateway', tracked: 'pm_gateway', aiCrm: { subject: 'pm_gateway', needs: proUser } },
  { name: 'pm_analysis_time', metrics: [pmAnalysis, pmLastAnalysis], tracked: 'pm_gateway', aiCrm: { subject: 'pm_gateway', needs: proUser } },
  { name: 'agent_response_time', metrics: [agentResponse, agentLastResponse], tracked: 'agent_response', aiCrm: { subject: 'agents', needs: user } },
  { name: 'agent_success_rate', metrics: [agentSuccess], tracked: 'agents', aiCrm: { subject: 'agents', needs: `${user}, and agents that own tasks` } },
  { name: 'agent_utilization', metrics: [agentUtilization], tracked: 'agents', aiCrm: { subject: 'agents', needs: `${user}, and open tasks that have an owner` } },
  { name: 'task_creation', metrics: [tasksCreated], tracked: 'tasks', aiCrm: { subject: 'tasks', needs: user } },
  { name: 'task_completion', metrics: [tasksCompleted, taskCompletion], tracked: 'tasks', aiCrm: { subject: 'tasks', needs: user } },
  { name: 'task_processing_time', metrics: [taskProcessing], otherwise: `only ${documented} /business/metrics tells it` },
  { name: 'active_users', metrics: [users], tracked: 'users', aiCrm: { subject: 'users', needs: admin }, otherwise: `configure ${bySql}` },
  { name: 'user_engagement', metrics: [concurrentUsers, featureUsage], otherwise: `configure ${bySql}; otherwise only ${documented} /business/metrics tells it` },
  { name: 'feature_adoption', metrics: [featureUsage], otherwise: `configure ${bySql}; otherwise only ${documented} /business/metrics tells it` },
  { name: 'concurrent_users', metrics: [concurrentUsers], otherwise: `configure ${bySql}; otherwise only ${documented} /metrics tells it` },
  { name: 'throughput', metrics: [httpRequests], tracked: 'http_requests', otherwise: `let Prometheus scrape aipm_http_requests_total of AI-CRM's monitoring app; otherwise only ${documented} /metrics tells it` },
  { name: 'failed_logins', metrics: [failedLogins], tracked: 'failed_logins', otherwise: `configure ${bySql}; otherwise only ${documented} /metrics tells it` },
];
