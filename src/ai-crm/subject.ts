import { DataFailure, NotAsked } from '../access/data-access.js';
import { LoginRefused, NotLoggedIn } from '../access/session.js';
import type { Clock } from '../base/clock.js';
import { ProbeFailure } from '../base/reason.js';
import type { Collected, Collector } from '../collector.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import type { AiCrmSubject, Tracked } from '../config/sections/tracking-section.js';
import { type SourceOff, type SourceResult, sourceCollector } from '../sources/source-collector.js';
import type { BackendInterface } from './operation.js';
import type { Questions } from './questions.js';
import type { AccountRights } from './shared-answer.js';

/** What all collectors of the real backend share. */
interface SubjectParts {
  readonly aiCrm: AiCrmConfig;
  readonly questions: Questions;
  readonly interfaceOf: (signal: AbortSignal) => Promise<BackendInterface>;
  readonly rights: AccountRights;
  readonly clock: Clock;
}

/** One collector of the real backend. */
export interface Subject {
  /** Follows `ai_crm:` in the label `collector`, and `ai_crm_` in the label `source`. */
  readonly name: Tracked;
  /** Its entry in `collect`. */
  readonly subject: AiCrmSubject;
  readonly intervalSeconds: number;
  /** Maximum number of requests in a run. */
  readonly requests: number;
  /** Reads it once, with this name as its source. */
  readonly read: (source: string, signal: AbortSignal) => Promise<SourceResult>;
  /** Samples and readings of a failure. */
  readonly onFailure?: (failure: ProbeFailure) => Pick<Collected, 'samples' | 'readings' | 'againInSeconds'>;
}

/** Pause after a 403: a new request does not change rights. */
const refusedSeconds = 3600;

/** Requests of others that may come first, each with its full timeout, because only one is sent at a time. */
const requestsInLine = 8;

/**
 * The collector of a subject. It measures only if AI-CRM has its real interface and the account may read the subject.
 * Both are checked in each run, because they can change, but the set of collectors cannot.
 */
export function subjectCollector(
  { name, subject, intervalSeconds, requests, read, onFailure }: Subject,
  parts: SubjectParts,
): Collector {
  const { aiCrm, interfaceOf, rights, clock } = parts;
  const source = `ai_crm_${name}`;
  let refusedUntilSeconds = Number.NEGATIVE_INFINITY;
  let last: Collected | undefined;

  const readIfPossible = async (signal: AbortSignal): Promise<SourceResult | SourceOff> => {
    if ((await interfaceOf(signal).catch(asNotAsked)) === 'documented') return { off: null };
    const why = await rights.whyNot(subject, signal).catch(asNotAsked);
    if (why === undefined) return read(source, signal).catch(withPatience);
    if (aiCrm.collect === undefined) return { off: `not collected: ${why}` };
    throw new DataFailure('auth', `${why}; remove ${subject} from ai_crm.collect, or use another account`);
  };
  const failed = (failure: ProbeFailure): Pick<Collected, 'samples' | 'readings' | 'againInSeconds'> => {
    if (isRefusal(failure)) refusedUntilSeconds = clock.monotonicSeconds() + refusedSeconds;
    return onFailure?.(failure) ?? { samples: [] };
  };
  const timeoutSeconds = (requests + requestsInLine) * aiCrm.timeoutSeconds;
  const collector = sourceCollector(
    { name: `ai_crm:${name}`, source, intervalSeconds, timeoutSeconds, place: aiCrm.url },
    readIfPossible,
    failed,
  );
  return {
    ...collector,
    async collect(signal) {
      // Repeats the refusal, without counters.
      if (last !== undefined && clock.monotonicSeconds() < refusedUntilSeconds)
        return { ...last, samples: last.samples.filter(({ operation }) => operation === 'set') };
      last = await collector.collect(signal);
      return last;
    },
  };
}

/** A failure before the request itself says nothing about its answer. */
function asNotAsked(error: unknown): never {
  if (error instanceof NotLoggedIn || error instanceof LoginRefused) throw error;
  throw error instanceof ProbeFailure ? new NotAsked(error.reason, error.message) : error;
}

/** A refusal of the request itself, not of the login. */
function isRefusal(error: unknown): error is DataFailure {
  return error instanceof DataFailure && !(error instanceof NotAsked) && error.statusCode === 403;
}

/** Adds to a 403 when the next attempt follows. */
function withPatience(error: unknown): never {
  if (!isRefusal(error)) throw error;
  throw new DataFailure(error.reason, `${error.message}; next attempt in an hour`, {
    cause: error,
    statusCode: 403,
  });
}
