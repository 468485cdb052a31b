import type { Sample } from '../metrics/sample.js';
import type { Place } from '../sources/data/origin-name.js';
import type { Reading } from './reading.js';

/** What one run of a collector brings home. */
export interface Collected {
  readonly samples: readonly Sample[];
  /** What to tell people; absent for collectors that measure nothing with a level. */
  readonly readings?: readonly Reading[];
  /** Asks for the next run this soon, instead of after the whole interval. */
  readonly againInSeconds?: number;
  /** Names of other collectors that should run as soon as possible: what they have to say has just become interesting. */
  readonly alsoSoon?: readonly string[];
  /**
   * Nothing was measured, for a reason that is no failure: everything stays as the run before left it, and of the samples
   * only what is counted is taken over.
   */
  readonly isPostponed?: boolean;
}

/**
 * Something that is measured again and again.
 *
 * A thing that is down is a reading, never a throw: throwing means "could not measure", and becomes
 * `aicrm_collector_success 0` with this collector's gauges dropped.
 */
export interface Collector {
  /** The value of the `collector` label: `cpu`, `component:backend`. */
  readonly name: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Asks nobody but this machine, so it never waits for others to be done. Absent: it does, see `concurrency`. */
  readonly isLocal?: boolean;
  /**
   * The data source or transaction that it reads, and where it asks, as URLs or addresses of databases: what is down there
   * explains a failure. Absent for what is not asked over the network, and for components.
   */
  readonly asks?: {
    readonly label: 'source' | 'transaction';
    readonly name: string;
    readonly places: readonly Place[];
  };
  /** Only tells what others found out, so where each runs but once it comes after them. */
  readonly isLast?: boolean;
  /** Measures once. Must end soon after `signal` is aborted, which happens at the deadline and at shutdown. */
  collect(signal: AbortSignal): Promise<Collected>;
}
