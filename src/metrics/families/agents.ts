import type { Definition } from '../definition.js';

const room = 'agents';

/** Bounds of the times that AI-CRM needs to think; those of the thresholds are added. */
const thinkingBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** How many agents there are. */
export const agents: Definition = {
  name: 'aicrm_agents',
  type: 'gauge',
  room,
  help: 'Agents that AI-CRM lists.',
  labels: [],
};

/** What each has to do. */
export const agentTasks: Definition<'agent' | 'state'> = {
  name: 'aicrm_agent_tasks',
  type: 'gauge',
  room,
  help: 'Tasks of an agent by state, 0 included for every agent that AI-CRM lists.',
  labels: ['agent', 'state'],
  values: { state: ['open', 'done'] },
};

/** How much of it succeeds. */
export const agentSuccess: Definition<'agent'> = {
  name: 'aicrm_agent_success_ratio',
  type: 'gauge',
  room,
  help: 'Share of the tasks of an agent that are done, 0 to 1; absent for an agent without tasks.',
  labels: ['agent'],
};

/** How the open work is shared out. */
export const agentUtilization: Definition<'agent'> = {
  name: 'aicrm_agent_utilization_ratio',
  type: 'gauge',
  room,
  help: 'Share of all open tasks with an owner that this agent has, 0 to 1; absent while there are none.',
  labels: ['agent'],
};

/** How long a suggestion takes. */
export const agentResponse: Definition = {
  name: 'aicrm_agent_response_seconds',
  type: 'histogram',
  room,
  help: 'Time that AI-CRM took to suggest an agent for a sample task in seconds; absent where that cannot be asked.',
  labels: [],
  buckets: thinkingBuckets,
};

/** The same, the last time. */
export const agentLastResponse: Definition<'agent'> = {
  name: 'aicrm_agent_last_response_seconds',
  type: 'gauge',
  room,
  help: 'Response time in seconds: of each agent where AI-CRM tells it, otherwise, without the label agent, of the last suggestion.',
  labels: ['agent'],
};

/** How long the analysis of a sample task takes. */
export const pmAnalysis: Definition = {
  name: 'aicrm_pm_gateway_analysis_seconds',
  type: 'histogram',
  room,
  help: 'Time that the PM gateway took to analyse a sample task in seconds; absent where that cannot be asked.',
  labels: [],
  buckets: thinkingBuckets,
};

/** The same, the last time. */
export const pmLastAnalysis: Definition = {
  name: 'aicrm_pm_gateway_last_analysis_seconds',
  type: 'gauge',
  room,
  help: 'Time of the last analysis by the PM gateway in seconds, or the mean that AI-CRM tells; absent when neither is known.',
  labels: [],
};

/** How many there were. */
export const pmAnalyses: Definition<'result'> = {
  name: 'aicrm_pm_gateway_analyses_total',
  type: 'counter',
  room,
  help: 'Analyses by result: those of AI-CRM where it counts them, otherwise the sample ones of this exporter.',
  labels: ['result'],
  values: { result: ['success', 'failure'] },
};

/** The families of this room, in the order of the exposition. */
export const agentFamilies: readonly Definition[] = [
  agents,
  agentTasks,
  agentSuccess,
  agentUtilization,
  agentResponse,
  agentLastResponse,
  pmAnalysis,
  pmLastAnalysis,
  pmAnalyses,
];
