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

/** Maximum wait for a turn, because a source that waits longer must be reported. */
const longestSeconds = 60;

/** Seconds that a collector may wait for its turn, in addition to the deadline of the request. */
export function patienceSeconds(intervalSeconds: number): number {
  return Math.min(intervalSeconds, longestSeconds);
}

/** The login of `ai_crm` has its own source label and reading, so that a wrong password is reported once, not by every source. */
export const loginSource = 'ai_crm_login';

/** The result of a successful query of a data source. */
export interface SourceResult {
  /** Samples of the data. The collector adds the `aicrm_source_*` series. */
  readonly samples: readonly Sample[];
  /** Readings in addition to the one about the source. */
  readonly readings?: readonly Reading[];
  /** One line for people: `1,204 tasks`. */
  readonly message: string;
  /** Remarks about the numbers, see `SourceReading`. */
  readonly notices?: readonly string[];
  /** Whether there were more values than the maximum. */
  readonly isTruncated?: boolean;
  /** Why expected numbers are missing, see `SourceReading`. */
  readonly withheld?: string;
  /** Number of missing or unusable values that were left out. */
  readonly rejectedValues?: number;
  /** Seconds of all its requests together, without waiting for turns. */
  readonly durationSeconds: number;
}

/** The source is not queried, and this is intended. There are no samples then, not even `aicrm_source_up`. */
export interface SourceOff {
  /** Why, for people: `not collected: needs role admin, the account has role user`. Null when it need not be shown. */
  readonly off: string | null;
}

/** Properties of a data source's collector. */
interface SourceOptions {
  /** The label `collector`: `ai_crm:tasks`, `json:shop`, `sql:sessions`. */
  readonly name: string;
  /** The label `source`: `ai_crm_tasks`, `shop`. */
  readonly source: string;
  readonly intervalSeconds: number;
  /** Includes waiting for a turn. */
  readonly timeoutSeconds: number;
  /** The address that it asks; absent for a source on this machine. */
  readonly place?: AskedPlace;
}

/**
 * A collector that queries a data source. A `ProbeFailure` of `read` means that the source is down, with its reason.
 * Its old values are dropped; its counters stay. `onFailure` adds samples of the failure, and may request an earlier
 * run. If the query was postponed because answers take long, the last values stay, and a notice says so.
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

/** The shared cause of a failure; empty when the source itself failed. */
function sharing(failure: ProbeFailure): Pick<SourceReading, 'isShared' | 'reportedBy'> {
  if (failure instanceof NotLoggedIn || failure instanceof LoginRefused)
    return { isShared: true, reportedBy: loginSource };
  return failure instanceof NotAsked ? { isShared: true } : {};
}

function offReadings(name: string, { off: message }: SourceOff): readonly Reading[] {
  return message === null
    ? []
    : [{ subject: 'source', name, up: true, isOff: true, reason: null, message, notices: [] }];
}
