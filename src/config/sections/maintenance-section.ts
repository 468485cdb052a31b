import { messageOf } from '../../base/errors.js';
import { daySeconds, momentsOf, offsetsOf } from '../../base/local-time.js';
import { formatDuration } from '../duration.js';
import { choice, complete, filledList, type Given, list, mapping, optional, required } from '../option.js';
import { duration, literal, text, textLike, word } from '../option-kinds.js';
import type { Path } from '../problem.js';
import { type Context, checkComponentNames } from '../resolving.js';

/** A time, once or repeated, in which problems of a component are expected. */
export type MaintenanceWindow = {
  readonly name: string;
  /** Component names, or `all`. */
  readonly components: readonly string[] | 'all';
  /** IANA name such as `Europe/Berlin`. */
  readonly timeZone: string;
} & Times;

type Times = CronTimes | { readonly weekly: WeeklyTimes } | { readonly once: OnceTimes };

/**
 * Times with a fixed duration. They begin by the clock of a time zone, and changes of this clock do not affect the
 * duration.
 */
export interface CronTimes {
  /** The begin, as a cron expression with five fields. */
  readonly cron: string;
  readonly durationSeconds: number;
}

/** Times that begin and end by the clock of a time zone. */
export interface WeeklyTimes {
  /** Days of the begin, 0 for Sunday, without duplicates and in order. */
  readonly days: readonly number[];
  /** Minutes after midnight, below 1440. */
  readonly startMinutes: number;
  /** Minutes after the same midnight, above `startMinutes`. Above 1440 it is on the next day. */
  readonly endMinutes: number;
}

/** One time by the clock of a time zone. */
export interface OnceTimes {
  /** The begin as Unix time, as if the local time were UTC. */
  readonly localBeginSeconds: number;
  /** The end in the same form, after the begin. */
  readonly localEndSeconds: number;
}

/** Shortest and longest maintenance in seconds. */
export const maintenanceSeconds = { minimum: 60, maximum: 7 * 86_400 };

/** Days of the week in the configuration. Their positions are the numbers of cron. */
const weekDays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const weeklyOptions = {
  days: required(
    filledList(word(weekDays), 'a list of days such as [sat, sun]'),
    `Days on which it begins: list of ${weekDays.join(', ')}.`,
    {
      synonyms: 'weekday weekdays',
    },
  ),
  start: required(textLike(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 22:00', 'HH:MM'), 'When it begins.', {
    synonyms: 'begin start_time starts_at begins',
  }),
  end: required(
    textLike(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time such as 02:00', 'HH:MM or 24:00'),
    'When it ends; on the next day when it is not after start.',
    { synonyms: 'until end_time ends_at ends' },
  ),
};

const oncePattern = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)\/(?:(\d{4}-\d\d-\d\d)T)?(\d\d:\d\d)$/;

const windowOptions = {
  name: optional(text(), 'What to call it.', { defaultIs: '"window" and its position' }),
  components: optional(
    choice(
      [literal('all'), filledList(text(), 'a list of component names')],
      'must be "all" or a list of component names',
    ),
    'all, or the names of the components.',
    { default: 'all' },
  ),
  time_zone: optional(text({ type: 'IANA time zone' }), 'Time zone of all times of the window.', {
    default: 'UTC',
    synonyms: 'tz',
  }),
  cron: optional(
    text({ type: 'Cron expression' }),
    'Begin: minute, hour, day of month, month, day of week. Use either cron and duration, or weekly, or once.',
  ),
  duration: optional(
    duration(maintenanceSeconds),
    'How long it lasts, also when the clock changes. Required with cron.',
    { synonyms: 'length for' },
  ),
  weekly: optional(
    mapping(weeklyOptions),
    'Begin and end by day and time, by the clock of the time zone: an hour that comes twice in autumn counts twice, an hour that is skipped in spring has no length.',
  ),
  once: optional(
    textLike(oncePattern, 'a time such as 2027-01-03T22:00/02:00', 'BEGIN/END'),
    'One window by the clock of the time zone: 2027-01-03T22:00/02:00, or with a date after the slash, too.',
    { synonyms: 'at date' },
  ),
};

type GivenWindow = Given<typeof windowOptions>;

/** `maintenance_windows`. `recurrence` checks that there is exactly one of `cron`, `weekly` and `once`. */
export const maintenanceKind = list(mapping(windowOptions), 'a list of maintenance windows');

