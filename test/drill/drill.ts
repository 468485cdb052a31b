import { type AlertingStack, startAlertingStack } from '../support/alerting-stack.js';
import type { MonitoringPrograms } from '../support/versions.js';
import { type CompareOptions, type Comparison, compare, type TimedMessage } from './compare.js';
import { messages } from './heard.js';
import { expectations } from './model.js';
import { perform } from './perform.js';
import { type SequenceOptions, sequenceOf } from './sequence.js';
import type { Step } from './steps.js';

export interface DrillOptions extends SequenceOptions {
  readonly programs: MonitoringPrograms;
  /** The divisor of the shipped times. */
  readonly factor: number;
  /** The factor for the allowed times. */
  readonly patience?: number;
  /** The folder of Prometheus' data, for questions after the drill. */
  readonly storage?: string;
  readonly onStep?: (words: string) => void;
  /** Runs before the first step, so that the start of another drill costs this one no time. */
  readonly ready?: () => Promise<void>;
}

/** The steps, the notifications and the result of a drill. */
export interface DrillResult extends Comparison {
  /** All times count from here. */
  readonly begunMilliseconds: number;
  readonly steps: readonly Step[];
  readonly messages: readonly TimedMessage[];
  /** The number of begins and ends that each channel must get. */
  readonly mustTell: number;
}

/** A false notification comes at most so long after the last step. */
const restSeconds = 240;

/** Alertmanager stores its notifications every ten seconds. */
const writtenDownSeconds = 12;

/** The options of the comparison that follow from the sequence. */
export function comparing(steps: readonly Step[], patience: number): CompareOptions {
  const crashes = steps.filter(({ kind }) => kind === 'Alertmanager killed').map(({ fromSeconds }) => fromSeconds);
  return {
    patience,
    consoleGone: steps.filter((step) => 'crm' in step && step.crm === 0 && step.kind.startsWith('exporter')),
    forgotten: (toldAtSeconds) =>
      crashes.some((crash) => toldAtSeconds > crash - writtenDownSeconds && toldAtSeconds <= crash),
  };
}

/** Jobs with failed scrapes: the exporter was killed, or this machine is too slow for the shortened scrape timeout. */
async function unscraped({ prometheus }: AlertingStack): Promise<ReadonlySet<string>> {
  return new Set(
    (await prometheus.query('min by (job) (min_over_time(up[2h])) == 0')).map(({ metric }) => metric['job'] ?? ''),
  );
}

/** Runs a whole drill: starts everything, waits for all notifications, and stops everything. */
export async function drill({
  programs,
  factor,
  patience = 1,
  storage,
  onStep,
  ready,
  ...options
}: DrillOptions): Promise<DrillResult> {
  const stack = await startAlertingStack({
    factor,
    crms: options.crms,
    programs,
    ...(storage !== undefined && { storage }),
  });
  try {
    await ready?.();
    const { begunMilliseconds, steps } = await perform(stack, sequenceOf(options), {
      factor,
      restSeconds,
      ...(onStep && { onStep }),
    });
    const expected = expectations(steps, options.crms);
    const elapsedSeconds = (atMilliseconds: number) => ((atMilliseconds - begunMilliseconds) / 1000) * factor;
    for (;;) {
      const heard = messages(stack).map((message) => ({
        ...message,
        atSeconds: elapsedSeconds(message.atMilliseconds),
      }));
      const comparison = compare(expected, heard, { ...comparing(steps, patience), unscraped: await unscraped(stack) });
      // A missing notification may still come until its latest time.
      const isWaitedFor = comparison.mistakes.some(
        ({ kind, latestSeconds }) => kind === 'missed' && elapsedSeconds(Date.now()) < latestSeconds,
      );
      if (!isWaitedFor)
        return {
          ...comparison,
          begunMilliseconds,
          steps,
          messages: heard,
          mustTell: 2 * expected.filter(({ must }) => must).length,
        };
      await new Promise((resolve) => setTimeout(resolve, (restSeconds / 10 / factor) * 1000));
    }
  } finally {
    await stack.stop();
  }
}
