import { daySeconds, momentsOf, offsetsOf } from '../base/local-time.js';
import type { CronTimes, MaintenanceWindow, OnceTimes, WeeklyTimes } from '../config/sections/maintenance-section.js';
import type { CurrentSilences } from './silences.js';

/** Why something is in maintenance. */
interface MaintenanceReason {
  /** The comment of a silence, or the name of a window. */
  readonly text: string;
  /** Author of the silence. Absent for a window of the configuration. */
  readonly author?: string;
}

/**
 * Says whether a component is in maintenance. `component` is null for what belongs to no component: only maintenance of
 * everything includes it.
 */
export interface MaintenanceCalendar {
  isActive(component: string | null, nowSeconds: number): boolean;
}

/** A calendar that also says the reason. */
export interface ExplainingCalendar extends MaintenanceCalendar {
  /** Undefined outside maintenance. A silence comes before a window. */
  reasonFor(component: string | null, nowSeconds: number): MaintenanceReason | undefined;
}

/** A calendar of these windows and of the current silences. */
export async function createCalendar(
  windows: readonly MaintenanceWindow[],
  silences?: CurrentSilences,
): Promise<ExplainingCalendar> {
  const entries = await Promise.all(
    windows.map(async (window) => ({ window, occurrences: await occurrencesOf(window) })),
  );
  const reasonFor: ExplainingCalendar['reasonFor'] = (component, nowSeconds) => {
    const silence = silences?.active(component, nowSeconds);
    if (silence !== undefined) return { text: silence.comment, author: silence.createdBy };
    const entry = entries.find(
      ({ window, occurrences }) =>
        covers(window, component) && (occurrences(nowSeconds)?.beginSeconds ?? Infinity) <= nowSeconds,
    );
    return entry && { text: entry.window.name };
  };
  return {
    reasonFor,
    isActive: (component, nowSeconds) => reasonFor(component, nowSeconds) !== undefined,
  };
}

function covers(window: MaintenanceWindow, component: string | null): boolean {
  return window.components === 'all' || (component !== null && window.components.includes(component));
}

/** One time at which a window takes place. */
interface Occurrence {
  readonly beginSeconds: number;
  /** The first moment after it; infinite for a window that never ends. */
  readonly endSeconds: number;
}

/** The first occurrence that ends after a time: the current one, else the next one; undefined if there is no further one. */
type Occurrences = (nowSeconds: number) => Occurrence | undefined;

/** The times of a window. Only a cron expression loads the cron library. */
export async function occurrencesOf(window: MaintenanceWindow): Promise<Occurrences> {
  const find =
    'cron' in window
      ? await cronOccurrences(window, window.timeZone)
      : 'once' in window
        ? onceOccurrence(window.once, window.timeZone)
        : weeklyOccurrences(window.weekly, window.timeZone);
  // A scrape asks for every component, so the answer is kept until the occurrence ends.
  let known: { readonly sinceSeconds: number; readonly occurrence: Occurrence | undefined } | undefined;
  return (nowSeconds) => {
    if (
      known === undefined ||
      nowSeconds < known.sinceSeconds ||
      nowSeconds >= (known.occurrence?.endSeconds ?? Infinity)
    ) {
      known = { sinceSeconds: nowSeconds, occurrence: find(nowSeconds) };
    }
    return known.occurrence;
  };
}

async function cronOccurrences({ cron, durationSeconds }: CronTimes, timeZone: string): Promise<Occurrences> {
  const { Cron } = await import('croner');
  const times = new Cron(cron, { timezone: timeZone });
  return (nowSeconds) => {
    const begin = times.nextRun(new Date((nowSeconds - durationSeconds) * 1000));
    return begin === null
      ? undefined
      : { beginSeconds: begin.getTime() / 1000, endSeconds: begin.getTime() / 1000 + durationSeconds };
  };
}

/** From the first moment at which the clock shows the begin, to the last moment at which it reaches the end. */
function onceOccurrence({ localBeginSeconds, localEndSeconds }: OnceTimes, timeZone: string): Occurrences {
  const offsetAt = offsetsOf(timeZone);
  const beginSeconds = momentsOf(localBeginSeconds, offsetAt).first;
  const endSeconds = momentsOf(localEndSeconds, offsetAt).last;
  return (nowSeconds) =>
    nowSeconds < endSeconds && beginSeconds < endSeconds ? { beginSeconds, endSeconds } : undefined;
}

/** 1970-01-01, the day with the number 0, was a Thursday. */
const weekDayOf = (day: number) => (((day + 4) % 7) + 7) % 7;

/**
 * A window lasts from the first moment at which the clock shows its start, to the last moment at which it reaches its
 * end. So an hour that occurs twice counts twice, and a skipped hour takes no time. Occurrences that touch are one.
 */
function weeklyOccurrences({ days, startMinutes, endMinutes }: WeeklyTimes, timeZone: string): Occurrences {
  const offsetAt = offsetsOf(timeZone);
  const onDay = (day: number): Occurrence => ({
    beginSeconds: momentsOf(day * daySeconds + startMinutes * 60, offsetAt).first,
    endSeconds: momentsOf(day * daySeconds + endMinutes * 60, offsetAt).last,
  });
  return (nowSeconds) => {
    const today = Math.floor((nowSeconds + offsetAt(nowSeconds)) / daySeconds);
    let found: Occurrence | undefined;
    // Two weeks, because a window does not take place in a week in which the clock skips all of it.
    for (let day = today - 1; day <= today + 14; day++) {
      if (!days.includes(weekDayOf(day))) continue;
      const { beginSeconds, endSeconds } = onDay(day);
      if (endSeconds <= nowSeconds || endSeconds <= beginSeconds) continue;
      if (found !== undefined && beginSeconds > found.endSeconds) return found;
      found = { beginSeconds: found?.beginSeconds ?? beginSeconds, endSeconds };
    }
    if (found === undefined || found.endSeconds - found.beginSeconds < 8 * daySeconds) return found;
    return { ...found, endSeconds: Infinity };
  };
}
