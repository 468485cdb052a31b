import { randomBytes } from 'node:crypto';
import { type DataAnswer, type DataClient, DataFailure, NotAsked, Paced } from '../access/data-access.js';
import type { Clock } from '../base/clock.js';
import { turnPatienceSeconds, withDeadline } from '../base/deadline.js';
import { ProbeFailure } from '../base/reason.js';
import type { TransactionConfig, TransactionStep } from '../config/sections/transactions-section.js';
import { Cookies } from '../net/http-headers.js';
import { createBodyMatch, failed, judgeAnswer, judgeCode, type Verdict } from '../probes/verdict.js';
import { capture, fillStep, namesNeededBy } from './transaction-values.js';

/** The result of one step. */
export interface StepResult {
  readonly name: string;
  readonly isCleanup: boolean;
  readonly verdict: Verdict;
  /** Seconds, with waiting for its turn only if it was not answered, because then the parts are unknown. */
  readonly durationSeconds: number;
  readonly isAnswered: boolean;
  /** It was not sent, for a reason that says nothing about the step: something else hangs, or the exporter keeps its limits. */
  readonly notAsked?: {
    /** Earlier results stay valid. */
    readonly isPaced: boolean;
    readonly notBeforeSeconds: number | undefined;
  };
}

/** What a transaction needs to run. */
export interface RunParts {
  readonly client: DataClient;
  readonly clock: Clock;
}

/** State that is passed from one step of a run to the next. */
interface Carried {
  readonly values: Map<string, string>;
  readonly cookies: Cookies;
}

/** Time for cleanup when the exporter stops. The scheduler waits two seconds. */
const farewellSeconds = 1.5;

/** Runs a transaction once. Rejects with the reason of its signal when that was aborted, after cleanup. */
export type RunTransaction = (signal: AbortSignal) => Promise<readonly StepResult[]>;

/** Creates the function that runs a transaction: its steps until one fails, then always its cleanup. */
export function createRun(
  { name, steps, cleanup, timeoutSeconds }: TransactionConfig,
  { client, clock }: RunParts,
): RunTransaction {
  const matches = createBodyMatch();

  const runStep = async (
    step: TransactionStep,
    isCleanup: boolean,
    { values, cookies }: Carried,
    leftSeconds: number,
    signal: AbortSignal,
  ): Promise<StepResult> => {
    const startedAt = clock.monotonicSeconds();
    let answer: DataAnswer | undefined;
    const resultOf = (verdict: Verdict): StepResult => ({
      name: step.name,
      isCleanup,
      verdict,
      durationSeconds: answer?.durationSeconds ?? clock.monotonicSeconds() - startedAt,
      isAnswered: answer !== undefined,
    });
    try {
      if (leftSeconds <= 0)
        return resultOf(failed('timeout', `the steps before it took all of the ${timeoutSeconds} s`));
      const { usesLogin } = step;
      answer = await client.ask(
        {
          source: `transaction_${name}`,
          ...fillStep(step, values),
          timeoutSeconds: Math.min(step.timeoutSeconds, leftSeconds),
          usesLogin,
          isCleanup,
          cookies,
        },
        signal,
      );
      const verdict = judgeAnswer(answer, step.http, matches, { isHealthCheck: false });
      const isDone = verdict.up || (answer.statusCode >= 200 && answer.statusCode < 300);
      // An unexpected success must be undone too. A refusal gives no values, because it may name objects of others.
      const captured = isDone ? await capture(step.captures, answer) : { values: [], failure: null };
      for (const [captureName, value] of captured.values) values.set(captureName, value);
      return resultOf(verdict.up && captured.failure !== null ? verdictOn(captured.failure, signal) : verdict);
    } catch (error) {
      const result = resultOf(refusalOf(error, step) ?? verdictOn(error, signal));
      if (error instanceof NotAsked ? error.stands : !signal.aborted) return result;
      return {
        ...result,
        notAsked: {
          isPaced: error instanceof Paced,
          notBeforeSeconds: error instanceof NotAsked ? error.notBeforeSeconds : undefined,
        },
      };
    }
  };

  return async (signal) => {
    const carried: Carried = { values: new Map([['run_id', randomBytes(6).toString('hex')]]), cookies: new Cookies() };
    const results: StepResult[] = [];
    await withDeadline(clock, timeoutSeconds + turnPatienceSeconds, { signal, graceSeconds: 0 }, async (until) => {
      let leftSeconds = timeoutSeconds;
      for (const step of steps) {
        const result = await runStep(step, false, carried, leftSeconds, until);
        results.push(result);
        leftSeconds -= result.durationSeconds;
        if (!result.verdict.up) return;
      }
    });
    await withDeadline(
      clock,
      timeoutSeconds + turnPatienceSeconds,
      { signal, graceSeconds: farewellSeconds },
      async (until) => {
        let leftSeconds = signal.aborted ? farewellSeconds : timeoutSeconds;
        for (const [index, step] of cleanup.entries()) {
          // Without the captured value, the object does not exist.
          if (!namesNeededBy(step).every((needed) => carried.values.has(needed))) continue;
          // An equal share of the remaining time, so that a hanging step leaves time for the others.
          const result = await runStep(step, true, carried, leftSeconds / (cleanup.length - index), until);
          results.push(result);
          // Only requests use the time. A step that waited in vain for its turn says nothing about the others.
          if (result.notAsked === undefined) leftSeconds -= result.durationSeconds;
        }
      },
    );
    signal.throwIfAborted();
    return results;
  };
}

/** The verdict on an answer that the data client rejects: 401, 403, 407 or 429, unless expected. */
function refusalOf(error: unknown, { http, usesLogin }: TransactionStep): Verdict | undefined {
  if (!(error instanceof DataFailure) || error instanceof NotAsked || error.statusCode === undefined) return undefined;
  const verdict = judgeCode(error.statusCode, http, { usesLogin });
  return verdict && { ...verdict, reason: error.reason, message: error.message };
}

function verdictOn(error: unknown, signal: AbortSignal): Verdict {
  // The request itself has its own deadline. So it was probably not sent, which says nothing about the server.
  if (signal.aborted) return failed('timeout', 'it waited too long for other requests of the exporter', 'unknown');
  if (error instanceof NotAsked && !error.stands) return failed(error.reason, error.message, 'unknown');
  if (error instanceof ProbeFailure) return failed(error.reason, error.message);
  // The error message might quote a captured value.
  return failed('internal', `the exporter itself failed (${error instanceof Error ? error.name : typeof error})`);
}
