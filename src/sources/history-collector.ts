import type { Clock } from '../base/clock.js';
import { ProbeFailure } from '../base/reason.js';
import type { Collector } from '../collector.js';
import type { ProgramConfig } from '../config/sections/programs-section.js';
import { sourceUp } from '../metrics/source-metrics.js';
import { askProgram } from '../net/ask-program.js';
import type { HttpProber } from '../net/http-client.js';
import { readRange } from '../net/range-answer.js';
import { sourceCollector } from './source-collector.js';

/** A period that is shown as a bar of slots. */
export interface Period {
  readonly slotSeconds: number;
  readonly slots: number;
}

/** What is shown: a day by half hours, and thirty days by days of UTC. */
export const periods = {
  day: { slotSeconds: 1800, slots: 48 },
  month: { slotSeconds: 86_400, slots: 30 },
} as const satisfies Readonly<Record<string, Period>>;
/** See `periods`. */
export type PeriodName = keyof typeof periods;

/** What Prometheus answered: by component and period, the share by the beginning of its slot. */
export type RememberedHistory = Readonly<Record<PeriodName, ReadonlyMap<string, ReadonlyMap<number, number>>>>;

/** What asks Prometheus, and where its answer goes. */
interface HistoryParts {
  readonly prometheus: ProgramConfig;
  readonly prober: HttpProber;
  readonly clock: Clock;
  /** Undefined where Prometheus does not answer. */
  readonly onHistory: (history: RememberedHistory | undefined) => void;
}

/** What the rules record of each component every five minutes: the share of the time in which it was available. */
const recorded = 'job_component:aicrm_component_availability:avg5m';

/** Asks Prometheus how available components were, as the source `prometheus`. */
export function historyCollector({ prometheus, prober, clock, onHistory }: HistoryParts): Collector {
  const { url, job, intervalSeconds, timeoutSeconds } = prometheus;
  const options = {
    name: 'history',
    source: 'prometheus',
    intervalSeconds,
    timeoutSeconds: 2 * timeoutSeconds + 1,
    place: url,
  };
  const ask = async (period: PeriodName, signal: AbortSignal) => {
    const { slotSeconds, slots } = periods[period];
    // A point stands for the slot that ends with it; the one that is not over yet for what there is of it.
    const endSeconds = (Math.floor(clock.nowSeconds() / slotSeconds) + 1) * slotSeconds;
    const matcher = job === undefined ? '' : `{job=${JSON.stringify(job)}}`;
    const parameters = new URLSearchParams({
      query: `avg by (component) (avg_over_time(${recorded}${matcher}[${slotSeconds - 1}s]))`,
      start: String(endSeconds - (slots - 1) * slotSeconds),
      end: String(endSeconds),
      step: String(slotSeconds),
    });
    const name = { name: 'Prometheus', section: 'prometheus' };
    const answer = await askProgram(prometheus, `/api/v1/query_range?${parameters}`, name, prober, signal);
    const found = readRange(answer);
    if (found === undefined) throw new ProbeFailure('json', 'the answer is none of a Prometheus; see prometheus.url');
    return new Map(
      found.map(({ labels, points }) => [
        labels['component'] ?? '',
        new Map(points.map(([atSeconds, value]) => [atSeconds - slotSeconds, value])),
      ]),
    );
  };
  // In a stack that starts, Prometheus often comes after the exporter.
  const soonAgain = () => ({ samples: [], againInSeconds: Math.min(30, intervalSeconds) });
  const read = async (signal: AbortSignal) => {
    const startedAt = clock.monotonicSeconds();
    try {
      const history = { day: await ask('day', signal), month: await ask('month', signal) };
      const count = history.month.size;
      onHistory(count === 0 ? undefined : history);
      return {
        samples: [],
        message: `the availability of ${count} ${count === 1 ? 'component' : 'components'}`,
        ...(count > 0
          ? {}
          : {
              notices: [
                `no availability is recorded: are the rules of this project loaded, and is prometheus.job right?`,
              ],
            }),
        durationSeconds: clock.monotonicSeconds() - startedAt,
      };
    } catch (error) {
      onHistory(undefined);
      throw error;
    }
  };
  const asking = sourceCollector(options, read, soonAgain);
  return {
    ...asking,
    // It is no part of AI-CRM, and only bars of the status page are missing without it: AiCrmSourceDown tells nobody. The page, the log and
    // `aicrm_source_failures_total` say that it does not answer.
    collect: async (signal) => {
      const collected = await asking.collect(signal);
      return { ...collected, samples: collected.samples.filter(({ series }) => series.definition !== sourceUp) };
    },
  };
}
