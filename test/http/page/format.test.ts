import t from 'tap';
import {
  counted,
  durationText,
  formatAvailability,
  formatCount,
  formatMoment,
  formatRatio,
  timeAgo,
} from '../../../src/http/page/format.js';
import { nowSeconds } from '../../support/service-fixture.js';

t.test('durations are written as people write them', async (t) => {
  const durations: readonly (readonly [seconds: number, text: string])[] = [
    [0, '0 ms'],
    [0.00042, '0.4 ms'],
    [0.0094, '9.4 ms'],
    [0.0095, '10 ms'],
    [0.0381, '38 ms'],
    [0.9994, '999 ms'],
    [0.9995, '1 s'],
    [2.514, '2.51 s'],
    [59.4, '59.4 s'],
    [59.5, '1 min'],
    [60.4, '1 min'],
    [200, '3 min 20 s'],
    [3599.4, '59 min 59 s'],
    [3599.6, '1 h'],
    [18_720, '5 h 12 min'],
    [18_779, '5 h 12 min'],
    [172_799, '47 h 59 min'],
    [172_800, '2 days'],
    [300_000, '3 days'],
    [Number.NaN, '–'],
  ];
  for (const [seconds, text] of durations) t.equal(durationText(seconds), text, String(seconds));
});

t.test('counts have commas, and at most one decimal place', async (t) => {
  t.same([0, 999, 1204, 1234567, 3.21987, 1204.5, Number.NaN, Infinity].map(formatCount), [
    ...['0', '999', '1,204', '1,234,567', '3.2', '1,204.5', '–', '–'],
  ]);
  t.same(
    [0, 1, 2].map((count) => counted(count, 'component')),
    ['0 components', '1 component', '2 components'],
  );
});

t.test('ratios are in percent, and an availability is rounded down', async (t) => {
  t.same([0.8734, 1, 0, Number.NaN].map(formatRatio), ['87.3 %', '100 %', '0 %', '–']);
  t.same([0, 0.5, 0.99999, 1].map(formatAvailability), ['0.00 %', '50.00 %', '99.99 %', '100 %']);
});

t.test('a moment has its date and time, and an age has its moment', async (t) => {
  t.equal(formatMoment(nowSeconds), '2026-11-23 08:15:30 UTC');
  t.equal(formatMoment(Number.NaN), '–');
  const iso = '2026-11-23T08:15:30.000Z';
  for (const [age, words] of [
    [-5, 'just now'],
    [0.9, 'just now'],
    [1, '1 s ago'],
    [12.9, '12 s ago'],
    [3600, '1 h ago'],
  ] as const)
    t.equal(timeAgo(nowSeconds, nowSeconds + age).markup, `<time datetime="${iso}" title="${iso}">${words}</time>`);
});
