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

/** What the collectors of the real backend share. */
interface SubjectParts {
  readonly aiCrm: AiCrmConfig;
  readonly questions: Questions;
  readonly interfaceOf: (signal: AbortSignal) => Promise<BackendInterface>;
  readonly rights: AccountRights;
  readonly clock: Clock;
}

/** One collector of the real backend. */
export interface Subject {
  /** After `ai_crm:` in the label `collector`, after `ai_crm_` in the label `source`. */
  readonly name: Tracked;
  /** Which entry of `collect` it belongs to. */
  readonly subject: AiCrmSubject;
  readonly intervalSeconds: number;
  /** How many requests a run sends at most. */
  readonly requests: number;
  /** Reads it once, under this name as its source. */
  readonly read: (source: string, signal: AbortSignal) => Promise<SourceResult>;
  /** What a failure itself tells. */
  readonly onFailure?: (failure: ProbeFailure) => Pick<Collected, 'samples' | 'readings' | 'againInSeconds'>;
}

/** After a 403 the same question waits this long: rights do not change by asking. */
const refusedSeconds = 3600;

/** Requests of others that may be in line before ours, each with its whole deadline: one at a time is the rule. */
const requestsInLine = 8;

/**
 * The collector of a subject. It measures only where AI-CRM has its real interface and the account may read the subject;
 * both are found out while it runs, because they can change and collectors cannot.
 */
export function subjectCollector(
  { name, subject, intervalSeconds, requests, read, onFailure }: Subject,
  parts: SubjectParts,
): Collector {
  const { aiCrm, interfaceOf, rights, clock } = parts;
  const source = `ai_crm_${name}`;
  let refusedUntilSeconds = Number.NEGATIVE_INFINITY;
  let refusal: Collected | undefined;

  const readIfPossible = async (signal: AbortSignal): Promise<SourceResult | SourceOff> => {
    if ((await interfaceOf(signal).catch(asNotAsked)) === 'documented') return { off: null };
    const why = await rights.whyNot(subject, signal).catch(asNotAsked);
    if (why === undefined) return read(source, signal).catch(withPatience);
    if (aiCrm.collect === undefined) return { off: `not collected: ${why}` };
    throw new DataFailure('auth', `${why}; leave ${subject} out of ai_crm.collect, or log in as somebody else`);
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
      // The same finding again, without anything that counts what was tried.
      if (refusal !== undefined && clock.monotonicSeconds() < refusedUntilSeconds) return refusal;
      const collected = await collector.collect(signal);
      const isRefused = clock.monotonicSeconds() < refusedUntilSeconds;
      refusal = isRefused
        ? { ...collected, samples: collected.samples.filter(({ operation }) => operation === 'set') }
        : undefined;
      return collected;
    },
  };
}

/** What comes before the question itself says nothing about the answer to it. */
function asNotAsked(error: unknown): never {
  if (error instanceof NotLoggedIn || error instanceof LoginRefused) throw error;
  throw error instanceof ProbeFailure ? new NotAsked(error.reason, error.message) : error;
}

/** A refusal of the question itself, as opposed to that of a login. */
function isRefusal(error: unknown): error is DataFailure {
  return error instanceof DataFailure && !(error instanceof NotAsked) && error.statusCode === 403;
}

/** Says of a 403 what follows from it. */
function withPatience(error: unknown): never {
  if (!isRefusal(error)) throw error;
  throw new DataFailure(error.reason, `${error.message}; the next attempt is an hour later`, {
    cause: error,
    statusCode: 403,
  });
}
