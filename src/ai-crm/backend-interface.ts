import { DataFailure, NotAsked } from '../access/data-access.js';
import type { Clock } from '../base/clock.js';
import { isRecord } from '../base/json.js';
import type { Log } from '../base/log.js';
import { type FailureReason, ProbeFailure } from '../base/reason.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import type { BackendInterface, RememberedAiCrm } from './operation.js';
import type { Questions } from './questions.js';
import { SharedAnswer } from './shared-answer.js';

/** Pause after a request without a clear answer. */
const askAgainSeconds = 60;
/** A missing documented interface is checked again after this time: a proxy may have answered while AI-CRM was down. */
const absenceSeconds = 600;
/** Only the documented interface has this path. */
const telltalePath = '/agents/metrics';
const source = 'ai_crm';
/** Failures that suggest a wrong address. */
const pointsElsewhere: ReadonlySet<FailureReason> = new Set(['dns', 'connect', 'tls', 'redirect', 'json']);

/**
 * Returns which interface AI-CRM has: the configured one, or the result of one request, repeated every ten minutes for
 * the real one. Rejects with a `DataFailure` until there was a clear answer.
 */
export function backendInterface(
  aiCrm: AiCrmConfig,
  parts: {
    readonly questions: Questions;
    readonly remembered: RememberedAiCrm;
    readonly clock: Clock;
    readonly log: Log;
  },
): (signal: AbortSignal) => Promise<BackendInterface> {
  const { api } = aiCrm;
  if (api !== 'auto') return async () => api;
  const { questions, remembered, clock, log } = parts;
  const asked = new SharedAnswer(
    async (signal) => {
      const before = remembered.api?.found;
      const found = await findOut(questions, signal);
      remembered.api = { found, atSeconds: clock.monotonicSeconds() };
      if (found !== before) log.info('detected the interface of AI-CRM', { api: found });
      return found;
    },
    clock,
    { answerSeconds: absenceSeconds, failureSeconds: askAgainSeconds },
  );
  return async (signal) => {
    const { api: known } = remembered;
    if (known === undefined) return asked.get(signal);
    if (known.found === 'documented' || clock.monotonicSeconds() - known.atSeconds < absenceSeconds) return known.found;
    // Without a clear answer the last result stays.
    return asked.get(signal).catch((error: unknown) => {
      if (error instanceof ProbeFailure) return known.found;
      throw error;
    });
  };
}

async function findOut(questions: Questions, signal: AbortSignal): Promise<BackendInterface> {
  try {
    const { value } = await questions.getAnonymously(telltalePath, source, signal);
    if (isRecord(value)) return 'documented';
    throw new DataFailure('json', `GET ${telltalePath}: the JSON is not an object`);
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    if (error instanceof DataFailure && error.statusCode === 404) return 'real';
    if (error instanceof NotAsked) throw error;
    // Without its status code, because that belongs to this request, not to those of the subjects.
    const advice = pointsElsewhere.has(error.reason) ? 'check ai_crm.url' : 'to skip this detection, set ai_crm.api';
    throw new DataFailure(error.reason, `the interface of AI-CRM is not detected yet: ${error.message}; ${advice}`, {
      cause: error,
    });
  }
}
