import type { TransactionConfig } from '../../config/transaction.js';
import { worstLevel } from '../../level.js';
import { reasonWords } from '../../reason.js';
import type { Collected, Collector } from '../collector.js';
import type { TransactionReading } from '../reading.js';
import { turnPatienceSeconds } from './deadline.js';
import type { RunParts, RunTransaction, StepResult } from './run.js';
import { samplesOf, zeroFill } from './samples.js';

/** For coming to an end. */
const reserveSeconds = 2;

/**
 * Tries one transaction again and again. What fails is a reading, a deadline included: the scheduler's lies beyond those of
 * steps and cleanup. When it is called off it cleans up, as far as a stop has patience, and throws the reason of its signal.
 */
export function transactionCollector(transaction: TransactionConfig, parts: RunParts): Collector {
  let running: Promise<RunTransaction> | undefined;
  let isFirst = true;
  return {
    name: `transaction:${transaction.name}`,
    intervalSeconds: transaction.intervalSeconds,
    timeoutSeconds: 2 * (transaction.timeoutSeconds + turnPatienceSeconds) + reserveSeconds,
    asks: { label: 'transaction', name: transaction.name, places: [...transaction.steps, ...transaction.cleanup].map(({ url }) => url) },
    async collect(signal): Promise<Collected> {
      running ??= import('./run.js').then(({ createRun }) => createRun(transaction, parts));
      const run = await running;
      const results = await run(signal);
      const reading = readingOf(transaction.name, results);
      const samples = [...(isFirst ? zeroFill(transaction) : []), ...samplesOf(reading, results)];
      isFirst = false;
      return { samples, readings: [reading] };
    },
  };
}

function readingOf(name: string, results: readonly StepResult[]): TransactionReading {
  const steps = results.filter(({ isCleanup }) => !isCleanup);
  const durationSeconds = steps.reduce((sum, step) => sum + step.durationSeconds, 0);
  const firstFailed = results.find(({ verdict }) => !verdict.up);
  // The first failure is the one that counts; those of cleanup follow it.
  const remarks = results.filter(({ verdict }) => verdict.level !== 'healthy').map(remarkOn);
  return {
    subject: 'transaction',
    name,
    level: worstLevel(results.map(({ verdict }) => verdict.level)),
    up: firstFailed === undefined,
    reason: firstFailed?.verdict.reason ?? null,
    failedStep: firstFailed?.name ?? null,
    message: remarks.length > 0 ? remarks.join('; ') : `${steps.length} ${steps.length === 1 ? 'step' : 'steps'} in ${durationSeconds.toFixed(2)} s`,
    durationSeconds,
    steps: results.map(({ name: step, durationSeconds: seconds, verdict }) => ({ name: step, durationSeconds: seconds, reason: verdict.reason })),
  };
}

function remarkOn({ name, verdict: { up, message, reason } }: StepResult): string {
  return up ? `step ${name}: ${message}` : `step ${name} failed: ${message}${reason === null ? '' : ` (${reasonWords[reason]})`}`;
}
