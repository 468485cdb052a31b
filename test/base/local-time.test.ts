import t from 'tap';
import { momentsOf, offsetsOf } from '../../src/base/local-time.js';

const utc = (time: string) => Date.parse(`${time}Z`) / 1000;

t.test('a zone gives its offset for the time that is asked for', async (t) => {
  const table: readonly (readonly [zone: string, time: string, seconds: number])[] = [
    ['UTC', '2026-07-01T00:00', 0],
    ['Europe/Berlin', '2026-01-01T00:00', 3600],
    ['Europe/Berlin', '2026-07-01T00:00', 7200],
    ['Asia/Kolkata', '2026-01-01T00:00', 19_800],
    ['America/St_Johns', '2026-01-01T00:00', -12_600],
    ['Pacific/Kiritimati', '2026-01-01T00:00', 50_400],
    ['Africa/Monrovia', '1971-01-01T00:00', -2670],
  ];
  for (const [zone, time, seconds] of table) t.equal(offsetsOf(zone)(utc(time)), seconds, `${zone} ${time}`);
  t.throws(() => offsetsOf('Europe/Nowhere'), RangeError);
});

t.test(
  'a local time is one moment, or two when the clock is set back, or the moment of the change when it is skipped',
  async (t) => {
    const table: readonly (readonly [zone: string, local: string, first: string, last?: string | null])[] = [
      ['Europe/Berlin', '2026-02-01T12:00', '2026-02-01T11:00'],
      ['Europe/Berlin', '2026-03-28T12:00', '2026-03-28T11:00'],
      ['Europe/Berlin', '2026-03-29T01:59:59', '2026-03-29T00:59:59'],
      ['Europe/Berlin', '2026-03-29T02:00', '2026-03-29T01:00', null],
      ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00', null],
      ['Europe/Berlin', '2026-03-29T02:59:59', '2026-03-29T01:00', null],
      ['Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00'],
      ['Europe/Berlin', '2026-10-25T01:59:59', '2026-10-24T23:59:59'],
      ['Europe/Berlin', '2026-10-25T02:00', '2026-10-25T00:00'],
      ['Europe/Berlin', '2026-10-25T02:00:01', '2026-10-25T00:00:01', '2026-10-25T01:00:01'],
      ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30', '2026-10-25T01:30'],
      ['Europe/Berlin', '2026-10-25T03:00', '2026-10-25T02:00'],
      ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30', '2026-11-01T06:30'],
      ['Australia/Lord_Howe', '2026-10-04T02:10', '2026-10-03T15:30', null],
      ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T10:00', null],
    ];
    for (const [zone, local, first, last] of table)
      t.strictSame(
        momentsOf(utc(local), offsetsOf(zone)),
        { first: utc(first), last: utc(last ?? first), isSkipped: last === null },
        `${zone} ${local}`,
      );
  },
);
