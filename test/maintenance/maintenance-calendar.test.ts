import t from 'tap';
import type { MaintenanceWindow } from '../../src/config/sections/maintenance-section.js';
import { createCalendar, occurrencesOf } from '../../src/maintenance/maintenance-calendar.js';
import { CurrentSilences } from '../../src/maintenance/silences.js';

const at = (time: string) => Date.parse(time) / 1000;
const window = (changes: Partial<MaintenanceWindow>): MaintenanceWindow => ({
  name: 'w',
  components: 'all',
  cron: '0 22 * * 6',
  durationSeconds: 4 * 3600,
  timeZone: 'UTC',
  ...changes,
});

t.test('a window includes its begin and not its end, also past midnight', async (t) => {
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

t.test('maintenance covers only the named components, in any of several windows', async (t) => {
  const calendar = await createCalendar([
    window({ components: ['backend'] }),
    window({ components: ['redis'], cron: '0 3 * * *', durationSeconds: 60 }),
  ]);
  t.equal(calendar.isActive('backend', at('2026-11-21T23:00:00Z')), true);
  t.equal(calendar.isActive('redis', at('2026-11-21T23:00:00Z')), false);
  t.equal(calendar.isActive('redis', at('2026-11-21T03:00:30Z')), true);
  t.equal(calendar.isActive('frontend', at('2026-11-21T03:00:30Z')), false);
});

t.test('maintenance of everything is that of no component, too; the reason is a silence before a window', async (t) => {
  const [now, silences] = [at('2026-11-21T23:00:00Z'), new CurrentSilences()];
  const windows = [
    window({ name: 'its own', components: ['backend'] }),
    window({ name: 'of all', cron: '0 23 * * *' }),
  ];
  const calendar = await createCalendar(windows, silences);
  t.strictSame(calendar.reasonFor('backend', now), { text: 'its own' });
  t.strictSame(calendar.reasonFor('redis', now), { text: 'of all' });
  t.strictSame(calendar.reasonFor(null, now), { text: 'of all' });
  t.equal(calendar.reasonFor(null, now - 1), undefined);
  const matchers = [{ name: 'component', value: 'backend', isRegex: false, isEqual: true }];
  const times = { startsAtSeconds: now - 60, endsAtSeconds: now + 60 };
  silences.replace([{ id: 'a', matchers, ...times, createdBy: 'ada', comment: 'a new disk' }], undefined);
  t.strictSame(calendar.reasonFor('backend', now), { text: 'a new disk', author: 'ada' });
  t.strictSame(calendar.reasonFor('redis', now), { text: 'of all' });
});

t.test('the time zone decides, also at the change to summer time and back', async (t) => {
  const calendar = await createCalendar([
    window({ cron: '0 4 * * *', durationSeconds: 3600, timeZone: 'Europe/Berlin' }),
  ]);
  t.equal(calendar.isActive('a', at('2026-07-01T02:30:00Z')), true, 'summer: 04:30 is 02:30 UTC');
  t.equal(calendar.isActive('a', at('2026-12-01T03:30:00Z')), true, 'winter: 04:30 is 03:30 UTC');
  t.equal(calendar.isActive('a', at('2026-12-01T02:30:00Z')), false);
  t.equal(calendar.isActive('a', at('2026-03-29T02:30:00Z')), true, 'the morning of the change');
});

t.test('a window longer than the time between two begins never ends', async (t) => {
  const calendar = await createCalendar([window({ cron: '* * * * *', durationSeconds: 3600 })]);
  for (const time of ['2026-11-21T00:00:00Z', '2026-11-21T00:00:59.999Z'])
    t.equal(calendar.isActive('a', at(time)), true);
});

t.test('a single window begins and ends by the clock of its zone, and never repeats', async (t) => {
  const local = (time: string) => Date.parse(`${time}Z`) / 1000;
  const once = (begin: string, end: string, timeZone = 'Europe/Berlin') => ({
    name: 'w',
    components: 'all' as const,
    timeZone,
    once: { localBeginSeconds: local(begin), localEndSeconds: local(end) },
  });
  const table: readonly (readonly [ReturnType<typeof once>, begin: string, end: string])[] = [
    [once('2027-01-03T22:00', '2027-01-04T02:00'), '2027-01-03T21:00:00Z', '2027-01-04T01:00:00Z'],
    [once('2027-07-03T22:00', '2027-07-04T02:00'), '2027-07-03T20:00:00Z', '2027-07-04T00:00:00Z'],
    // The hour from 2 to 3 comes twice.
    [once('2026-10-25T02:30', '2026-10-25T02:45'), '2026-10-25T00:30:00Z', '2026-10-25T01:45:00Z'],
    [once('2027-01-03T22:00', '2027-01-04T02:00', 'UTC'), '2027-01-03T22:00:00Z', '2027-01-04T02:00:00Z'],
  ];
  for (const [window, begin, end] of table) {
    const calendar = await createCalendar([window]);
    t.same(
      [at(begin) - 1, at(begin), at(end) - 1, at(end), at(end) + 365 * 86_400].map((now) =>
        calendar.isActive('a', now),
      ),
      [false, true, true, false, false],
      begin,
    );
    const occurrences = await occurrencesOf(window);
    t.same(occurrences(at(begin) - 86_400), { beginSeconds: at(begin), endSeconds: at(end) });
    t.equal(occurrences(at(end)), undefined);
  }
  // The hour from 2 to 3 is skipped.
  const skipped = await createCalendar([once('2027-03-28T02:10', '2027-03-28T02:50')]);
  for (const time of ['2027-03-28T00:59:59Z', '2027-03-28T01:00:00Z', '2027-03-28T01:30:00Z'])
    t.equal(skipped.isActive('a', at(time)), false, time);
  const never = await occurrencesOf(once('2027-03-28T02:10', '2027-03-28T02:50'));
  t.equal(never(at('2027-03-27T00:00:00Z')), undefined, 'it takes no time, so it never comes');
});

t.test('without windows nothing is in maintenance', async (t) => {
  t.equal((await createCalendar([])).isActive('a', at('2026-11-21T22:30:00Z')), false);
});

/**
 * The local time of a zone: the day as a number, its weekday, and the minutes since midnight. It is computed differently than in the
 * calendar.
 */
function shown(timeZone: string): (milliseconds: number) => { readonly day: number; readonly minutes: number } {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  return (milliseconds) => {
    const [year = 0, month = 0, date = 0, hours = 0, minutes = 0] = (
      format.format(milliseconds).match(/\d+/g) ?? []
    ).map(Number);
    return { day: Date.UTC(year, month - 1, date) / 86_400_000, minutes: hours * 60 + minutes };
  };
}

const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * The minutes in this span that belong to the window `sat 22:00-04:00`: from the first minute that is in it by the clock to the last, each
 * time.
 */
function reckoned(text: string, timeZone: string, from: number, to: number): ReadonlySet<number> {
  const [days = '', times = ''] = text.split(' ');
  const [start = 0, end = 0] = times.split('-').map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
  const clock = shown(timeZone);
  const within = new Map<number, number[]>();
  for (let at = from - 2 * 86_400_000; at < to + 2 * 86_400_000; at += 60_000) {
    const { day, minutes } = clock(at);
    for (const beginDay of [day - 1, day]) {
      const passed = (day - beginDay) * 1440 + minutes;
      const isDay = days.split(',').includes(names[(beginDay + 4) % 7] ?? '');
      if (isDay && passed >= start && passed < (end > start ? end : end + 1440))
        within.set(beginDay, [...(within.get(beginDay) ?? []), at]);
    }
  }
  const inside = new Set<number>();
  for (const minutes of within.values())
    for (let at = minutes[0] ?? 0; at <= (minutes.at(-1) ?? 0); at += 60_000) inside.add(at);
  return inside;
}

function weekly(text: string, timeZone: string): MaintenanceWindow {
  const [days = '', times = ''] = text.split(' ');
  const [startMinutes = 0, end = 0] = times
    .split('-')
    .map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
  const endMinutes = end > startMinutes ? end : end + 1440;
  return {
    name: 'w',
    components: 'all',
    timeZone,
    weekly: {
      days: days
        .split(',')
        .map((day) => names.indexOf(day))
        .sort(),
      startMinutes,
      endMinutes,
    },
  };
}

t.test(
  'a weekly window ends by the clock of its zone, in every minute of the nights in which the clock changes',
  async (t) => {
    const nights: readonly [string, readonly string[], readonly string[]][] = [
      [
        'Europe/Berlin',
        ['2026-03-28', '2026-10-24', '2026-06-20'],
        [
          'sat 22:00-04:00',
          'sun 02:30-04:00',
          'sat 22:00-02:30',
          'sun 02:15-02:45',
          'sun 00:30-02:00',
          'sun 03:00-05:00',
          'sun,sat 02:30-02:15',
          'sat,sun 00:00-24:00',
          'sun,mon,tue,wed,thu,fri,sat 00:00-24:00',
        ],
      ],
      [
        'America/New_York',
        ['2026-03-07', '2026-10-31'],
        ['sat 23:00-03:00', 'sun 01:30-02:30', 'sun 02:00-03:00', 'sat 20:00-01:15'],
      ],
      [
        'Australia/Lord_Howe',
        ['2026-10-03', '2026-04-04'],
        [
          'sun 02:10-02:20',
          'sun 01:45-03:00',
          'sat 22:00-01:40',
          'sat 22:00-02:00',
          'sun 02:15-04:00',
          'sun 01:30-02:00',
        ],
      ],
      [
        'America/Santiago',
        ['2026-09-05', '2026-04-04'],
        [
          'sat 00:00-24:00',
          'sun 00:00-24:00',
          'sun 00:30-02:00',
          'sat 23:30-00:30',
          'sat 22:00-23:15',
          'sat,sun 23:00-01:00',
        ],
      ],
      [
        'Africa/Cairo',
        ['2026-04-23', '2026-10-29'],
        ['thu 22:00-02:00', 'fri 00:00-24:00', 'fri 00:15-00:45', 'thu 23:30-00:00'],
      ],
      [
        'Atlantic/Azores',
        ['2026-03-28', '2026-10-24'],
        ['sat 00:00-24:00', 'sat 22:00-00:30', 'sun 00:30-02:00', 'sun 00:00-24:00'],
      ],
      ['Asia/Kathmandu', ['2026-10-24'], ['sat 22:00-04:00']],
      ['UTC', ['2026-10-24'], ['sat 22:00-04:00', 'sat 06:00-06:00']],
      ['Pacific/Apia', ['2011-12-29'], ['fri 00:00-24:00', 'thu 20:00-04:00', 'thu,fri,sat 00:00-24:00']],
    ];
    for (const [timeZone, dates, windows] of nights) {
      for (const date of dates) {
        for (const text of windows) {
          const from = Date.parse(`${date}T00:00:00Z`);
          const to = from + 3 * 86_400_000;
          const expected = reckoned(text, timeZone, from, to);
          const calendar = await createCalendar([weekly(text, timeZone)]);
          const wrong: string[] = [];
          for (let at = from; at < to; at += 60_000)
            if (calendar.isActive('a', at / 1000) !== expected.has(at)) wrong.push(new Date(at).toISOString());
          t.strictSame(wrong, [], `${timeZone}, ${date}, ${text}`);
        }
      }
    }
  },
);

t.test('a weekly window ends at the exact second, and an answer does not depend on earlier questions', async (t) => {
  const [window, end] = [weekly('sat 22:00-04:00', 'Europe/Berlin'), at('2026-10-25T03:00:00Z')];
  const calendar = await createCalendar([window]);
  for (const [second, isActive] of [
    [end, false],
    [end - 1, true],
    [end - 7 * 3600, true],
    [end - 7 * 3600 - 1, false],
    [end + 7 * 86_400 - 1, true],
    [end, false],
  ] as const) {
    t.equal(calendar.isActive('a', second), isActive, new Date(second * 1000).toISOString());
  }
});

t.test('a weekly window of a whole day ends on the next day at the same time of its zone', async (t) => {
  for (const [timeZone, end] of [
    ['America/Los_Angeles', '2026-11-22T20:00:00Z'],
    ['Asia/Tokyo', '2026-11-22T03:00:00Z'],
  ] as const) {
    const calendar = await createCalendar([weekly('sat 12:00-12:00', timeZone)]);
    t.same(
      [-86_401, -86_400, -1, 0].map((seconds) => calendar.isActive('a', at(end) + seconds)),
      [false, true, true, false],
      timeZone,
    );
  }
});

t.test('the length of a maintenance is its true one, and adjacent ones are one', async (t) => {
  const lengthHours = async (text: string, timeZone: string, time: string) => {
    const next = (await occurrencesOf(weekly(text, timeZone)))(at(time));
    return next === undefined ? undefined : (next.endSeconds - next.beginSeconds) / 3600;
  };
  t.equal(await lengthHours('sat 22:00-04:00', 'Europe/Berlin', '2026-10-20T00:00:00Z'), 7);
  t.equal(await lengthHours('sat 22:00-04:00', 'Europe/Berlin', '2026-03-25T00:00:00Z'), 5);
  t.equal(await lengthHours('sat 22:00-04:00', 'Europe/Berlin', '2026-06-25T00:00:00Z'), 6);
  t.equal(await lengthHours('sat,sun 00:00-24:00', 'Europe/Berlin', '2026-10-20T00:00:00Z'), 49);
  t.equal(
    await lengthHours('sun 02:15-02:45', 'Europe/Berlin', '2026-03-25T00:00:00Z'),
    0.5,
    'if it is skipped this week, the next one counts',
  );
  t.equal(
    await lengthHours('sun 02:15-02:45', 'Europe/Berlin', '2026-03-22T12:00:00Z'),
    0.5,
    'also after it was over this week, and is skipped in the next',
  );
  t.equal(
    await lengthHours('sun,mon,tue,wed,thu,fri,sat 00:00-24:00', 'Europe/Berlin', '2026-10-20T00:00:00Z'),
    Infinity,
  );
  t.equal(
    await lengthHours('sun,mon,tue,wed,thu,fri,sat 22:00-22:00', 'America/Santiago', '2026-09-01T00:00:00Z'),
    Infinity,
  );
});

t.test('a cron expression sets the begin of a window, and its duration is elapsed time', async (t) => {
  const night = window({ cron: '0 22 * * 6', durationSeconds: 6 * 3600, timeZone: 'Europe/Berlin' });
  for (const time of ['2026-10-20T00:00:00Z', '2026-03-25T00:00:00Z']) {
    const next = (await occurrencesOf(night))(at(time));
    t.equal((next?.endSeconds ?? 0) - (next?.beginSeconds ?? 0), 6 * 3600);
  }
  const skipped = await occurrencesOf(window({ cron: '30 2 * * *', durationSeconds: 3600, timeZone: 'Europe/Berlin' }));
  t.equal(
    skipped(at('2026-03-29T00:00:00Z'))?.beginSeconds,
    at('2026-03-29T01:00:00Z'),
    'a skipped time begins with the change',
  );
  const twice = await occurrencesOf(window({ cron: '30 2 * * *', durationSeconds: 600, timeZone: 'Europe/Berlin' }));
  t.equal(twice(at('2026-10-25T00:00:00Z'))?.beginSeconds, at('2026-10-25T00:30:00Z'));
  t.equal(twice(at('2026-10-25T00:45:00Z'))?.beginSeconds, at('2026-10-26T01:30:00Z'), 'a repeated time begins once');
});