/** `maintenance_windows`. Loads the cron library only for a cron expression. */
export async function resolveMaintenance(
  given: readonly (GivenWindow | undefined)[],
  context: Context,
): Promise<readonly MaintenanceWindow[]> {
  const windows: MaintenanceWindow[] = [];
  for (const [index, window] of given.entries()) {
    if (window === undefined) continue;
    const path: Path = ['maintenance_windows', index];
    const { components, time_zone: timeZone } = complete(windowOptions, window);
    if (components !== 'all') checkComponentNames(components, [...path, 'components'], context);
    const zoneIsKnown = isTimeZone(timeZone);
    if (!zoneIsKnown) context.report([...path, 'time_zone'], 'must be an IANA time zone such as Europe/Berlin');
    const times = recurrence(window, path, context);
    if (times === undefined) continue;
    if ('cron' in times) {
      const { Cron } = await import('croner');
      try {
        // croner reads a sixth field as seconds, and the window would begin 60 times.
        if (times.cron.split(/\s+/).length !== 5)
          throw new Error('five fields are needed: minute hour day month weekday');
        const begins = new Cron(times.cron, {
          timezone: zoneIsKnown ? timeZone : 'UTC',
        }).nextRun(new Date(context.nowSeconds * 1000));
        if (begins === null) throw new Error('no date matches');
      } catch (error) {
        const why = messageOf(error).replace(/^CronPattern: /, '');
        context.report([...path, 'cron'], `must be a cron expression such as "0 2 * * 6" (${why})`);
      }
    }
    if ('once' in times && zoneIsKnown) warnOfOnce(times.once, timeZone, [...path, 'once'], context);
    windows.push({ name: window.name ?? `window ${index + 1}`, components, timeZone, ...times });
  }
  return windows;
}

function recurrence(window: GivenWindow, path: Path, context: Context): Times | undefined {
  const { cron, duration, weekly, once } = window;
  if ([cron, weekly, once].filter((times) => times !== undefined).length !== 1) {
    context.report(path, 'needs either cron and duration, or weekly, or once', 'key');
    return undefined;
  }
  if (cron === undefined && duration !== undefined)
    context.report(
      [...path, 'duration'],
      `works only with cron; ${weekly === undefined ? 'once' : 'weekly'} has its own end`,
      'key',
    );
  if (once !== undefined) return onceTimes(once, [...path, 'once'], context);
  if (weekly !== undefined) {
    const startMinutes = minutesOf(weekly.start);
    const endMinutes = minutesOf(weekly.end);
    const days = [...new Set(weekly.days)].map((day) => weekDays.indexOf(day)).sort();
    // An end before the start is on the next day. The same time means a whole day.
    return {
      weekly: { days, startMinutes, endMinutes: endMinutes > startMinutes ? endMinutes : endMinutes + minutesPerDay },
    };
  }
  if (duration === undefined) context.report([...path, 'duration'], 'is missing', 'key');
  return { cron: (cron ?? '').trim(), durationSeconds: duration ?? 0 };
}

function onceTimes(text: string, path: Path, context: Context): { readonly once: OnceTimes } | undefined {
  const [, beginDay = '', beginTime = '', endDay = beginDay, endTime = ''] = oncePattern.exec(text) ?? [];
  const localBeginSeconds = localSeconds(beginDay, beginTime);
  const sameDaySeconds = localSeconds(endDay, endTime);
  const endsNextDay = endDay === beginDay && !text.includes(`/${endDay}`) && sameDaySeconds <= localBeginSeconds;
  const localEndSeconds = sameDaySeconds + (endsNextDay ? daySeconds : 0);
  const lengthSeconds = localEndSeconds - localBeginSeconds;
  if (Number.isNaN(lengthSeconds)) context.report(path, 'must be a day of the calendar and times such as 22:00');
  else if (lengthSeconds <= 0) context.report(path, 'must be a time that ends after it begins');
  else if (lengthSeconds > maintenanceSeconds.maximum)
    context.report(path, `must be at most ${formatDuration(maintenanceSeconds.maximum)} long`);
  else return { once: { localBeginSeconds, localEndSeconds } };
  return undefined;
}

/** A window in the past, or a time that the clock skips, is permitted. A warning says what happens. */
function warnOfOnce({ localBeginSeconds, localEndSeconds }: OnceTimes, timeZone: string, path: Path, context: Context) {
  const offsetAt = offsetsOf(timeZone);
  const shown = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 16);
  const begin = momentsOf(localBeginSeconds, offsetAt);
  const end = momentsOf(localEndSeconds, offsetAt);
  const warnOfSkip = (localSeconds: number, effect: string) =>
    context.warn(path, `the clock of ${timeZone} skips ${shown(localSeconds)}: ${effect}`);
  const changed = (seconds: number) => shown(seconds + offsetAt(seconds));
  if (end.last <= context.nowSeconds)
    context.warn(path, `ended at ${shown(localEndSeconds)} in ${timeZone}: remove it, or write another date`);
  else if (end.last <= begin.first)
    warnOfSkip(localBeginSeconds, 'the window is empty; write times that exist on this day');
  else if (begin.isSkipped) warnOfSkip(localBeginSeconds, `the window begins at ${changed(begin.first)}`);
  else if (end.isSkipped) warnOfSkip(localEndSeconds, `the window ends at ${changed(end.last)}`);
}

/** NaN for a day that does not exist. */
function localSeconds(day: string, time: string): number {
  const seconds = Date.parse(`${day}T${time}Z`) / 1000;
  // Date.parse reads 31 February as 3 March.
  return Number.isFinite(seconds) && new Date(seconds * 1000).toISOString().startsWith(day) ? seconds : Number.NaN;
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
