import type { TransactionConfig } from '../../config/transaction.js';
import { seriesOf } from '../../metrics/definition.js';
import {
  transactionDiscountedRuns,
  transactionDuration,
  transactionFailures,
  transactionRuns,
  transactionStepDuration,
  transactionUp,
} from '../../metrics/families/transaction.js';
import { addSeries, observeSeries, type Sample, set } from '../../metrics/sample.js';
import { failureReasons } from '../../reason.js';
import type { TransactionReading } from '../reading.js';
import type { StepResult } from './run.js';

/** The failures and discounted runs that are visible before the first one: every step with every reason, at 0. */
export function zeroFill({ name, steps, cleanup }: TransactionConfig): readonly Sample[] {
  return [
    addSeries(seriesOf(transactionDiscountedRuns, { transaction: name }), 0),
    ...[...steps, ...cleanup].flatMap((step) =>
      failureReasons.map((reason) =>
        addSeries(seriesOf(transactionFailures, { transaction: name, step: step.name, reason }), 0),
      ),
    ),
  ];
}

/** What a run adds that is not counted. */
export function discountedSamples(transaction: string): readonly Sample[] {
  return [addSeries(seriesOf(transactionDiscountedRuns, { transaction }), 1)];
}

/** What one run adds to the metrics. */
export function samplesOf(
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
