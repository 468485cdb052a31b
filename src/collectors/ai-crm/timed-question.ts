import { type Definition, seriesOf } from '../../metrics/definition.js';
import { addSeries, observeSeries, type Sample, set } from '../../metrics/sample.js';
import { NotAsked } from '../../sources/data/failure.js';
import type { ProbeFailure } from '../../sources/failure.js';
import type { Operation, OperationName } from './operation.js';
import type { Questions } from './questions.js';
import type { Subject } from './subject.js';

/** Something that AI-CRM has to think about: the sample task goes there, and how long it takes is measured. */
export interface TimedQuestion extends Pick<Subject, 'name' | 'subject' | 'intervalSeconds'> {
  readonly path: string;
  readonly operation: OperationName;
  readonly histogram: Definition;
  readonly last: Definition<'agent'> | Definition;
  /** Counts attempts by result, where they are counted. */
  readonly attempts?: Definition<'result'>;
  /** Throws a `DataFailure` for an answer that is none, otherwise says in words what was answered. */
  readonly understand: (value: unknown) => string;
}

/** A timed question as a subject: nobody but us waits for its answer, and it changes nothing in AI-CRM. */
export function timedQuestion(question: TimedQuestion, questions: Questions, operation: Operation): Subject {
  const { path, operation: _name, histogram, last, attempts, understand, ...subject } = question;
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

/** A refusal says nothing about how well the question is answered. */
function wasAttempted(failure: ProbeFailure): boolean {
  return (
    !(failure instanceof NotAsked) && !['auth', 'rate_limited', 'refused_target', 'internal'].includes(failure.reason)
  );
}
