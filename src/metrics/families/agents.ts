import type { Definition } from '../definition.js';

const area = 'agents';

/** Bounds of the times that AI-CRM needs to think; those of the thresholds are added. */
const thinkingBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** How many agents there are. */
export const agents: Definition = {
  name: 'aicrm_agents',
  type: 'gauge',
  area,
  help: 'Agents that AI-CRM lists.',
  labels: [],
};

/** What each has to do. */
export const agentTasks: Definition<'agent' | 'state'> = {
  name: 'aicrm_agent_tasks',
  type: 'gauge',
  area,
  help: 'Tasks of an agent by state, 0 included for every agent that AI-CRM lists; done also in the archive; a lower bound while aicrm_source_truncated is 1.',
  labels: ['agent', 'state'],
  values: { state: ['open', 'done'] },
};

/** How much of it succeeds. */
export const agentSuccess: Definition<'agent'> = {
  name: 'aicrm_agent_success_ratio',
  type: 'gauge',
  area,
  help: 'Share of the tasks of an agent that are done, 0 to 1, those in the archive included; absent for an agent without tasks.',
  labels: ['agent'],
};

/** How the open work is shared out. */
export const agentUtilization: Definition<'agent'> = {
  name: 'aicrm_agent_utilization_ratio',
  type: 'gauge',
  area,
  help: 'Share of all open tasks with an owner that this agent has, 0 to 1; absent while there are none.',
  labels: ['agent'],
};

/** How long a suggestion takes. */
export const agentResponse: Definition = {
  name: 'aicrm_agent_response_seconds',
  type: 'histogram',
  area,
  help: 'Time that AI-CRM took to suggest an agent for a sample task in seconds; absent where that cannot be asked.',
  labels: [],
  buckets: thinkingBuckets,
};

/** The same, the last time. */
export const agentLastResponse: Definition<'agent'> = {
  name: 'aicrm_agent_last_response_seconds',
  type: 'gauge',
  area,
  help: 'Response time in seconds: of each agent where AI-CRM tells it, otherwise, without the label agent, of the last suggestion.',
  labels: ['agent'],
};

/** How long the analysis of a sample task takes. */
export const pmAnalysis: Definition = {
  name: 'aicrm_pm_gateway_analysis_seconds',
  type: 'histogram',
  area,
  help: 'Time that the PM gateway took to analyse a sample task in seconds; absent where that cannot be asked.',
  labels: [],
  buckets: thinkingBuckets,
};

/** The same, the last time. */
export const pmLastAnalysis: Definition = {
  name: 'aicrm_pm_gateway_last_analysis_seconds',
  type: 'gauge',
  area,
  help: 'Time of the last analysis by the PM gateway in seconds, or the mean that AI-CRM tells; absent when neither is known.',
  labels: [],
};

/** How many there were. */
export const pmAnalyses: Definition<'result'> = {
  name: 'aicrm_pm_gateway_analyses_total',
  type: 'counter',
  area,
  help: 'Analyses by result: those of AI-CRM where it counts them, otherwise the sample ones of this exporter.',
  labels: ['result'],
  values: { result: ['success', 'failure'] },
};

/** Whether what users do works. */
export const operationUp: Definition<'operation'> = {
  name: 'aicrm_operation_up',
  type: 'gauge',
  area,
  help: 'Whether what users do was answered when this exporter did the same, 1 or 0 for HTTP 500 or 504 and no answer in time; absent while that is not known.',
  labels: ['operation'],
  values: { operation: ['task_board', 'agent_list', 'agent_suggestion', 'pm_analysis'] },
};

/** How long users wait for it. */
export const operationDuration: Definition<'operation'> = {
  name: 'aicrm_operation_duration_seconds',
  type: 'gauge',
  area,
  help: 'Time that the last answer took for what users do in seconds, for the task board without its archive; absent without an answer.',
  labels: ['operation'],
};

/** What it is answered with instead. */
export const operationStatusCode: Definition<'operation'> = {
  name: 'aicrm_operation_status_code',
  type: 'gauge',
  area,
  help: 'HTTP status code of what fails; absent while aicrm_operation_up is 1, and without an answer.',
  labels: ['operation'],
};

/** The families of this area, in the order of the exposition. */
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
  operationUp,
  operationDuration,
  operationStatusCode,
];
