import type { Level } from './base/level.js';
import type { FailureReason, Phase } from './base/reason.js';
import type { PageFailure } from './metrics/component-metrics.js';
import type { Sample } from './metrics/definition.js';
import type { AskedPlace } from './net/origin-name.js';

/** Since when a component is as it is, in seconds of Unix time. Nothing is known of the time before the exporter's first probe. */
export interface ComponentTimes {
  /** Beginning of the state: a level, or failing at any level. Absent until the state changes for the first time. */
  readonly stateSinceSeconds?: number;
  /** The outage that is on, or else the last one. Absent without one, and where it was on at the first probe. */
  readonly outageStartSeconds?: number;
  /** Absent while an outage is on, and before the first one has ended. */
  readonly outageEndSeconds?: number;
}

/** What a probe found out about a component, for people and programs that want more than numbers. */
export interface ComponentReading {
  readonly subject: 'component';
  readonly name: string;
  readonly target: string;
  readonly kind: string;
  readonly level: Level;
  readonly up: boolean;
  /** Why the probe failed, or null when it did not. */
  readonly reason: FailureReason | null;
  /** One line for people: what was answered, or what went wrong. Never contains a secret. */
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
  /** How the files of a page could be loaded; absent for what is not loaded as a page. */
  readonly page?: {
    readonly loadSeconds: number;
    readonly bytes: number;
    readonly resources: number;
    /** Why each file that cannot be used cannot. */
    readonly failed: readonly { readonly reason: PageFailure; readonly message: string }[];
    readonly leftOut: number;
  };
  readonly uptimeSeconds?: number;
  /** What the answer says of who answers, to be compared with other answers. Absent where it says nothing. */
  readonly identity?: string;
  /** Checks inside a detailed health answer. */
  readonly checks: readonly { readonly name: string; readonly level: Level }[];
  /** Failures in a row, 0 when the last probe succeeded. */
  readonly failuresInARow: number;
  /** Absent where nothing is remembered from one probe to the next. */
  readonly times?: ComponentTimes;
  /** Headers of the last answer, fit to be shown; kept for `--verbose` and `debug=true` only. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** What happened during the probe, step by step; likewise. */
  readonly log: readonly string[];
}

/** How one resource of the host stands against its threshold. */
export interface HostReading {
  readonly subject: 'host';
  /** `cpu`, `memory`, or `disk` with the mount point. */
  readonly name: string;
  readonly resource: 'cpu' | 'memory' | 'disk';
  readonly level: Level;
  readonly usageRatio: number;
  /** One line for people, with sizes where they help. */
  readonly message: string;
}

/** Something that has a level and is neither a component nor the host: whether what users do works and how fast, whether AI-CRM reaches its database. */
export interface MeasureReading {
  readonly subject: 'measure';
  /** `task board`, `agent list`, `agent response`, `PM analysis`, `database`. */
  readonly name: string;
  readonly level: Level;
  /** One line for people, with value and threshold. */
  readonly message: string;
}

/** How a synthetic workflow went. */
export interface TransactionReading {
  readonly subject: 'transaction';
  readonly name: string;
  readonly level: Level;
  readonly up: boolean;
  readonly reason: FailureReason | null;
  /** The step that failed, or null. */
  readonly failedStep: string | null;
  /** One line for people. Never contains a secret. */
  readonly message: string;
  /** Seconds of all steps, cleanup not counted. */
  readonly durationSeconds: number;
  /** Those that were tried, cleanup included. Waiting for its turn is part of the duration only of a step without an answer. */
  readonly steps: readonly {
    readonly name: string;
    readonly durationSeconds: number;
    readonly reason: FailureReason | null;
  }[];
}

/** How the last query of a data source went. It has no level: that we cannot look is not an illness of AI-CRM. */
export interface SourceReading {
  readonly subject: 'source';
  readonly name: string;
  readonly up: boolean;
  readonly reason: FailureReason | null;
  /** One line for people: what was read, or why not, and what to do about it. Never contains a secret. */
  readonly message: string;
  /** What to know about the numbers: cut off, fields left out. One line each; the same as long as it is the same. */
  readonly notices: readonly string[];
  /** Why numbers that it usually brings are missing although it is up; told as a notice as well. */
  readonly withheld?: string;
  /** Nothing is asked, for a reason that is no failure and stands in the message; `up` is true then. */
  readonly isOff?: true;
  /** It is down for what is not its own fault: a login, a limit, a server that hangs. Others are then, too, with the same message. */
  readonly isShared?: true;
  /** The source that says why, where there is one: the login. `isShared` is true then. */
  readonly toldBy?: string;
}

/** Anything that is found out and told to people. */
export type Reading = ComponentReading | HostReading | MeasureReading | TransactionReading | SourceReading;

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
    readonly places: readonly AskedPlace[];
  };
  /** Only tells what others found out, so where each runs but once it comes after them. */
  readonly isLast?: boolean;
  /** Measures once. Must end soon after `signal` is aborted, which happens at the deadline and at shutdown. */
  collect(signal: AbortSignal): Promise<Collected>;
}
