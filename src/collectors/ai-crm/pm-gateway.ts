import { pmAnalyses, pmAnalysis, pmLastAnalysis } from '../../metrics/families/agents.js';
import { DataFailure } from '../../sources/data/data-client.js';
import { isRecord } from '../../sources/json-record.js';
import { recordOf } from './json-answer.js';
import type { TimedQuestion } from './timed-question.js';

/** How long the PM gateway takes to analyse a task. */
export function pmGatewayQuestion(intervalSeconds: number): TimedQuestion {
  return {
    name: 'pm_gateway',
    subject: 'pm_gateway',
    intervalSeconds,
    path: '/pm/analyze',
    operation: 'pm_analysis',
    histogram: pmAnalysis,
    last: pmLastAnalysis,
    attempts: pmAnalyses,
    understand(value) {
      const analysis = recordOf(value, 'POST /pm/analyze')['analysis'];
      if (!isRecord(analysis)) throw new DataFailure('json', 'POST /pm/analyze: analysis is missing or no object');
      return 'analysed';
    },
  };
}
