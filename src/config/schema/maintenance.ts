import * as z from 'zod';
import { limits } from '../limits.js';
import { weekDays } from '../week-days.js';
import { duration, filledList, mapping, text, textLike, word } from './fields.js';

const weeklySchema = mapping({
  days: filledList(word(weekDays), 'a list of days such as [sat, sun]').describe('Days on which it begins.'),
  start: textLike(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 22:00').describe('Time at which it begins, HH:MM.'),
  end: textLike(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time such as 02:00').describe(
    'Time at which it ends, HH:MM; of the next day when it is not after start.',
  ),
});

/** `maintenance_windows`. That there is exactly one of `cron` and `weekly` is checked later. */
export const maintenanceSchema = z.array(
  mapping({
    name: text().optional().describe('What to call it.'),
    components: z
      .union([z.literal('all'), filledList(text(), 'a list of component names')], {
        error: 'must be "all" or a list of component names',
      })
      .optional()
      .describe('all, or the names of the components. Default all.'),
    time_zone: text().optional().describe('IANA time zone. Default UTC.'),
    cron: text().optional().describe('When it begins: minute hour day month weekday.'),
    duration: duration(limits.maintenanceSeconds)
      .optional()
      .describe('How long it lasts, in time that passes; with cron.'),
    weekly: weeklySchema
      .optional()
      .describe('Begin and end by day and by the clock of the time zone, instead of cron and duration.'),
  }),
  { error: 'must be a list of maintenance windows' },
);
