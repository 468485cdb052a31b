import type { MaintenanceCalendar } from '../maintenance/maintenance-calendar.js';
import type { RunResult } from '../schedule/run.js';
import { type Period, type PeriodName, periods, type RememberedHistory } from '../sources/history-collector.js';

const periodNames = Object.keys(periods) as readonly PeriodName[];

/** One slot of a bar. */
export interface HistorySlot {
  readonly startSeconds: number;
  /** Share of the known time in which the component was up; absent where nothing is known. */
  readonly upRatio?: number;
}

/** How available a component was. Maintenance and what nobody knows are left out. */
export interface ComponentHistory {
  readonly slots: readonly HistorySlot[];
  /** Of the whole period; absent where nothing is known. */
  readonly upRatio?: number;
}

/** Of two readings that are further apart the time between is not known: the exporter was held up. */
const longestGapSeconds = 600;

interface SlotTimes {
  slot: number;
  knownSeconds: number;
  upSeconds: number;
}

interface Remembered {
  readonly day: SlotTimes[];
  readonly month: SlotTimes[];
  lastSeconds: number;
  /** Undefined: not known, or in maintenance. */
  wasUp: boolean | undefined;
}

/**
 * Remembers since its beginning how available components were, in a few hundred bytes each, and takes what Prometheus knows in its
 * place as long as that is told. It is a share of time and not of probes, as in the rules of the objective.
 */
export class AvailabilityHistory {
  readonly #own = new Map<string, Remembered>();
  #remembered: RememberedHistory | undefined;
  /** Since when the exporter itself has known something; undefined before the first reading. */
  #sinceSeconds: number | undefined;

  /** Takes over what a run says of components. */
  accept(result: RunResult, calendar: MaintenanceCalendar): void {
    if (!result.success) return;
    for (const reading of result.collected.readings ?? []) {
      if (reading.subject !== 'component') continue;
      const isKnown = reading.level !== 'unknown' && !calendar.isActive(reading.name, result.endedAtSeconds);
      this.#add(reading.name, result.endedAtSeconds, isKnown ? reading.up : undefined);
    }
  }

  /** What Prometheus answered, or undefined when it did not: then what the exporter knows itself is shown. */
  replace(remembered: RememberedHistory | undefined): void {
    this.#remembered = remembered;
  }

  /** Forgets components that are no longer configured. */
  retain(names: ReadonlySet<string>): void {
    for (const name of this.#own.keys()) if (!names.has(name)) this.#own.delete(name);
  }

  /** Where the numbers come from: Prometheus, or this exporter since then. */
  get origin(): { readonly sinceSeconds: number } | 'prometheus' | undefined {
    if (this.#remembered !== undefined) return 'prometheus';
    return this.#sinceSeconds === undefined ? undefined : { sinceSeconds: this.#sinceSeconds };
  }

  /** How available a component was within a period that ends now. */
  of(name: string, period: PeriodName, nowSeconds: number): ComponentHistory {
    const { slotSeconds, slots } = periods[period];
    const last = Math.floor(nowSeconds / slotSeconds);
    const told = this.#remembered?.[period].get(name);
    const own = this.#own.get(name)?.[period];
    let [known, up] = [0, 0];
    const all = Array.from({ length: slots }, (_, index): HistorySlot => {
      const slot = last - slots + 1 + index;
      const startSeconds = slot * slotSeconds;
      const times = own?.[slot % slots];
      const isOwn = times !== undefined && times.slot === slot && times.knownSeconds > 0;
      const upRatio =
        this.#remembered === undefined
          ? isOwn
            ? times.upSeconds / times.knownSeconds
            : undefined
          : told?.get(startSeconds);
      if (upRatio === undefined) return { startSeconds };
      const weight = this.#remembered === undefined ? (times?.knownSeconds ?? 0) : 1;
      known += weight;
      up += weight * upRatio;
      return { startSeconds, upRatio };
    });
    return { slots: all, ...(known > 0 ? { upRatio: up / known } : {}) };
  }

  #add(name: string, atSeconds: number, isUp: boolean | undefined): void {
    this.#sinceSeconds ??= atSeconds;
    const before = this.#own.get(name);
    if (before === undefined) {
      const empty = ({ slots }: Period) =>
        Array.from({ length: slots }, () => ({ slot: -1, knownSeconds: 0, upSeconds: 0 }));
      this.#own.set(name, {
        day: empty(periods.day),
        month: empty(periods.month),
        lastSeconds: atSeconds,
        wasUp: isUp,
      });
      return;
    }
    const seconds = atSeconds - before.lastSeconds;
    if (before.wasUp !== undefined && seconds > 0 && seconds <= longestGapSeconds) {
      for (const period of periodNames)
        addTo(before[period], periods[period], before.lastSeconds, seconds, before.wasUp);
    }
    before.lastSeconds = atSeconds;
    before.wasUp = isUp;
  }
}

/** The time belongs to the slot in which it began: what it reaches into the next one is no more than an interval. */
function addTo(
  ring: SlotTimes[],
  { slotSeconds, slots }: Period,
  atSeconds: number,
  seconds: number,
  wasUp: boolean,
): void {
  const slot = Math.floor(atSeconds / slotSeconds);
  let times = ring[slot % slots];
  if (times === undefined || times.slot !== slot) times = { slot, knownSeconds: 0, upSeconds: 0 };
  ring[slot % slots] = times;
  times.knownSeconds += seconds;
  if (wasUp) times.upSeconds += seconds;
}
