import { daySeconds, momentsOf, offsetsOf } from '../base/local-time.js';
import type { CronTimes, MaintenanceWindow, OnceTimes, WeeklyTimes } from '../config/sections/maintenance-section.js';
import type { CurrentSilences } from './silences.js';

/** Why something is in maintenance, as people wrote it. */
interface MaintenanceReason {
  /** The comment of a silence, or the name of a window. */
  readonly text: string;
  /** Who made the silence. Absent for a window of the configuration. */
  readonly author?: string;
}

/** Tells whether a component is in maintenance. Null stands for what belongs to none: only maintenance of everything covers it. */
export interface MaintenanceCalendar {
  isActive(component: string | null, nowSeconds: number): boolean;
}

/** The same, which also tells why. */
export interface ExplainingCalendar extends MaintenanceCalendar {
  /** Undefined where it is in none. Of several reasons, that of a silence. */
  reasonFor(component: string | null, nowSeconds: number): MaintenanceReason | undefined;
}

/** A calendar of these windows, and of the silences as they are when it is asked. */
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

/** One time that a window takes. */
interface Occurrence {
  readonly beginSeconds: number;
  /** The first moment after it; infinite for a window that never ends. */
  readonly endSeconds: number;
}

/** The first occurrence that has not ended at a time: the one that lasts, else the next one; undefined when none will come. */
type Occurrences = (nowSeconds: number) => Occurrence | undefined;

/** When a window takes place. The cron library is loaded only for windows that have a cron expression. */
export async function occurrencesOf(window: MaintenanceWindow): Promise<Occurrences> {
  const find =
    'cron' in window
      ? await cronOccurrences(window, window.timeZone)
      : 'once' in window
        ? onceOccurrence(window.once, window.timeZone)
        : weeklyOccurrences(window.weekly, window.timeZone);
  // A scrape asks for every component, so an answer is kept until the occurrence has ended.
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
  const times = new Cron(cron, { timezone: timeZone, paused: true });
  return (nowSeconds) => {
    const begin = times.nextRun(new Date((nowSeconds - durationSeconds) * 1000));
    return begin === null
      ? undefined
      : { beginSeconds: begin.getTime() / 1000, endSeconds: begin.getTime() / 1000 + durationSeconds };
  };
}

/** From the first moment at which the clock shows its begin to the last before which it shows less than its end. */
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
 * A window lasts from the first moment at which the clock shows its start to the last before which it shows less than its end: an
 * hour that comes twice counts twice, and one that is skipped takes no time. Occurrences that touch are one.
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
    // Two weeks, because a window whose whole time is skipped does not take place in that week.
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
