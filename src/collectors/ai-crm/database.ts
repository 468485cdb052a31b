import type { Level } from '../../level.js';
import { databaseResponse, databaseUp } from '../../metrics/families/business.js';
import { set } from '../../metrics/sample.js';
import { DataFailure } from '../../sources/data/data-client.js';
import type { ProbeFailure } from '../../sources/failure.js';
import type { MeasureReading } from '../reading.js';
import { recordOf } from './json-answer.js';
import type { Questions } from './questions.js';
import type { Subject } from './subject.js';

const path = '/auth/me';
const question = `GET ${path}`;
const measure = 'database';

/**
 * Whether AI-CRM reaches its database, by the cheapest question for which it has to: `/health` says that all is well
 * without looking. Only a 500 says that it does not; after a refusal, a timeout or a dead connection that is not known, for
 * the whole of AI-CRM may hang or be gone, and its component tells that.
 */
export function databaseSubject(questions: Questions, intervalSeconds: number): Subject {
  return {
    name: 'database',
    subject: 'database',
    intervalSeconds,
    requests: 1,
    async read(source, signal) {
      const { value, durationSeconds } = await questions.get(path, source, signal);
      if (typeof recordOf(value, question)['username'] !== 'string') throw new DataFailure('json', `${question}: username is missing or no text`);
      const message = `AI-CRM reached its database within ${Number(durationSeconds.toFixed(3))} s`;
      return {
        samples: [set(databaseUp, {}, 1), set(databaseResponse, {}, durationSeconds)],
        readings: [reading('healthy', message)],
        message,
        durationSeconds,
      };
    },
    onFailure: (failure) =>
      isCrash(failure)
        ? { samples: [set(databaseUp, {}, 0)], readings: [reading('critical', `AI-CRM cannot reach its database (${failure.message})`)] }
        : { samples: [], readings: [reading('unknown', `not known: ${failure.message}`)] },
  };
}

/** A login needs the database as well, so a 500 from there says the same. */
function isCrash(failure: ProbeFailure): boolean {
  return failure instanceof DataFailure && failure.statusCode === 500;
}

function reading(level: Level, message: string): MeasureReading {
  return { subject: 'measure', name: measure, level, message };
}
