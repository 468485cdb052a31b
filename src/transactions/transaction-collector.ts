import { turnPatienceSeconds } from '../base/deadline.js';
import type { Lateness, LostTime } from '../base/lateness.js';
import { worstLevel } from '../base/level.js';
import { failureReasons } from '../base/reason.js';
import type { Collected, Collector, TransactionReading } from '../collector.js';
import type { TransactionConfig } from '../config/sections/transactions-section.js';
import { addSeries, observeSeries, type Sample, seriesOf, set } from '../metrics/definition.js';
import {
  transactionDiscountedRuns,
  transactionDuration,
  transactionFailures,
  transactionRuns,
  transactionStepDuration,
  transactionUp,
} from '../metrics/transaction-metrics.js';
import type { RunParts, RunTransaction, StepResult } from './transaction-run.js';

/** The counters that exist at 0 before the first failure or discounted run: one per step and reason. */
function transactionZeroes({ name, steps, cleanup }: TransactionConfig): readonly Sample[] {
  return [
    addSeries(seriesOf(transactionDiscountedRuns, { transaction: name }), 0),
    ...[...steps, ...cleanup].flatMap((step) =>
      failureReasons.map((reason) =>
        addSeries(seriesOf(transactionFailures, { transaction: name, step: step.name, reason }), 0),
      ),
    ),
  ];
}

function discountedSamples(transaction: string): readonly Sample[] {
  return [addSeries(seriesOf(transactionDiscountedRuns, { transaction }), 1)];
}

/** The samples of one run. */
function transactionSamples(
  { name: transaction, up, durationSeconds }: TransactionReading,
  results: readonly StepResult[],
): readonly Sample[] {
  const samples = [
    set(transactionUp, { transaction }, up ? 1 : 0),
    addSeries(seriesOf(transactionRuns, { transaction }), 1),
  ];
  const wentThrough = results.every(({ isCleanup, verdict }) => isCleanup || verdict.up);
  if (wentThrough) samples.push(observeSeries(seriesOf(transactionDuration, { transaction }), durationSeconds));
  for (const { name: step, isAnswered, durationSeconds: seconds, verdict } of results) {
    if (isAnswered) samples.push(set(transactionStepDuration, { transaction, step }, seconds));
    if (verdict.reason !== null)
      samples.push(addSeries(seriesOf(transactionFailures, { transaction, step, reason: verdict.reason }), 1));
  }
  return samples;
}

/** Time to finish. */
const reserveSeconds = 2;
/** The next run after one that was not sent is soon, so that old results do not hide an outage. */
const soonSeconds = 15;

interface TransactionParts extends RunParts {
  /** Absent when every run counts, even from a late exporter. */
  readonly lateness?: Lateness;
}

/**
 * Runs one transaction repeatedly. A failure is a reading, also a deadline: the scheduler's deadline is later than
 * those of steps and cleanup. A run that was not sent is UNKNOWN, and repeated soon. A run that may have timed out
 * because this exporter was late is not counted, and repeated soon. When it is cancelled it cleans up, for a limited
 * time, and throws the reason of its signal.
 */
export function transactionCollector(transaction: TransactionConfig, parts: TransactionParts): Collector {
  let running: Promise<RunTransaction> | undefined;
  let isFirst = true;
  const zeroes = () => {
    if (!isFirst) return [];
    isFirst = false;
    return transactionZeroes(transaction);
  };
  /** Whether the last run was sent, so that a postponed run can keep its results. */
  let isKnown = false;
  const againIn = (notBeforeSeconds = 0) => Math.max(soonSeconds, notBeforeSeconds - parts.clock.monotonicSeconds());
  return {
    name: `transaction:${transaction.name}`,
    intervalSeconds: transaction.intervalSeconds,
    timeoutSeconds: 2 * (transaction.timeoutSeconds + turnPatienceSeconds) + reserveSeconds,
    asks: {
      label: 'transaction',
      name: transaction.name,
      places: [...transaction.steps, ...transaction.cleanup].map(({ url }) => url),
    },
    async collect(signal): Promise<Collected> {
      running ??= import('./transaction-run.js').then(({ createRun }) => createRun(transaction, parts));
      const run = await running;
      const watch = parts.lateness?.watch();
      const results = await run(signal).finally(() => watch?.end());
      if (watch !== undefined && isDoubtful(results, transaction, watch.lost)) {
        const samples = [...zeroes(), ...discountedSamples(transaction.name)];
        return { samples, isPostponed: true, againInSeconds: soonSeconds };
      }
      const reading = readingOf(transaction.name, results);
      const notAsked = results.find(({ isCleanup, ...step }) => !isCleanup && step.notAsked !== undefined)?.notAsked;
      if (notAsked?.isPaced === true && isKnown)
        return { samples: [], isPostponed: true, againInSeconds: againIn(notAsked.notBeforeSeconds) };
      const samples = [...zeroes(), ...(notAsked === undefined ? transactionSamples(reading, results) : [])];
      isKnown = notAsked === undefined;
      return {
        samples,
        readings: [reading],
        ...(notAsked === undefined ? {} : { againInSeconds: againIn(notAsked.notBeforeSeconds) }),
      };
    },
  };
}

function readingOf(name: string, results: readonly StepResult[]): TransactionReading {
  const steps = results.filter(({ isCleanup }) => !isCleanup);
  const durationSeconds = steps.reduce((sum, step) => sum + step.durationSeconds, 0);
  const firstFailed = results.find(({ verdict }) => !verdict.up);
  // The first failure counts. Those of cleanup follow from it.
  const remarks = results.filter(({ verdict }) => verdict.level !== 'healthy').map(remarkOn);
  return {
    subject: 'transaction',
    name,
    level: worstLevel(results.map(({ verdict }) => verdict.level)),
    up: firstFailed === undefined,
    reason: firstFailed?.verdict.reason ?? null,
    failedStep: firstFailed?.name ?? null,
    message:
      remarks.length > 0
        ? remarks.join('; ')
        : `${steps.length} ${steps.length === 1 ? 'step' : 'steps'} in ${durationSeconds.toFixed(2)} s`,
    durationSeconds,
    steps: results.map(({ name: step, durationSeconds: seconds, verdict }) => ({
      name: step,
      durationSeconds: seconds,
      reason: verdict.reason,
    })),
  };
}

/**
 * Whether a healthy transaction may have had too little time, without the time that this exporter lost: neither the step that timed out
 * nor all steps together had half of their timeout.
 */
function isDoubtful(
  results: readonly StepResult[],
  { steps, cleanup, timeoutSeconds }: TransactionConfig,
  { totalSeconds: lostSeconds }: LostTime,
): boolean {
  const failed = results.find(({ verdict }) => !verdict.up);
  if (lostSeconds === 0 || failed?.verdict.reason !== 'timeout') return false;
  const step = [...steps, ...cleanup].find(({ name }) => name === failed.name);
  const allSeconds = results.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  const hadTooLittle = (seconds: number, ofSeconds: number) => seconds - lostSeconds < ofSeconds / 2;
  return (
    hadTooLittle(failed.durationSeconds, step?.timeoutSeconds ?? timeoutSeconds) &&
    hadTooLittle(allSeconds, timeoutSeconds)
  );
}

function remarkOn({ name, notAsked, verdict: { up, message } }: StepResult): string {
  return `step ${name}${up || notAsked !== undefined ? '' : ' failed'}: ${message}`;
}
