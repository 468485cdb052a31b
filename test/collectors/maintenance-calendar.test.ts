import t from 'tap';
import { createCalendar } from '../../src/collectors/maintenance-calendar.js';
import type { MaintenanceWindow } from '../../src/config/config.js';

const at = (time: string) => Date.parse(time) / 1000;
const window = (changes: Partial<MaintenanceWindow>): MaintenanceWindow => ({ name: 'w', components: 'all', cron: '0 22 * * 6', durationSeconds: 4 * 3600, timeZone: 'UTC', ...changes });

t.test('a window covers its beginning and not its end, also past midnight', async (t) => {
  const calendar = await createCalendar([window({})]);
  const table: readonly [string, boolean][] = [
    ['2026-11-21T21:59:59Z', false],
    ['2026-11-21T22:00:00Z', true],
    ['2026-11-22T01:59:59Z', true],
    ['2026-11-22T02:00:00Z', false],
    ['2026-11-22T22:30:00Z', false],
  ];
  for (const [time, isActive] of table) t.equal(calendar.isActive('backend', at(time)), isActive, time);
});

t.test('only the named components, and any of several windows', async (t) => {
  const calendar = await createCalendar([window({ components: ['backend'] }), window({ components: ['redis'], cron: '0 3 * * *', durationSeconds: 60 })]);
  t.equal(calendar.isActive('backend', at('2026-11-21T23:00:00Z')), true);
  t.equal(calendar.isActive('redis', at('2026-11-21T23:00:00Z')), false);
  t.equal(calendar.isActive('redis', at('2026-11-21T03:00:30Z')), true);
  t.equal(calendar.isActive('frontend', at('2026-11-21T03:00:30Z')), false);
});

t.test('the time zone decides, through the change to summer time and back', async (t) => {
  const calendar = await createCalendar([window({ cron: '0 4 * * *', durationSeconds: 3600, timeZone: 'Europe/Berlin' })]);
  t.equal(calendar.isActive('a', at('2026-07-01T02:30:00Z')), true, 'summer: 04:30 is 02:30 UTC');
  t.equal(calendar.isActive('a', at('2026-12-01T03:30:00Z')), true, 'winter: 04:30 is 03:30 UTC');
  t.equal(calendar.isActive('a', at('2026-12-01T02:30:00Z')), false);
  t.equal(calendar.isActive('a', at('2026-03-29T02:30:00Z')), true, 'the morning of the change');
});

t.test('a window longer than the time between two of its beginnings never ends', async (t) => {
  const calendar = await createCalendar([window({ cron: '* * * * *', durationSeconds: 3600 })]);
  for (const time of ['2026-11-21T00:00:00Z', '2026-11-21T00:00:59.999Z']) t.equal(calendar.isActive('a', at(time)), true);
});

t.test('without windows nothing is in maintenance', async (t) => {
  t.equal((await createCalendar([])).isActive('a', at('2026-11-21T22:30:00Z')), false);
});
