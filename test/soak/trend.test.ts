import t from 'tap';
import { drawFigures, objectionsTo, trendsOf } from './figures.js';
import { readOptions } from './options.js';
import { trendOf } from './trend.js';

const none = { absolute: 0, ratio: 0 };
/** A reading per minute. */
const minutes = (values: readonly number[]) => values.map((value, i) => ({ atHours: i / 60, value }));
/** The same noise each time, between -1 and 1. */
const noise = (i: number) => Math.sin(i * 12.9898) * Math.cos(i * 78.233);

t.test('the slope is that of the line through the readings', async (t) => {
  const { slopePerHour, verdict } = trendOf(minutes(Array.from({ length: 20 }, (_, i) => 5 + i)), none);
  t.equal(Math.round(slopePerHour), 60);
  t.equal(verdict, 'grows');
});

t.test('a leak is distinguished from noise that is larger than the leak between two readings', async (t) => {
  const noisy = (leakPerReading: number) =>
    trendOf(minutes(Array.from({ length: 60 }, (_, i) => 100 + leakPerReading * i + 2 * noise(i))), none);
  t.equal(noisy(0.2).verdict, 'grows');
  t.equal(noisy(0).verdict, 'flat');
  t.ok(noisy(0).detectable < 60 * 0.2, 'and the smallest detectable leak is reported');
});

t.test('a figure that falls, or grows less than the tolerance, is flat', async (t) => {
  t.equal(trendOf(minutes(Array.from({ length: 20 }, (_, i) => 100 - i)), none).verdict, 'flat');
  const growing = minutes(Array.from({ length: 20 }, (_, i) => 100 + i / 10));
  t.equal(trendOf(growing, { absolute: 2, ratio: 0 }).verdict, 'flat');
  t.equal(trendOf(growing, { absolute: 0, ratio: 0.02 }).verdict, 'flat');
  t.equal(trendOf(growing, { absolute: 1, ratio: 0.01 }).verdict, 'grows');
});

t.test('a single outlier is not a leak', async (t) => {
  t.equal(
    trendOf(minutes([26, 26, 27, 26, 26, 26, 27, 26, 26, 26, 26, 38]), { absolute: 2, ratio: 0 }).verdict,
    'flat',
  );
});

t.test('a few readings give no verdict', async (t) => {
  t.equal(trendOf(minutes([1, 2, 3]), none).verdict, 'too short');
  t.equal(trendOf([], none).verdict, 'too short');
});

t.test('the table has a line with a verdict for each figure', async (t) => {
  const readings = Array.from({ length: 10 }, (_, i) => ({
    atHours: i / 60,
    heapBytes: (20 + i) << 20,
    descriptors: 26,
  }));
  t.same(
    [...trendsOf(readings)].map(([key, { verdict }]) => [key, verdict]),
    [
      ['heapBytes', 'grows'],
      ['descriptors', 'flat'],
    ],
  );
  t.same(objectionsTo(readings), ['grows: heap after collection']);
  t.same(objectionsTo(readings.slice(0, 3)), [
    '3 readings are too few for a verdict, 8 are needed: give it more minutes',
  ]);
  t.match(
    drawFigures(readings),
    /^\| figure +\| +first .*\n\| -.*\n\| heap after collection, MiB +\| +20 \| +29 \| +20 \| +29 \| +\+60\.\d \| +0\.\d+ \| +grows \|\n\| descriptors .* \+?0 \| +2 \| +flat \|$/,
  );
});

t.test('unknown arguments are refused in one line', async (t) => {
  t.same(readOptions([]), { minutes: 10, seed: 1, parts: ['week', 'machine'], leaks: [], disturbance: '' });
  t.same(readOptions(['--minutes', '0.5', '--seed', '7', '--only', 'machine', '--leak', 'heap,timers']), {
    minutes: 0.5,
    seed: 7,
    parts: ['machine'],
    leaks: ['heap', 'timers'],
    disturbance: '',
  });
  t.throws(() => readOptions(['--minutes', 'ten']), { message: /^--minutes is a number above 0, .* not "ten"$/ });
  t.throws(() => readOptions(['--minutes', '0']), { message: /^--minutes / });
  t.throws(() => readOptions(['--seed', '1.5']), { message: '--seed is a whole number, not "1.5"' });
  t.throws(() => readOptions(['--only', 'month']), { message: '--only: there is no "month"; there are week, machine' });
  t.throws(() => readOptions(['--leak', 'heap,water']), { message: /^--leak: there is no "water"; there are heap, / });
});
