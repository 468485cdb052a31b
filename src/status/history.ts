import type { MaintenanceCalendar } from '../maintenance/maintenance-calendar.js';
import type { RunResult } from '../schedule/run.js';
import { type Period, type PeriodName, periods, type RememberedHistory } from '../sources/history-collector.js';

const periodNames = Object.keys(periods) as readonly PeriodName[];

/** One slot of a bar. */
interface HistorySlot {
  readonly startSeconds: number;
  /** Ratio of the known time in which the component was up; absent when nothing is known. */
  readonly upRatio?: number;
}

/** Availability of a component. Maintenance and unknown times are left out. */
export interface ComponentHistory {
  readonly slots: readonly HistorySlot[];
  /** For the whole period; absent when nothing is known. */
  readonly upRatio?: number;
}

/** Between two readings with a longer gap the state is unknown, because the exporter did not run in between. */
const longestGapSeconds = 600;

/** The slots of a period as plain numbers. As objects they would take four MiB for a thousand components. */
class SlotRing {
  readonly #numbers: Float64Array;
  readonly #knownSeconds: Float64Array;
  readonly #upSeconds: Float64Array;

  constructor(private readonly period: Period) {
    const { slots } = period;
    const all = new Float64Array(3 * slots);
    this.#numbers = all.subarray(0, slots).fill(-1);
    this.#knownSeconds = all.subarray(slots, 2 * slots);
    this.#upSeconds = all.subarray(2 * slots);
  }

  /** All of the time counts for the slot in which it starts. At most one interval of it belongs to the next slot. */
  add(atSeconds: number, seconds: number, wasUp: boolean): void {
    const slot = Math.floor(atSeconds / this.period.slotSeconds);
    const at = slot % this.period.slots;
    const isNew = this.#numbers[at] !== slot;
    this.#numbers[at] = slot;
    this.#knownSeconds[at] = (isNew ? 0 : (this.#knownSeconds[at] ?? 0)) + seconds;
    this.#upSeconds[at] = (isNew ? 0 : (this.#upSeconds[at] ?? 0)) + (wasUp ? seconds : 0);
  }

  /** Seconds of a slot; undefined when nothing is known. */
  of(slot: number): Times | undefined {
    const at = slot % this.period.slots;
    const known = this.#numbers[at] === slot ? (this.#knownSeconds[at] ?? 0) : 0;
    return known > 0 ? { known, up: this.#upSeconds[at] ?? 0 } : undefined;
  }
}

/** Seconds of which something is known, and those of them in which the component was up. */
interface Times {
  readonly known: number;
  readonly up: number;
}

/**
 * The answer of Prometheus about a slot with this number of seconds. It is minutes late, so the exporter's own data of the last two
 * slots, `own`, counts first.
 */
function asTimes(upRatio: number | undefined, seconds: number, own: Times = { known: 0, up: 0 }): Times | undefined {
  const rest = upRatio === undefined ? 0 : Math.max(0, seconds - own.known);
  const known = own.known + rest;
  return known > 0 ? { known, up: own.up + rest * (upRatio ?? 0) } : undefined;
}

interface Remembered {
  readonly day: SlotRing;
  readonly month: SlotRing;
  lastSeconds: number;
  /** Undefined: unknown, or in maintenance. */
  wasUp: boolean | undefined;
}

/**
 * Records the availability of components since its start, in two kilobytes per component. While Prometheus answers, its
 * data is used instead. Availability is a ratio of time, not of probes, as in the rules of the objective.
 */
export class AvailabilityHistory {
  readonly #own = new Map<string, Remembered>();
  #remembered: RememberedHistory | undefined;
  /** Time of the exporter's first reading; undefined before. */
  #sinceSeconds: number | undefined;

  /** Records the components of a run. */
  accept(result: RunResult, calendar: MaintenanceCalendar): void {
    if (!result.success) return;
    for (const reading of result.collected.readings ?? []) {
      if (reading.subject !== 'component') continue;
      const isKnown = reading.level !== 'unknown' && !calendar.isActive(reading.name, result.endedAtSeconds);
      this.#add(reading.name, result.endedAtSeconds, isKnown ? reading.up : undefined);
    }
  }

  /** The answer of Prometheus; undefined without one. Then the exporter's own data is shown. */
  replace(remembered: RememberedHistory | undefined): void {
    this.#remembered = remembered;
  }

  /** Drops components that are no longer configured. */
  retain(names: ReadonlySet<string>): void {
    for (const name of this.#own.keys()) if (!names.has(name)) this.#own.delete(name);
  }

  /** Source of the numbers: Prometheus, or this exporter since that time. */
  get origin(): { readonly sinceSeconds: number } | 'prometheus' | undefined {
    if (this.#remembered !== undefined) return 'prometheus';
    return this.#sinceSeconds === undefined ? undefined : { sinceSeconds: this.#sinceSeconds };
  }

  /** Availability of a component in a period that ends now. */
  of(name: string, period: PeriodName, nowSeconds: number): ComponentHistory {
    const { slotSeconds, slots } = periods[period];
    const last = Math.floor(nowSeconds / slotSeconds);
    const stored = this.#remembered?.[period].get(name);
    const own = this.#own.get(name)?.[period];
    let [known, up] = [0, 0];
    const all = Array.from({ length: slots }, (_, index): HistorySlot => {
      const slot = last - slots + 1 + index;
      const startSeconds = slot * slotSeconds;
      const times =
        this.#remembered === undefined
          ? own?.of(slot)
          : stored &&
            asTimes(
              stored.get(startSeconds),
              Math.min(slotSeconds, nowSeconds - startSeconds),
              slot >= last - 1 ? own?.of(slot) : undefined,
            );
      if (times === undefined) return { startSeconds };
      known += times.known;
      up += times.up;
      const upRatio = times.up / times.known;
      return { startSeconds, upRatio };
    });
    return { slots: all, ...(known > 0 ? { upRatio: up / known } : {}) };
  }

  #add(name: string, atSeconds: number, isUp: boolean | undefined): void {
    this.#sinceSeconds ??= atSeconds;
    const before = this.#own.get(name);
    if (before === undefined) {
      this.#own.set(name, {
        day: new SlotRing(periods.day),
        month: new SlotRing(periods.month),
        lastSeconds: atSeconds,
        wasUp: isUp,
      });
      return;
    }
    const seconds = atSeconds - before.lastSeconds;
    if (before.wasUp !== undefined && seconds > 0 && seconds <= longestGapSeconds) {
      for (const period of periodNames) before[period].add(before.lastSeconds, seconds, before.wasUp);
    }
    before.lastSeconds = atSeconds;
    before.wasUp = isUp;
  }
}
