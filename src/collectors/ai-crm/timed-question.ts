import type { Threshold } from '../../config/config.js';
import { levelAgainst, type Level } from '../../level.js';
import { seriesOf, type Definition } from '../../metrics/definition.js';
import { addSeries, observeSeries, set, type Sample } from '../../metrics/sample.js';
import { DataFailure } from '../../sources/data/data-client.js';
import { NotAsked } from '../../sources/data/failure.js';
import type { ProbeFailure } from '../../sources/failure.js';
import type { MeasureReading } from '../reading.js';
import type { Questions } from './questions.js';
import type { Subject } from './subject.js';

/** Something that AI-CRM has to think about: the sample task goes there, and how long it takes is measured. */
export interface TimedQuestion extends Pick<Subject, 'name' | 'subject' | 'intervalSeconds'> {
  readonly path: string;
  /** The name of its `MeasureReading`. */
  readonly measure: string;
  readonly threshold: Threshold;
  readonly histogram: Definition;
  readonly last: Definition<'agent'> | Definition;
  /** Counts attempts by result, where they are counted. */
  readonly attempts?: Definition<'result'>;
  /** Throws a `DataFailure` for an answer that is none, otherwise says in words what was answered. */
  readonly understand: (value: unknown) => string;
}

/** A timed question as a subject: nobody but us waits for its answer, and it changes nothing in AI-CRM. */
export function timedQuestion(question: TimedQuestion, questions: Questions, timeoutSeconds: number): Subject {
  const { path, measure, threshold, histogram, last, attempts, understand, ...subject } = question;
  const reading = (level: Level, message: string): MeasureReading => ({ subject: 'measure', name: measure, level, message });
  const attempted = (success: 0 | 1, failure: 0 | 1): readonly Sample[] =>
    attempts === undefined ? [] : [addSeries(seriesOf(attempts, { result: 'success' }), success), addSeries(seriesOf(attempts, { result: 'failure' }), failure)];
  return {
    ...subject,
    requests: 1,
    async read(source, signal) {
      const { value, durationSeconds } = await questions.postSampleTask(path, source, signal);
      const answered = understand(value);
      const took = `${answered} in ${Number(durationSeconds.toFixed(3))} s`;
      return {
        samples: [...attempted(1, 0), observeSeries(seriesOf(histogram, {}), durationSeconds), set(last, {}, durationSeconds)],
        readings: [reading(levelAgainst(durationSeconds, threshold), `${took}; warning above ${threshold.warning} s, critical above ${threshold.critical} s`)],
        message: took,
        durationSeconds,
      };
    },
    onFailure: (failure) => ({
      samples: attempted(0, wasAttempted(failure) ? 1 : 0),
      readings: [reading(levelOfFailure(failure, timeoutSeconds, threshold), failure.message)],
    }),
  };
}

/** A refusal says nothing about how well the question is answered. */
function wasAttempted(failure: ProbeFailure): boolean {
  return !(failure instanceof NotAsked) && !['auth', 'rate_limited', 'refused_target', 'internal'].includes(failure.reason);
}

/** No answer within the deadline is at least that slow, and a crash is worse; everything else says that we could not look. */
function levelOfFailure(failure: ProbeFailure, timeoutSeconds: number, threshold: Threshold): Level {
  if (failure instanceof NotAsked) return 'unknown';
  if (failure.reason === 'timeout') return levelAgainst(timeoutSeconds, threshold) === 'healthy' ? 'unknown' : levelAgainst(timeoutSeconds, threshold);
  return failure instanceof DataFailure && failure.statusCode === 500 ? 'critical' : 'unknown';
}
