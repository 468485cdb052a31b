import { type AlertingStack, startAlertingStack } from '../support/alerting-stack.js';
import type { MonitoringPrograms } from '../support/versions.js';
import { type CompareOptions, type Comparison, compare, type TimedMessage } from './compare.js';
import { messages } from './heard.js';
import { expectations } from './model.js';
import { perform } from './perform.js';
import { type SequenceOptions, sequenceOf } from './sequence.js';
import type { Step } from './steps.js';

/** How a drill is run. */
export interface DrillOptions extends SequenceOptions {
  readonly programs: MonitoringPrograms;
  /** By what the shipped times are divided. */
  readonly factor: number;
  /** By what the time that something may take is multiplied. */
  readonly patience?: number;
  /** Where Prometheus keeps what it has seen, for those who ask afterwards why it said something. */
  readonly storage?: string;
  readonly onStep?: (words: string) => void;
  /** Waited for before the first step, so that what is started for another drill takes no time of this one. */
  readonly ready?: () => Promise<void>;
}

/** What a drill has done, and what it has shown. */
export interface DrillResult extends Comparison {
  /** The zero of all its times. */
  readonly begunMilliseconds: number;
  readonly steps: readonly Step[];
  readonly messages: readonly TimedMessage[];
  /** How many beginnings and ends each channel must be told. */
  readonly mustTell: number;
}

/** For what nobody expects: it would come within that time of the last step. */
const restSeconds = 240;

/** Alertmanager writes down every ten seconds what it has told. */
const writtenDownSeconds = 12;

/** What a comparison has to know of the sequence. */
export function comparing(steps: readonly Step[], patience: number): CompareOptions {
  const crashes = steps.filter(({ kind }) => kind === 'Alertmanager killed').map(({ fromSeconds }) => fromSeconds);
  return {
    patience,
    consoleGone: steps.filter((step) => 'crm' in step && step.crm === 0 && step.kind.startsWith('exporter')),
    forgotten: (toldAtSeconds) =>
      crashes.some((crash) => toldAtSeconds > crash - writtenDownSeconds && toldAtSeconds <= crash),
  };
}

/** Jobs whose exporter did not answer each scrape: it was killed, or this machine is too busy for the shortened time of a scrape. */
async function unscraped({ prometheus }: AlertingStack): Promise<ReadonlySet<string>> {
  return new Set(
    (await prometheus.query('min by (job) (min_over_time(up[2h])) == 0')).map(({ metric }) => metric['job'] ?? ''),
  );
}

/** Runs a whole drill: everything is started, everything is stopped, and every channel has said what it has to say. */
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
      // What has not been told yet may still be, as long as it would not be late.
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
