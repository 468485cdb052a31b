import type { Level } from './base/level.js';
import type { FailureReason, Phase } from './base/reason.js';
import type { PageFailure } from './metrics/component-metrics.js';
import type { Sample } from './metrics/definition.js';
import type { AskedPlace } from './net/origin-name.js';

/** Times of the state of a component, in Unix seconds. The time before the exporter's first probe is unknown. */
export interface ComponentTimes {
  /** Start of the current state: a level, or failing at any level. Absent until the state changes for the first time. */
  readonly stateSinceSeconds?: number;
  /** Start of the current outage, or of the last one. Absent without an outage, and when the first probe found it already failing. */
  readonly outageStartSeconds?: number;
  /** Absent during an outage, and before the first one has ended. */
  readonly outageEndSeconds?: number;
}

/** The result of a probe of a component, with more than numbers. */
export interface ComponentReading {
  readonly subject: 'component';
  readonly name: string;
  readonly target: string;
  readonly kind: string;
  readonly level: Level;
  readonly up: boolean;
  /** Why the probe failed; null after success. */
  readonly reason: FailureReason | null;
  /** One line for people: what was answered, or what failed. Never contains a secret. */
  readonly message: string;
  readonly responseSeconds: number;
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  readonly statusCode?: number;
  readonly responseBytes?: number;
  readonly ipProtocol?: 4 | 6;
  /** `whose` as in `CertificateFacts`. */
  readonly certificate?: {
    readonly expiryTimestampSeconds: number;
    readonly verified: boolean;
    readonly whose?: string;
  };
  /** How the files of a page loaded; absent for a component that is not loaded as a page. */
  readonly page?: {
    readonly loadSeconds: number;
    readonly bytes: number;
    readonly resources: number;
    /** Each file that cannot be used, and why. */
    readonly failed: readonly { readonly reason: PageFailure; readonly message: string }[];
    readonly leftOut: number;
    readonly aboveLimit: number;
  };
  readonly uptimeSeconds?: number;
  /** What the answer says about the program that answers, to compare it with other answers. Absent when it says nothing. */
  readonly identity?: string;
  /** Checks inside a detailed health answer. */
  readonly checks: readonly { readonly name: string; readonly level: Level }[];
  /** Failures in a row; 0 after a successful probe. */
  readonly failuresInARow: number;
  /** Absent for single probes, which have no state. */
  readonly times?: ComponentTimes;
  /** Headers of the last answer without secrets. Only for `--verbose` and `debug=true`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The steps of the probe. Only for `--verbose` and `debug=true`. */
  readonly log: readonly string[];
}

/** The usage of one resource of the host, compared with its thresholds. */
export interface HostReading {
  readonly subject: 'host';
  /** `cpu`, `memory`, or `disk` with the mount point. */
  readonly name: string;
  readonly resource: 'cpu' | 'memory' | 'disk';
  readonly level: Level;
  readonly usageRatio: number;
  /** One line for people, with sizes if useful. */
  readonly message: string;
}

/** Anything else with a level: whether users' actions work and how fast, whether AI-CRM reaches its database. */
export interface MeasureReading {
  readonly subject: 'measure';
  /** `task board`, `agent list`, `agent response`, `PM analysis`, `database`. */
  readonly name: string;
  readonly level: Level;
  /** One line for people, with value and threshold. */
  readonly message: string;
}

/** The result of a synthetic workflow. */
export interface TransactionReading {
  readonly subject: 'transaction';
  readonly name: string;
  readonly level: Level;
  readonly up: boolean;
  readonly reason: FailureReason | null;
  /** The step that failed; null after success. */
  readonly failedStep: string | null;
  /** One line for people. Never contains a secret. */
  readonly message: string;
  /** Seconds of all steps, without cleanup. */
  readonly durationSeconds: number;
  /** The steps that were tried, cleanup included. A duration includes waiting for its turn only if the step got no answer. */
  readonly steps: readonly {
    readonly name: string;
    readonly durationSeconds: number;
    readonly reason: FailureReason | null;
  }[];
}

/** The result of the last query of a data source. It has no level: a failed query does not mean that AI-CRM fails. */
export interface SourceReading {
  readonly subject: 'source';
  readonly name: string;
  readonly up: boolean;
  readonly reason: FailureReason | null;
  /** One line for people: what was read, or why not, and how to repair it. Never contains a secret. */
  readonly message: string;
  /** Remarks about the numbers: cut off, fields left out. One line each. The text does not change while its reason stays the same. */
  readonly notices: readonly string[];
  /** Why numbers are missing although the source is up. `notices` contains it too. */
  readonly withheld?: string;
  /** The source is not queried, and this is no failure; `message` says why. `up` is true then. */
  readonly isOff?: true;
  /** The cause of the failure is shared: a login, a limit, a server that hangs. Other sources fail with the same message. */
  readonly isShared?: true;
  /** The source that reports the shared cause, if there is one: the login. `isShared` is true then. */
  readonly reportedBy?: string;
}

/** Any result that is shown to people. */
export type Reading = ComponentReading | HostReading | MeasureReading | TransactionReading | SourceReading;

/** The result of one run of a collector. */
export interface Collected {
  readonly samples: readonly Sample[];
  /** Results for people; absent for collectors without levels. */
  readonly readings?: readonly Reading[];
  /** Seconds until the next run, instead of the whole interval. */
  readonly againInSeconds?: number;
  /** Names of other collectors that should run as soon as possible. */
  readonly alsoSoon?: readonly string[];
  /** Nothing was measured, and this is no failure. All values stay as they were; of the samples only counters are recorded. */
  readonly isPostponed?: boolean;
}

/**
 * Something that is measured repeatedly.
 *
 * A thing that is down is a reading. Throwing means "could not measure": then `aicrm_collector_success` is 0, and the
 * gauges of this collector are dropped.
 */
export interface Collector {
  /** The value of the `collector` label: `cpu`, `component:backend`. */
  readonly name: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Reads only this machine, so it never waits for other collectors. Absent: it waits, see `concurrency`. */
  readonly isLocal?: boolean;
  /**
   * The data source or transaction that it reads, and the addresses that it asks, as URLs or database addresses: a
   * failure there explains its own failure. Absent for components, and for collectors without network.
   */
  readonly asks?: {
    readonly label: 'source' | 'transaction';
    readonly name: string;
    readonly places: readonly AskedPlace[];
  };
  /** Only reports what other collectors found. So in a single run of all collectors, it runs last. */
  readonly isLast?: boolean;
  /** Measures once. Must end soon after `signal` is aborted, at the deadline or at shutdown. */
  collect(signal: AbortSignal): Promise<Collected>;
}
