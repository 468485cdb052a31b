import { messageOf } from '../../base/errors.js';
import type { CronTimes, MaintenanceWindow, WeeklyTimes } from '../config.js';
import { defaults } from '../defaults.js';
import type { Path } from '../problem.js';
import type { MaintenanceSettings } from '../schema/document.js';
import { weekDays } from '../week-days.js';
import type { Context } from './context.js';
import { checkNames } from './dependencies.js';

/** `maintenance_windows`. The cron library is loaded only when a window has a cron expression. */
export async function normaliseMaintenance(
  given: readonly (MaintenanceSettings | undefined)[],
  context: Context,
): Promise<readonly MaintenanceWindow[]> {
  const windows: MaintenanceWindow[] = [];
  for (const [index, window] of given.entries()) {
    if (window === undefined) continue;
    const path: Path = ['maintenance_windows', index];
    const { components = 'all', time_zone: timeZone = defaults.maintenanceTimeZone } = window;
    if (components !== 'all') checkNames(components, [...path, 'components'], context);
    const zoneIsKnown = isTimeZone(timeZone);
    if (!zoneIsKnown) context.report([...path, 'time_zone'], 'must be an IANA time zone such as Europe/Berlin');
    const times = recurrence(window, path, context);
    if (times === undefined) continue;
    if ('cron' in times) {
      const { Cron } = await import('croner');
      try {
        // Five fields only: with a sixth, croner would count seconds, and a window would begin 60 times.
        if (times.cron.split(/\s+/).length !== 5)
          throw new Error('five fields are needed: minute hour day month weekday');
        const begins = new Cron(times.cron, {
          timezone: zoneIsKnown ? timeZone : defaults.maintenanceTimeZone,
          paused: true,
        }).nextRun();
        if (begins === null) throw new Error('it never comes');
      } catch (error) {
        const why = messageOf(error).replace(/^CronPattern: /, '');
        context.report([...path, 'cron'], `must be a cron expression such as "0 2 * * 6" (${why})`);
      }
    }
    windows.push({ name: window.name ?? `window ${index + 1}`, components, timeZone, ...times });
  }
  return windows;
}

function recurrence(
  window: MaintenanceSettings,
  path: Path,
  context: Context,
): CronTimes | { readonly weekly: WeeklyTimes } | undefined {
  const { cron, duration, weekly } = window;
  if ((cron === undefined) === (weekly === undefined)) {
    context.report(path, 'needs either cron and duration, or weekly', 'key');
    return undefined;
  }
  if (weekly !== undefined) {
    if (duration !== undefined) context.report([...path, 'duration'], 'goes with cron; weekly has its end', 'key');
    const startMinutes = minutesOf(weekly.start);
    const endMinutes = minutesOf(weekly.end);
    const days = [...new Set(weekly.days)].map((day) => weekDays.indexOf(day)).sort();
    // An end that is not after the start is meant for the next day; equal ones make a whole day.
    return {
      weekly: { days, startMinutes, endMinutes: endMinutes > startMinutes ? endMinutes : endMinutes + minutesPerDay },
    };
  }
  if (duration === undefined) context.report([...path, 'duration'], 'is missing', 'key');
  return { cron: (cron ?? '').trim(), durationSeconds: duration ?? 0 };
}

const minutesPerDay = 1440;

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
