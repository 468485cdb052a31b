import type { Level } from '../level.js';
import type { FailureReason, Phase } from '../reason.js';

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
  readonly certificate?: { readonly expiryTimestampSeconds: number; readonly verified: boolean };
  readonly uptimeSeconds?: number;
  /** Checks inside a detailed health answer. */
  readonly checks: readonly { readonly name: string; readonly level: Level }[];
  /** Failures in a row, 0 when the last probe succeeded. */
  readonly failuresInARow: number;
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

/** Anything that has a level. */
export type Reading = ComponentReading | HostReading;
