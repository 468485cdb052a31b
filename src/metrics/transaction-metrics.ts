import { failureReasons } from '../base/reason.js';
import { definitionsOf } from './definition.js';

const { counter, gauge, histogram, all } = definitionsOf('transaction');

export const transactionUp = gauge(
  'aicrm_transaction_up',
  'Whether every step of the last run of a transaction went as expected, 1 or 0.',
  ['transaction'],
);

export const transactionRuns = counter('aicrm_transaction_runs_total', 'Runs of a transaction.', ['transaction']);

export const transactionDiscountedRuns = counter(
  'aicrm_transaction_runs_discounted_total',
  'Runs of a transaction that got no answer in time and that no other metric counts, because this exporter was late.',
  ['transaction'],
);

export const transactionFailures = counter(
  'aicrm_transaction_failures_total',
  'Steps of a transaction that failed, by reason.',
  ['transaction', 'step', 'reason'],
  { values: { reason: failureReasons } },
);

export const transactionDuration = histogram(
  'aicrm_transaction_duration_seconds',
  'Time that all steps of a transaction took in seconds, without cleanup; only of successful runs.',
  ['transaction'],
  { buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60] },
);

export const transactionStepDuration = gauge(
  'aicrm_transaction_step_duration_seconds',
  'Time that a step took in the last run of a transaction in seconds, without waiting for its turn; absent when it was not reached or not answered.',
  ['transaction', 'step'],
);

export const transactionDependsOn = gauge(
  'aicrm_transaction_depends_on',
  'A component that a transaction needs: one at the host and port of a step, or one that such a component depends on; always 1.',
  ['transaction', 'depends_on'],
);

/** All metrics of this area, in the order of the exposition. */
export const transactionFamilies = all;
