import type { AiCrmConfig, AiCrmSubject, Config } from '../config.js';
import { aiCrmSubjects } from '../config.js';
import type { Settings } from '../schema/document.js';
import { switchedOffBy, type Tracked } from '../tracking.js';
import type { Context } from './context.js';

type Planned = { readonly aiCrm: AiCrmConfig } & Pick<Config, 'intervals' | 'tracking'>;

/** What reading each thing once costs, and how often it is read. The documented interface costs no more. */
const costs: readonly {
  readonly subject: AiCrmSubject;
  readonly what: Tracked;
  readonly requests: number;
  readonly interval: keyof Config['intervals'];
}[] = [
  { subject: 'tasks', what: 'tasks', requests: 2, interval: 'agentPerformanceSeconds' },
  { subject: 'agents', what: 'agents', requests: 1, interval: 'agentPerformanceSeconds' },
  { subject: 'agents', what: 'agent_response', requests: 1, interval: 'agentPerformanceSeconds' },
  { subject: 'users', what: 'users', requests: 1, interval: 'detailedAnalysisSeconds' },
  { subject: 'pm_gateway', what: 'pm_gateway', requests: 1, interval: 'detailedAnalysisSeconds' },
  { subject: 'database', what: 'database', requests: 1, interval: 'healthChecksSeconds' },
];

/** How many requests an hour follow from the configuration for each subject of `ai_crm`, logins not counted. */
export function plannedRequestsPerHour({ aiCrm, intervals, tracking }: Planned): ReadonlyMap<AiCrmSubject, number> {
  const collected = aiCrm.collect ?? aiCrmSubjects;
  const planned = new Map<AiCrmSubject, number>();
  const isRead = (what: Tracked) => switchedOffBy(tracking, what) === undefined;
  for (const { subject, what, requests, interval } of costs) {
    if (!collected.includes(subject) || !isRead(what)) continue;
    // Agents' numbers are made of the tasks, too; where those are collected anyway the same answer serves.
    const needsTasks = what === 'agents' && !(collected.includes('tasks') && isRead('tasks'));
    const hourly = Math.ceil(((requests + (needsTasks ? 2 : 0)) * 3600) / intervals[interval]);
    planned.set(subject, (planned.get(subject) ?? 0) + hourly);
  }
  return planned;
}

/** Reports intervals that lead to more requests than `requests_per_hour` allows: some of them would never be sent. */
export function checkRequestBudget(planned: Planned, settings: Settings, context: Context): void {
  const sections = ['check_intervals', 'performance_metrics', 'business_metrics', 'security_monitoring'] as const;
  if (!sections.every((section) => context.isSound(section))) return;
  const bySubject = plannedRequestsPerHour(planned);
  const total = [...bySubject.values()].reduce((sum, requests) => sum + requests, 0);
  const { requestsPerHour } = planned.aiCrm;
  if (total <= requestsPerHour) return;
  const isGiven = settings.ai_crm?.requests_per_hour !== undefined;
  const parts = [...bySubject].map(([subject, requests]) => `${subject} ${requests}`).join(', ');
  context.report(
    isGiven ? ['ai_crm', 'requests_per_hour'] : ['check_intervals'],
    `${total} requests an hour follow from check_intervals (${parts}), and requests_per_hour allows ${requestsPerHour}: lengthen the intervals or allow more`,
    isGiven ? 'value' : 'key',
  );
}
