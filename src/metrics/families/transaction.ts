import { failureReasons } from '../../reason.js';
import type { Definition } from '../definition.js';

const room = 'transaction';

/** Whether a synthetic workflow went through. */
export const transactionUp: Definition<'transaction'> = {
  name: 'aicrm_transaction_up',
  type: 'gauge',
  room,
  help: 'Whether every step of the last run of a transaction went as expected, 1 or 0.',
  labels: ['transaction'],
};

/** How often it was tried. */
export const transactionRuns: Definition<'transaction'> = {
  name: 'aicrm_transaction_runs_total',
  type: 'counter',
  room,
  help: 'Runs of a transaction.',
  labels: ['transaction'],
};

/** Runs that say nothing about the transaction. */
export const transactionDiscountedRuns: Definition<'transaction'> = {
  name: 'aicrm_transaction_runs_discounted_total',
  type: 'counter',
  room,
  help: 'Runs of a transaction that got no answer in time and are counted nowhere else, because this exporter was late itself.',
  labels: ['transaction'],
};

/** Which step failed, and why. */
export const transactionFailures: Definition<'transaction' | 'step' | 'reason'> = {
  name: 'aicrm_transaction_failures_total',
  type: 'counter',
  room,
  help: 'Steps of a transaction that failed, by reason.',
  labels: ['transaction', 'step', 'reason'],
  values: { reason: failureReasons },
};

/** How long the whole takes. */
export const transactionDuration: Definition<'transaction'> = {
  name: 'aicrm_transaction_duration_seconds',
  type: 'histogram',
  room,
  help: 'Time that the steps of a transaction took together in seconds, without cleanup; only of runs that went through.',
  labels: ['transaction'],
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60],
};

/** How long each part took. */
export const transactionStepDuration: Definition<'transaction' | 'step'> = {
  name: 'aicrm_transaction_step_duration_seconds',
  type: 'gauge',
  room,
  help: 'Time that a step took in the last run of a transaction in seconds, without waiting for its turn; absent when it was not reached or not answered.',
  labels: ['transaction', 'step'],
};

/** What it needs. */
export const transactionDependsOn: Definition<'transaction' | 'depends_on'> = {
  name: 'aicrm_transaction_depends_on',
  type: 'gauge',
  room,
  help: 'A component without which a transaction cannot go through: one at the host and port that a step asks, or one that such a component depends on; always 1.',
  labels: ['transaction', 'depends_on'],
};

/** The families of this room, in the order of the exposition. */
export const transactionFamilies: readonly Definition[] = [
  transactionUp,
  transactionRuns,
  transactionDiscountedRuns,
  transactionFailures,
  transactionDuration,
  transactionStepDuration,
  transactionDependsOn,
];
