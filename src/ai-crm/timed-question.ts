import { DataFailure, NotAsked } from '../access/data-access.js';
import { isRecord } from '../base/json.js';
import type { ProbeFailure } from '../base/reason.js';
import { agentLastResponse, agentResponse, pmAnalyses, pmAnalysis, pmLastAnalysis } from '../metrics/agent-metrics.js';
import { addSeries, type Definition, observeSeries, type Sample, seriesOf, set } from '../metrics/definition.js';
import { listOf, recordOf } from './json-answer.js';
import type { Operation } from './operation.js';
import type { Questions } from './questions.js';
import type { Subject } from './subject.js';

/** A request that AI-CRM must compute: it gets the sample task, and the duration is measured. */
interface TimedQuestion extends Pick<Subject, 'name' | 'subject' | 'intervalSeconds'> {
  readonly path: string;
  readonly histogram: Definition;
  readonly last: Definition<'agent'> | Definition;
  /** Counts attempts by result; absent where they are not counted. */
  readonly attempts?: Definition<'result'>;
  /** Describes the answer in words. Throws a `DataFailure` for an invalid answer. */
  readonly understand: (value: unknown) => string;
}

/** A timed request as a subject. No user waits for its answer, and it changes nothing in AI-CRM. */
export function timedQuestion(question: TimedQuestion, questions: Questions, operation: Operation): Subject {
  const { path, histogram, last, attempts, understand, ...subject } = question;
  const attempted = (success: 0 | 1, failure: 0 | 1): readonly Sample[] =>
    attempts === undefined
      ? []
      : [
          addSeries(seriesOf(attempts, { result: 'success' }), success),
          addSeries(seriesOf(attempts, { result: 'failure' }), failure),
        ];
  return {
    ...subject,
    requests: 1,
    async read(source, signal) {
      const { value, durationSeconds } = await questions.postSampleTask(path, source, signal);
      const answered = understand(value);
      const { samples, readings } = operation.answered(answered, durationSeconds);
      return {
        samples: [
          ...attempted(1, 0),
          ...samples,
          observeSeries(seriesOf(histogram, {}), durationSeconds),
          set(last, {}, durationSeconds),
        ],
        readings,
        message: `${answered} in ${Number(durationSeconds.toFixed(3))} s`,
        durationSeconds,
      };
    },
    onFailure: (failure) => {
      const { samples, readings } = operation.failed(failure);
      return { samples: [...attempted(0, wasAttempted(failure) ? 1 : 0), ...samples], readings };
    },
  };
}

/** A refusal says nothing about how well the request is answered. */
function wasAttempted(failure: ProbeFailure): boolean {
  return (
    !(failure instanceof NotAsked) && !['auth', 'rate_limited', 'refused_target', 'internal'].includes(failure.reason)
  );
}

/** The time that AI-CRM needs to suggest agents for a task. AI-CRM only matches words itself, so one answer is valid for all agents. */
export function agentResponseQuestion(intervalSeconds: number): TimedQuestion {
  return {
    name: 'agent_response',
    subject: 'agents',
    intervalSeconds,
    path: '/agents/suggest',
    histogram: agentResponse,
    last: agentLastResponse,
    understand(value) {
      const suggestions = listOf(value, 'POST /agents/suggest');
      if (!suggestions.every((suggestion) => isRecord(suggestion) && typeof suggestion['agent'] === 'string')) {
        throw new DataFailure('json', 'POST /agents/suggest: agent is missing or not text in a suggestion');
      }
      return `${suggestions.length} agent${suggestions.length === 1 ? '' : 's'} suggested`;
    },
  };
}

/** The time that the PM gateway needs to analyse a task. */
export function pmGatewayQuestion(intervalSeconds: number): TimedQuestion {
  return {
    name: 'pm_gateway',
    subject: 'pm_gateway',
    intervalSeconds,
    path: '/pm/analyze',
    histogram: pmAnalysis,
    last: pmLastAnalysis,
    attempts: pmAnalyses,
    understand(value) {
      const analysis = recordOf(value, 'POST /pm/analyze')['analysis'];
      if (!isRecord(analysis)) throw new DataFailure('json', 'POST /pm/analyze: analysis is missing or not an object');
      return 'analysed';
    },
  };
}
