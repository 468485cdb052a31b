import { randomBytes } from 'node:crypto';
import { type DataAnswer, type DataClient, DataFailure, NotAsked, Paced } from '../access/data-access.js';
import type { Clock } from '../base/clock.js';
import { turnPatienceSeconds, withDeadline } from '../base/deadline.js';
import { ProbeFailure } from '../base/reason.js';
import type { TransactionConfig, TransactionStep } from '../config/sections/transactions-section.js';
import { Cookies } from '../net/http-headers.js';
import { createBodyMatch, failed, judgeAnswer, judgeCode, type Verdict } from '../probes/verdict.js';
import { capture, fillStep, namesNeededBy } from './transaction-values.js';

/** How one step went. */
export interface StepResult {
  readonly name: string;
  readonly isCleanup: boolean;
  readonly verdict: Verdict;
  /** Without waiting for its turn if it was answered, with it otherwise: then nobody can tell. */
  readonly durationSeconds: number;
  readonly isAnswered: boolean;
  /** It was not sent, for a reason that says nothing about it: something else hangs, or the exporter keeps its limits. */
  readonly notAsked?: {
    /** What it told before is as good as it was. */ readonly isPaced: boolean;
    readonly notBeforeSeconds: number | undefined;
  };
}

/** What a transaction needs to run. */
export interface RunParts {
  readonly client: DataClient;
  readonly clock: Clock;
}

/** What goes from one step of a run to the next. */
interface Carried {
  readonly values: Map<string, string>;
  readonly cookies: Cookies;
}

/** All that cleanup gets when the exporter is stopping: the scheduler waits two seconds. */
const farewellSeconds = 1.5;

/** A transaction that can be run again and again; rejects with the reason of its signal when that was aborted, after cleanup. */
export type RunTransaction = (signal: AbortSignal) => Promise<readonly StepResult[]>;

/** Makes the function that runs a transaction: its steps until one fails, then its cleanup, whatever happened. */
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
        return resultOf(failed('timeout', `the steps before it took the ${timeoutSeconds} s that all may take`));
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
      // What was done otherwise than expected has to be undone as well. Of a refusal nothing is taken: it may name what is not ours.
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
          // What was never captured was never created either.
          if (!namesNeededBy(step).every((needed) => carried.values.has(needed))) continue;
          // An equal share of what is left, so that one that hangs leaves time for the others.
          const result = await runStep(step, true, carried, leftSeconds / (cleanup.length - index), until);
          results.push(result);
          leftSeconds -= result.durationSeconds;
        }
      },
    );
    signal.throwIfAborted();
    return results;
  };
}

/** The verdict on an answer that the data client does not hand out: 401, 403, 407 or 429, unless expected. */
function refusalOf(error: unknown, { http, usesLogin }: TransactionStep): Verdict | undefined {
  if (!(error instanceof DataFailure) || error instanceof NotAsked || error.statusCode === undefined) return undefined;
  const verdict = judgeCode(error.statusCode, http, { usesLogin });
  return verdict && { ...verdict, reason: error.reason, message: error.message };
}

function verdictOn(error: unknown, signal: AbortSignal): Verdict {
  // The time of the request itself is limited elsewhere: it was hardly sent, and that says nothing about the other side.
  if (signal.aborted) return failed('timeout', 'its turn did not come in time', 'unknown');
  if (error instanceof NotAsked && !error.stands) return failed(error.reason, error.message, 'unknown');
  if (error instanceof ProbeFailure) return failed(error.reason, error.message);
  // Whatever it says might quote a captured value.
  return failed('internal', `the exporter itself failed (${error instanceof Error ? error.name : typeof error})`);
}
