import type { ComponentReading, HostReading, Reading } from '../collectors/reading.js';
import type { RunResult } from '../schedule/run.js';

/** A reading with the time at which it was taken. */
export type Dated<R extends Reading> = R & { readonly takenAtSeconds: number };

/** How a collector's last run went, for people. */
export interface CollectorState {
  readonly name: string;
  readonly success: boolean;
  readonly error?: string;
  readonly endedAtSeconds: number;
  readonly durationSeconds: number;
  readonly intervalSeconds: number;
}

/**
 * The newest reading of everything, replaced run by run: what the status page, `/api/status` and `check` show.
 * A collector whose run failed has no readings until it succeeds again.
 */
export class Latest {
  readonly #readings = new Map<string, readonly Dated<Reading>[]>();
  readonly #collectors = new Map<string, CollectorState>();

  /** Takes over what a run brought, or that it failed. */
  accept(result: RunResult): void {
    const { collector, endedAtSeconds, durationSeconds, intervalSeconds } = result;
    const state = { name: collector, success: result.success, endedAtSeconds, durationSeconds, intervalSeconds };
    this.#collectors.set(collector, result.success ? state : { ...state, error: result.error });
    const readings = result.success ? (result.collected.readings ?? []) : [];
    this.#readings.set(collector, readings.map((reading) => ({ ...reading, takenAtSeconds: endedAtSeconds })));
  }

  /** Forgets collectors that are no longer configured. */
  retain(names: ReadonlySet<string>): void {
    for (const name of this.#collectors.keys()) {
      if (names.has(name)) continue;
      this.#collectors.delete(name);
      this.#readings.delete(name);
    }
  }

  /** The newest reading of each component that has been probed, by name. */
  components(): ReadonlyMap<string, Dated<ComponentReading>> {
    const found = new Map<string, Dated<ComponentReading>>();
    for (const reading of this.#all()) if (reading.subject === 'component') found.set(reading.name, reading);
    return found;
  }

  /** The newest readings of the host's resources. */
  host(): readonly Dated<HostReading>[] {
    return [...this.#all()].filter((reading) => reading.subject === 'host');
  }

  /** How each collector's last run went, in the order in which they first ran. */
  collectors(): readonly CollectorState[] {
    return [...this.#collectors.values()];
  }

  *#all(): Generator<Dated<Reading>> {
    for (const readings of this.#readings.values()) yield* readings;
  }
}
