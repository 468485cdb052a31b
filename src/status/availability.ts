import { aiCrmDocuments } from '../config/ai-crm-documents.js';
import type { Config } from '../config/config.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import { type AiCrmSubject, switchedOffBy, type Tracked } from '../config/sections/tracking-section.js';
import {
  agentLastResponse,
  agentResponse,
  agentSuccess,
  agentUtilization,
  pmAnalyses,
  pmAnalysis,
  pmLastAnalysis,
} from '../metrics/agent-metrics.js';
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
} from '../metrics/business-metrics.js';
import {
  componentLastResponse,
  componentProbeFailures,
  componentResponse,
  componentStatus,
} from '../metrics/component-metrics.js';
import type { Definition } from '../metrics/definition.js';
import type { Figures } from '../metrics/recorder.js';
import type { Overview, SourceOverview } from './overview.js';

/** One fact that AI-CRM's monitoring document promises, and its source. */
interface Fact {
  /** Does not change between versions, because programs look for it. */
  readonly name: string;
  /** Metrics that show it; one with series is enough. */
  readonly metrics: readonly Pick<Definition, 'name' | 'type'>[];
  /** Components whose level shows it too. */
  readonly isReportedBy?: (component: {
    readonly name: string;
    readonly kind: string;
    readonly target: string;
  }) => boolean;
  /** Name of the measure whose level shows it too. */
  readonly measure?: string;
  /** Its name in the `track_*` flags. */
  readonly tracked?: Tracked;
  /** Sources of `ai_crm` with it, of the real interface and of the documented one. */
  readonly sources?: readonly string[];
  /** The entry of `ai_crm.collect` for it, and what AI-CRM requires. */
  readonly aiCrm?: { readonly subject: AiCrmSubject; readonly needs: string };
  /** Another way to get it, as advice: `configure …`. */
  readonly otherwise?: string;
  /** The only document in which AI-CRM itself reports it. */
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
  aiCrm: { subject: 'pm_gateway', needs: 'a login with tier pro or higher' },
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
  aiCrm: { subject: 'users', needs: 'a login with role admin' },
} as const;

/** Numbers of single agents need tasks: a ratio of nothing is absent. */
function fromAgents(precondition: string) {
  return {
    tracked: 'agents',
    sources: ['ai_crm_agents', 'ai_crm_agents_metrics'],
    aiCrm: { subject: 'agents', needs: `${user}, and ${precondition}` },
  } as const;
}

const bySql = 'configure an entry of sql_sources with preset: ai_crm_tables';

/** Facts that the real interface does not report. */
function onlyIn(path: '/metrics' | '/business/metrics', advice?: string) {
  const sources = [path === '/metrics' ? 'ai_crm_metrics' : 'ai_crm_business_metrics'];
  return { sources, onlyIn: path, ...(advice === undefined ? {} : { otherwise: advice }) };
}

/**
 * All facts of the document. A missing one is reported as not available, with a way to get it, and never shown as 0.
 *
 * Source: the document's sections on what is monitored, compared with the answers of the public backend.
 */
