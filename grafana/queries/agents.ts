import { agentLastResponse, agentSuccess, agentTasks } from '../../src/metrics/agent-metrics.js';
import { greatest } from './aggregate.js';
import { chosenAgent, select, selectRecord } from './selector.js';

/** Open tasks of each chosen agent. */
export const openTasks = greatest(select(agentTasks, { ...chosenAgent, state: '="open"' }), 'agent');

/** Completed tasks of each chosen agent. */
export const doneTasks = greatest(select(agentTasks, { ...chosenAgent, state: '="done"' }), 'agent');

/** Share of completed tasks of each chosen agent; absent for an agent without tasks. */
export const success = greatest(select(agentSuccess, chosenAgent), 'agent');

/** The chosen agents, and series without the label `agent`, which AI-CRM reports for all agents together. */
const chosenOrAllAsOne = { agent: '=~"$agent|"' } as const;

/** Last response time of each chosen agent. If AI-CRM does not report it, the time of the last suggestion for all agents. */
export const lastResponse = greatest(select(agentLastResponse, chosenOrAllAsOne), 'agent');

/** Median response time of ten minutes. The alert compares it with the limits. `matchers` selects single agents or the value for all. */
export const medianResponse = (matchers: { readonly agent: string }): string =>
  selectRecord('job_agent:aicrm_agent_last_response_seconds:median10m', matchers);
