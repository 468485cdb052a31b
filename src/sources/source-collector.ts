import { NotAsked, Paced } from '../access/data-access.js';
import { LoginRefused, NotLoggedIn } from '../access/session.js';
import { failureReasons, ProbeFailure } from '../base/reason.js';
import type { Collected, Collector, Reading, SourceReading } from '../collector.js';
import { addSeries, type Sample, seriesOf, set } from '../metrics/definition.js';
import {
  sourceDuration,
  sourceFailures,
  sourceRejectedValues,
  sourceTruncated,
  sourceUp,
} from '../metrics/source-metrics.js';
import type { AskedPlace } from '../net/origin-name.js';

/** Longer than this nobody waits for a turn: a source that is kept waiting has to show. */
const longestSeconds = 60;

/** How long a collector may wait for its turn to ask, besides the deadline of the request itself. */
export function patienceSeconds(intervalSeconds: number): number {
  return Math.min(intervalSeconds, longestSeconds);
}

/** The login of `ai_crm` has a source's label and reading of its own, so that a wrong password is said once and not by every source. */
export const loginSource = 'ai_crm_login';

/** What a data source gave, when it gave anything. */
export interface SourceResult {
  /** What was read; the `aicrm_source_*` series are added by the collector. */
  readonly samples: readonly Sample[];
  /** Readings besides the one about the source itself. */
  readonly readings?: readonly Reading[];
  /** One line for people: `1,204 tasks`. */
  readonly message: string;
  /** What to know about the numbers, see `SourceReading`. */
  readonly notices?: readonly string[];
  /** Whether there was more than could be taken. */
  readonly isTruncated?: boolean;
  /** Why numbers that it usually brings are missing, see `SourceReading`. */
  readonly withheld?: string;
  /** How many values were missing or unusable and left out. */
  readonly rejectedValues?: number;
  /** Of all its requests together, without waiting for turns. */
  readonly durationSeconds: number;
}

/** That nothing was asked, and that this is as it should be: there are no samples then, `aicrm_source_up` included. */
export interface SourceOff {
  /** Why, for people: `not collected: needs role admin, the account is user`. Null where nobody needs to know. */
  readonly off: string | null;
}

/** What a collector of a data source is. */
interface SourceOptions {
  /** The label `collector`: `ai_crm:tasks`, `json:shop`, `sql:sessions`. */
  readonly name: string;
  /** The label `source`: `ai_crm_tasks`, `shop`. */
  readonly source: string;
  readonly intervalSeconds: number;
  /** Waiting for one's turn included. */
  readonly timeoutSeconds: number;
  /** Where it asks; absent for what is on this machine. */
  readonly place?: AskedPlace;
}

/**
 * A collector that asks a data source. A `ProbeFailure` of `read` is a finding: the source is down, for this reason, and what it
 * told before is dropped; its counters stay. `onFailure` adds what a failure itself tells, and may ask for another run soon. Where it
 * was not asked because its answers take long, the last one still stands, and a notice says so.
 */
export function sourceCollector(
  { name, source, intervalSeconds, timeoutSeconds, place }: SourceOptions,
  read: (signal: AbortSignal) => Promise<SourceResult | SourceOff>,
  onFailure: (failure: ProbeFailure) => Pick<Collected, 'samples' | 'readings' | 'againInSeconds'> = () => ({
    samples: [],
  }),
): Collector {
  let isFirst = true;
  let last: Collected | undefined;
  const zeroes = () => {
    if (!isFirst) return [];
    isFirst = false;
    return failureReasons.map((reason) => addSeries(seriesOf(sourceFailures, { source, reason }), 0));
  };
  return {
    name,
    intervalSeconds,
    timeoutSeconds,
    ...(place !== undefined && { asks: { label: 'source', name: source, places: [place] } }),
    async collect(signal): Promise<Collected> {
      try {
        const result = await read(signal);
        last = undefined;
        if ('off' in result) return { samples: [], readings: offReadings(source, result) };
        const {
          samples,
          readings = [],
          message,
          notices = [],
          isTruncated = false,
          withheld,
          rejectedValues = 0,
          durationSeconds,
        } = result;
        const collected: Collected = {
          samples: [
            ...zeroes(),
            ...samples,
            set(sourceUp, { source }, 1),
            set(sourceDuration, { source }, durationSeconds),
            set(sourceTruncated, { source }, isTruncated ? 1 : 0),
            set(sourceRejectedValues, { source }, rejectedValues),
          ],
          readings: [
            {
              subject: 'source',
              name: source,
              up: true,
              reason: null,
              message,
              notices,
              ...(withheld === undefined ? {} : { withheld }),
            },
            ...readings,
          ],
        };
        last = { ...collected, samples: collected.samples.filter(({ operation }) => operation === 'set') };
        return collected;
      } catch (error) {
        if (!(error instanceof ProbeFailure)) throw error;
        if (error instanceof Paced && last !== undefined) return withNotice(last, source, error.message);
        last = undefined;
        const { reason, message } = error;
        const { samples, readings = [], ...soon } = onFailure(error);
        return {
          samples: [
            ...zeroes(),
            ...samples,
            set(sourceUp, { source }, 0),
            addSeries(seriesOf(sourceFailures, { source, reason }), 1),
          ],
          readings: [
            { subject: 'source', name: source, up: false, reason, message, notices: [], ...sharing(error) },
            ...readings,
          ],
          ...soon,
        };
      }
    },
  };
}

function withNotice({ samples, readings = [] }: Collected, source: string, notice: string): Collected {
  return {
    samples,
    readings: readings.map((reading) =>
      reading.subject === 'source' && reading.name === source
        ? { ...reading, notices: [...reading.notices, notice] }
        : reading,
    ),
  };
}

/** Whose fault a failure is, if not the source's own. */
function sharing(failure: ProbeFailure): Pick<SourceReading, 'isShared' | 'toldBy'> {
  if (failure instanceof NotLoggedIn || failure instanceof LoginRefused) return { isShared: true, toldBy: loginSource };
  return failure instanceof NotAsked ? { isShared: true } : {};
}

function offReadings(name: string, { off: message }: SourceOff): readonly Reading[] {
  return message === null
    ? []
    : [{ subject: 'source', name, up: true, isOff: true, reason: null, message, notices: [] }];
}
