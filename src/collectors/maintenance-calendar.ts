import type { Cron } from 'croner';
import type { MaintenanceWindow } from '../config/config.js';
import type { CurrentSilences } from './current-silences.js';

/** Tells whether a component is in maintenance. Null stands for what belongs to none: only maintenance of everything covers it. */
export interface MaintenanceCalendar {
  isActive(component: string | null, nowSeconds: number): boolean;
}

/**
 * A calendar of these windows, and of the silences as they are when it is asked. The cron library is loaded only when there is a
 * window to follow.
 */
export async function createCalendar(windows: readonly MaintenanceWindow[], silences?: CurrentSilences): Promise<MaintenanceCalendar> {
  const isSilenced = (component: string | null, nowSeconds: number) => silences?.isActive(component, nowSeconds) === true;
  if (windows.length === 0) return { isActive: isSilenced };
  const { Cron } = await import('croner');
  const entries = windows.map((window) => ({ window, cron: new Cron(window.cron, { timezone: window.timeZone, paused: true }) }));
  return {
    isActive: (component, nowSeconds) =>
      isSilenced(component, nowSeconds) || entries.some(({ window, cron }) => covers(window, component) && isInside(cron, window.durationSeconds, nowSeconds)),
  };
}

function covers(window: MaintenanceWindow, component: string | null): boolean {
  return window.components === 'all' || (component !== null && window.components.includes(component));
}

/** Inside means: the window that began most recently has not ended, so one must begin within the last `duration`. */
function isInside(cron: Cron, durationSeconds: number, nowSeconds: number): boolean {
  const begin = cron.nextRun(new Date((nowSeconds - durationSeconds) * 1000));
  return begin !== null && begin.getTime() / 1000 <= nowSeconds;
}
