import { agentLastResponse, agentResponse } from '../../metrics/families/agents.js';
import { DataFailure } from '../../sources/data/data-client.js';
import { isRecord } from '../../sources/json-record.js';
import { listOf } from './json-answer.js';
import type { TimedQuestion } from './timed-question.js';

/** How long AI-CRM takes to suggest agents for a task. It matches words and asks nobody else, so one answer stands for all agents. */
export function agentResponseQuestion(intervalSeconds: number): TimedQuestion {
  return {
    name: 'agent_response',
    subject: 'agents',
    intervalSeconds,
    path: '/agents/suggest',
    operation: 'agent_suggestion',
    histogram: agentResponse,
    last: agentLastResponse,
    understand(value) {
      const suggestions = listOf(value, 'POST /agents/suggest');
      if (!suggestions.every((suggestion) => isRecord(suggestion) && typeof suggestion['agent'] === 'string')) {
        throw new DataFailure('json', 'POST /agents/suggest: agent is missing or no text in a suggestion');
      }
      return `${suggestions.length} agent${suggestions.length === 1 ? '' : 's'} suggested`;
    },
  };
}