const facts: readonly Fact[] = [
  { name: 'component_health', metrics: [componentStatus], otherwise: 'configure endpoints' },
  { name: 'response_time', metrics: [componentResponse, componentLastResponse], otherwise: 'configure endpoints' },
  { name: 'error_rate', metrics: [componentProbeFailures], otherwise: 'configure endpoints' },
  {
    name: 'database_health',
    metrics: [databaseUp, databaseResponse],
    isReportedBy: ({ name, kind, target }) =>
      name === 'database' || kind === 'postgres' || kind === 'redis' || /^tcp:.*:(?:5432|6379)$/.test(target),
    ...fromDatabase,
    otherwise: 'add the database to endpoints as postgres://, or its health check as database',
  },
  {
    name: 'pm_gateway_health',
    metrics: [pmAnalyses],
    isReportedBy: ({ name }) => name === 'pm_gateway',
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

/** Whether a fact of the document is available now. */
export interface Availability {
  readonly name: string;
  readonly isAvailable: boolean;
  /** Names of the metrics that show it, with or without series. */
  readonly metrics: readonly string[];
  /** Names of the components whose level shows it. */
  readonly components: readonly string[];
  /** One line that starts with `not available`, says why, and how to change it; null when it is available. */
  readonly message: string | null;
}

/** All facts of the document in its order, with their current state. */
export function availabilityOf(
  overview: Overview,
  config: Config,
  figures: Pick<Figures, 'has'>,
): readonly Availability[] {
  return facts.map((fact): Availability => {
    const { name, isReportedBy, measure } = fact;
    const metrics = fact.metrics.map((definition) => definition.name);
    // A component with an unknown level does not show the fact.
    const telling =
      isReportedBy === undefined
        ? []
        : overview.components.filter((component) => isReportedBy(component) && component.level !== 'unknown');
    const isMeasured = overview.measures.some((reading) => reading.name === measure && reading.level !== 'unknown');
    const isAvailable = telling.length > 0 || isMeasured || isCounted(fact, metrics, overview, config, figures);
    const message = isAvailable ? null : `not available: ${reasonOf(fact, metrics, overview, config)}`;
    return { name, isAvailable, metrics, components: telling.map((component) => component.name), message };
  });
}

/** Whether its metrics have current series. Counters of a source that is down keep their last value, so they do not count. */
function isCounted(
  fact: Fact,
  metrics: readonly string[],
  { sources }: Overview,
  config: Config,
  figures: Pick<Figures, 'has'>,
): boolean {
  const bringing = sources.filter((source) => brings(source, fact, metrics, config));
  const isStopped = bringing.length > 0 && bringing.every((source) => troubleOf(source) !== undefined);
  return fact.metrics.some(({ name, type }) => figures.has(name) && (type === 'gauge' || !isStopped));
}

function reasonOf(fact: Fact, metrics: readonly string[], { sources }: Overview, config: Config): string {
  const { tracked, aiCrm: from, otherwise } = fact;
  const flag = tracked === undefined ? undefined : switchedOffBy(config.tracking, tracked);
  if (flag !== undefined) return `switched off, ${flag}`;
  const trouble = sources
    .filter((source) => brings(source, fact, metrics, config))
    .map(troubleOf)
    .find((text) => text !== undefined);
  if (trouble !== undefined) return trouble;
  const silent = aiCrmDocuments.filter(
    ({ name }) => fact.sources?.includes(name) === true && sources.some((source) => source.name === name),
  );
  const isAsked = sources.some((source) => fact.sources?.includes(source.name));
  const isElsewhere = isDocumented(config.aiCrm, sources) && !isAsked;
  const ways = [
    ...(from === undefined || silent.length > 0 || isElsewhere ? [] : [wayOverAiCrm(from, config.aiCrm, isAsked)]),
    ...(otherwise === undefined ? [] : [otherwise]),
  ].join('; or ');
  const known =
    silent.length > 0
      ? `${silent.map(({ path }) => path).join(' and ')} of AI-CRM does not report it now`
      : fact.onlyIn === undefined
        ? ''
        : `AI-CRM itself reports it only in the ${fact.onlyIn} of the monitoring document`;
  return [ways, known].filter((text) => text !== '').join('; ');
}

/** Whether only AI-CRM's documents are read, which do not contain everything. */
function isDocumented(aiCrm: AiCrmConfig | undefined, sources: readonly SourceOverview[]): boolean {
  return (
    aiCrm?.api === 'documented' || aiCrmDocuments.some(({ name }) => sources.some((source) => source.name === name))
  );
}

/** Why a source gives nothing, or not everything; undefined when it gives all it has. */
function troubleOf({ name, reading }: SourceOverview): string | undefined {
  if (reading === undefined) return `source ${name} has not answered yet`;
  if (!reading.up) return `source ${name} is down: ${reading.message}`;
  if (reading.isOff === true) return `source ${name}: ${reading.message}`;
  return reading.withheld === undefined ? undefined : `source ${name}: ${reading.withheld}`;
}

/** Whether a source gives one of these metrics: by its mapping, or by its name for sources of AI-CRM. */
function brings(
  { name }: SourceOverview,
  { sources }: Fact,
  metrics: readonly string[],
  { jsonSources, sqlSources, requestSources }: Config,
): boolean {
  const mapped = [...jsonSources, ...sqlSources].find((source) => source.name === name);
  if (mapped !== undefined) return mapped.metrics.some(({ definition }) => metrics.includes(definition.name));
  if (requestSources.some((source) => source.name === name)) return metrics.includes(httpRequests.name);
  return sources?.includes(name) ?? false;
}

function wayOverAiCrm(
  { subject, needs }: NonNullable<Fact['aiCrm']>,
  aiCrm: AiCrmConfig | undefined,
  isAsked: boolean,
): string {
  if (aiCrm === undefined) return `configure ai_crm with ${needs}`;
  if (aiCrm.collect !== undefined && !aiCrm.collect.includes(subject)) return `add ${subject} to ai_crm.collect`;
  return isAsked ? `this needs ai_crm with ${needs}` : 'AI-CRM has not been queried for it yet';
}
