import { agentLastResponse, agentSuccess, agentTasks } from '../../src/metrics/agent-metrics.js';
import { greatest } from './aggregate.js';
import { chosenAgent, select, selectRecord } from './selector.js';

/** Open tasks of each chosen agent. */
export const openTasks = greatest(select(agentTasks, { ...chosenAgent, state: '="open"' }), 'agent');

/** Tasks of each chosen agent that are done. */
export const doneTasks = greatest(select(agentTasks, { ...chosenAgent, state: '="done"' }), 'agent');

/** Share of the tasks of each chosen agent that is done; an agent without tasks has none. */
export const success = greatest(select(agentSuccess, chosenAgent), 'agent');

/** The chosen agents, and what is told of all agents as one and so has no label `agent`. */
const chosenOrAllAsOne = { agent: '=~"$agent|"' } as const;

/** The last response time of each chosen agent where AI-CRM tells it, otherwise of the last suggestion. */
export const lastResponse = greatest(select(agentLastResponse, chosenOrAllAsOne), 'agent');

/** The same as a median of ten minutes, which is what the alert compares with the limits. `matchers` choose one of the two. */
export const medianResponse = (matchers: { readonly agent: string }): string =>
  selectRecord('job_agent:aicrm_agent_last_response_seconds:median10m', matchers);
