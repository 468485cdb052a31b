import type {
  ComponentReading,
  HostReading,
  MeasureReading,
  Reading,
  SourceReading,
  TransactionReading,
} from '../collector.js';
import type { RunResult } from '../schedule/run.js';

/** A reading with its time and the name of its collector. */
export type Dated<R extends Reading> = R & { readonly takenAtSeconds: number; readonly collector: string };

/** The last run of a collector, for people. */
export interface CollectorState {
  readonly name: string;
  readonly success: boolean;
  readonly error?: string;
  readonly endedAtSeconds: number;
  readonly durationSeconds: number;
  readonly intervalSeconds: number;
}

/**
 * The newest reading of everything, as shown by the status page, `/api/status` and `check`. A collector whose run
 * failed has no readings until it succeeds.
 */
export class Latest {
  readonly #readings = new Map<string, readonly Dated<Reading>[]>();
  readonly #collectors = new Map<string, CollectorState>();

  /** Takes the readings or the failure of a run. A postponed run changes nothing. */
  accept(result: RunResult): void {
    if (result.success && result.collected.isPostponed === true) return;
    const { collector, endedAtSeconds, durationSeconds, intervalSeconds } = result;
    const state = { name: collector, success: result.success, endedAtSeconds, durationSeconds, intervalSeconds };
    this.#collectors.set(collector, result.success ? state : { ...state, error: result.error });
    const readings = result.success ? (result.collected.readings ?? []) : [];
    this.#readings.set(
      collector,
      readings.map((reading) => ({ ...reading, takenAtSeconds: endedAtSeconds, collector })),
    );
  }

  /** Drops collectors that are no longer configured. */
  retain(names: ReadonlySet<string>): void {
    for (const name of this.#collectors.keys()) {
      if (names.has(name)) continue;
      this.#collectors.delete(name);
      this.#readings.delete(name);
    }
  }

  /** The newest reading of each probed component, by name. */
  components(): ReadonlyMap<string, Dated<ComponentReading>> {
    return byName(this.#all('component'));
  }

  /** The newest readings of the host's resources. */
  host(): readonly Dated<HostReading>[] {
    return this.#all('host');
  }

  /** The newest readings of all other things with a threshold. */
  measures(): readonly Dated<MeasureReading>[] {
    return this.#all('measure');
  }

  /** The newest reading of each transaction that has run, by name. */
  transactions(): ReadonlyMap<string, Dated<TransactionReading>> {
    return byName(this.#all('transaction'));
  }

  /** The newest reading of each queried data source, by name. */
  sources(): ReadonlyMap<string, Dated<SourceReading>> {
    return byName(this.#all('source'));
  }

  /** The last run of each collector, in the order of their first runs. */
  collectors(): readonly CollectorState[] {
    return [...this.#collectors.values()];
  }

  #all<S extends Reading['subject']>(subject: S): readonly Dated<ReadingOf<S>>[] {
    const isOfSubject = (reading: Dated<Reading>): reading is Dated<ReadingOf<S>> => reading.subject === subject;
    return [...this.#readings.values()].flatMap((readings) => readings.filter(isOfSubject));
  }
}

type ReadingOf<S extends Reading['subject']> = Extract<Reading, { readonly subject: S }>;

function byName<R extends Reading>(readings: readonly Dated<R>[]): ReadonlyMap<string, Dated<R>> {
  return new Map(readings.map((reading) => [reading.name, reading]));
}
