import { DataFailure, NotAsked } from '../access/data-access.js';
import { NotLoggedIn } from '../access/session.js';
import type { Level } from '../base/level.js';
import type { ProbeFailure } from '../base/reason.js';
import type { MeasureReading } from '../collector.js';
import { databaseResponse, databaseUp } from '../metrics/business-metrics.js';
import { set } from '../metrics/definition.js';
import { recordOf } from './json-answer.js';
import type { Crashes } from './operation.js';
import type { Questions } from './questions.js';
import type { Subject } from './subject.js';

const path = '/auth/me';
const question = `GET ${path}`;
const measure = 'database';

/** One error may be accidental. This many in a row are not. */
const provenCrashes = 2;

/**
 * Whether AI-CRM reaches its database, with the cheapest request that needs it: `/health` reports success without a
 * check. Only a 500 means that it does not. After a refusal, a timeout or a lost connection this is unknown, because
 * all of AI-CRM may hang or be down; its component reports that. After a first 500 the next request follows soon, and
 * until then the state is unknown too.
 */
export function databaseSubject(
  questions: Questions,
  {
    intervalSeconds,
    retryIntervalSeconds,
    crashes,
  }: { readonly intervalSeconds: number; readonly retryIntervalSeconds: number; readonly crashes: Crashes },
): Subject {
  return {
    name: 'database',
    subject: 'database',
    intervalSeconds,
    requests: 1,
    async read(source, signal) {
      const { value, durationSeconds } = await questions.get(path, source, signal);
      crashes.count = 0;
      if (typeof recordOf(value, question)['username'] !== 'string')
        throw new DataFailure('json', `${question}: username is missing or not text`);
      const message = `AI-CRM reached its database within ${Number(durationSeconds.toFixed(3))} s`;
      return {
        samples: [set(databaseUp, {}, 1), set(databaseResponse, {}, durationSeconds)],
        readings: [reading('healthy', message)],
        message,
        durationSeconds,
      };
    },
    onFailure: (failure) => {
      const isAsked = isNewCrash(failure, crashes);
      if (isAsked) crashes.count += 1;
      if (!isCrash(failure) || crashes.count === 0)
        return { samples: [], readings: [reading('unknown', `not known: ${failure.message}`)] };
      if (crashes.count >= provenCrashes)
        return {
          samples: [set(databaseUp, {}, 0)],
          readings: [reading('critical', `AI-CRM cannot reach its database (${failure.message})`)],
        };
      return {
        samples: [],
        readings: [
          reading('warning', `AI-CRM may have lost its database; the next query will show it (${failure.message})`),
        ],
        ...(isAsked && { againInSeconds: Math.min(intervalSeconds, retryIntervalSeconds) }),
      };
    },
  };
}

/** A login needs the database too, so a 500 to a login means the same. */
function isCrash(failure: ProbeFailure): failure is DataFailure {
  return failure instanceof DataFailure && failure.statusCode === 500;
}

/** While a source or a login pauses, its last failure is repeated without a request. That is no new evidence. */
function isNewCrash(failure: ProbeFailure, crashes: Crashes): boolean {
  if (!isCrash(failure)) return false;
  if (!(failure instanceof NotLoggedIn)) return !(failure instanceof NotAsked);
  const isNew = failure.notBeforeSeconds !== crashes.loginAgainAtSeconds;
  crashes.loginAgainAtSeconds = failure.notBeforeSeconds;
  return isNew;
}

function reading(level: Level, message: string): MeasureReading {
  return { subject: 'measure', name: measure, level, message };
}
