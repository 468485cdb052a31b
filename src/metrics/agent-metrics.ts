import { definitionsOf } from './definition.js';

const { counter, gauge, histogram, all } = definitionsOf('agents');

/** Bucket bounds in seconds for answers of AI-CRM that take thought. The thresholds are added. */
const thinkingBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

export const agents = gauge('aicrm_agents', 'Agents that AI-CRM lists.');

export const agentTasks = gauge(
  'aicrm_agent_tasks',
  'Tasks of an agent by state, 0 included for every agent that AI-CRM lists; done also in the archive; a lower bound while aicrm_source_truncated is 1.',
  ['agent', 'state'],
  { values: { state: ['open', 'done'] } },
);

export const agentSuccess = gauge(
  'aicrm_agent_success_ratio',
  'Share of the tasks of an agent that are done, 0 to 1, those in the archive included; absent for an agent without tasks.',
  ['agent'],
);

export const agentUtilization = gauge(
  'aicrm_agent_utilization_ratio',
  'Share of all open tasks with an owner that this agent has, 0 to 1; absent while there are none.',
  ['agent'],
);

export const agentResponse = histogram(
  'aicrm_agent_response_seconds',
  'Time that AI-CRM took to suggest an agent for a sample task in seconds; absent if the exporter cannot query it.',
  [],
  { buckets: thinkingBuckets },
);

export const agentLastResponse = gauge(
  'aicrm_agent_last_response_seconds',
  'Response time in seconds: of each agent if AI-CRM reports it, otherwise, without the label agent, of the last suggestion; absent when neither is known.',
  ['agent'],
);

export const pmAnalysis = histogram(
  'aicrm_pm_gateway_analysis_seconds',
  'Time that the PM gateway took to analyse a sample task in seconds; absent if the exporter cannot query it.',
  [],
  { buckets: thinkingBuckets },
);

export const pmLastAnalysis = gauge(
  'aicrm_pm_gateway_last_analysis_seconds',
  'Time of the last analysis by the PM gateway in seconds, or the mean that AI-CRM reports; absent when neither is known.',
);

export const pmAnalyses = counter(
  'aicrm_pm_gateway_analyses_total',
  'Analyses by result: those of AI-CRM if it counts them, otherwise the sample ones of this exporter.',
  ['result'],
  { values: { result: ['success', 'failure'] } },
);

export const operationUp = gauge(
  'aicrm_operation_up',
  'Whether AI-CRM answers when this exporter does the same as users, 1 or 0; 0 for HTTP 500, 504 or no answer in time; absent while it is not known.',
  ['operation'],
  { values: { operation: ['task_board', 'agent_list', 'agent_suggestion', 'pm_analysis'] } },
);

export const operationDuration = gauge(
  'aicrm_operation_duration_seconds',
  'Time that the last answer of such an operation took in seconds, for the task board without its archive; absent without an answer.',
  ['operation'],
);

export const operationStatusCode = gauge(
  'aicrm_operation_status_code',
  'HTTP status code of a failed operation; absent while aicrm_operation_up is 1, and without an answer.',
  ['operation'],
);

/** All metrics of this area, in the order of the exposition. */
export const agentFamilies = all;
