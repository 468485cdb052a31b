import type { Clock } from '../base/clock.js';
import { ProbeFailure } from '../base/reason.js';
import type { Collector } from '../collector.js';
import type { ProgramConfig } from '../config/sections/programs-section.js';
import { sourceUp } from '../metrics/source-metrics.js';
import { askProgram } from '../net/ask-program.js';
import type { HttpProber } from '../net/http-client.js';
import { readRange } from '../net/range-answer.js';
import { sourceCollector } from './source-collector.js';

/** A period, shown as a bar of slots. */
export interface Period {
  readonly slotSeconds: number;
  readonly slots: number;
}

/** The periods: a day in half hours, and thirty days of UTC. */
export const periods = {
  day: { slotSeconds: 1800, slots: 48 },
  month: { slotSeconds: 86_400, slots: 30 },
} as const satisfies Readonly<Record<string, Period>>;
/** See `periods`. */
export type PeriodName = keyof typeof periods;

/** The answer of Prometheus: by period and component, the share by the start of its slot (Unix seconds). */
export type RememberedHistory = Readonly<Record<PeriodName, ReadonlyMap<string, ReadonlyMap<number, number>>>>;

/** Where to ask Prometheus, and who gets its answer. */
interface HistoryParts {
  readonly prometheus: ProgramConfig;
  readonly prober: HttpProber;
  readonly clock: Clock;
  /** Undefined when Prometheus does not answer. */
  readonly onHistory: (history: RememberedHistory | undefined) => void;
}

/** The rules record this for each component every five minutes: the share of time in which it was available. */
const recorded = 'job_component:aicrm_component_availability:avg5m';

/** Asks Prometheus for the availability of components, as the source `prometheus`. */
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
    // A point stands for the slot that ends with it. The last slot has not ended, so it has only a part of its values.
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
    if (found === undefined)
      throw new ProbeFailure('json', 'the answer is not from a Prometheus; check prometheus.url');
    return new Map(
      found.map(({ labels, points }) => [
        labels['component'] ?? '',
        new Map(points.map(([atSeconds, value]) => [atSeconds - slotSeconds, value])),
      ]),
    );
  };
  // When a stack starts, Prometheus often starts after the exporter.
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
                `no availability is recorded: check that Prometheus has the rules of this project, and check prometheus.job`,
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
    // AiCrmSourceDown does not report this source: it is no part of AI-CRM, and without it only bars of the status page
    // are missing. The page, the log and `aicrm_source_failures_total` report that it does not answer.
    collect: async (signal) => {
      const collected = await asking.collect(signal);
      return { ...collected, samples: collected.samples.filter(({ series }) => series.definition !== sourceUp) };
    },
  };
}
