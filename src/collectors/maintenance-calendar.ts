import type { Cron } from 'croner';
import type { MaintenanceWindow } from '../config/config.js';

/** Tells whether a component is inside a maintenance window. Null stands for what belongs to none: only windows for all cover it. */
export interface MaintenanceCalendar {
  isActive(component: string | null, nowSeconds: number): boolean;
}

/** A calendar of these windows. The cron library is loaded only when there is a window to follow. */
export async function createCalendar(windows: readonly MaintenanceWindow[]): Promise<MaintenanceCalendar> {
  if (windows.length === 0) return { isActive: () => false };
  const { Cron } = await import('croner');
  const entries = windows.map((window) => ({ window, cron: new Cron(window.cron, { timezone: window.timeZone, paused: true }) }));
  return {
    isActive: (component, nowSeconds) =>
      entries.some(({ window, cron }) => covers(window, component) && isInside(cron, window.durationSeconds, nowSeconds)),
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
