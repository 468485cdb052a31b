import t from 'tap';
import { Lateness } from '../../src/base/lateness.js';
import { ManualClock } from '../support/manual-clock.js';

t.test('reports how long the process stood still during a measurement, in total and at most at once', async (t) => {
  const clock = new ManualClock();
  const lateness = new Lateness(clock);
  const watch = lateness.watch();
  clock.advance(1);
  t.match(watch.lost, { totalSeconds: 0, longestSeconds: 0 });
  clock.standStill(3);
  clock.advance(0.5);
  clock.standStill(2);
  watch.end();
  t.ok(Math.abs(watch.lost.totalSeconds - 5) < 0.2, String(watch.lost.totalSeconds));
  t.ok(Math.abs(watch.lost.longestSeconds - 3) < 0.2);
  const { totalSeconds } = watch.lost;
  clock.standStill(7);
  watch.end();
  t.equal(watch.lost.totalSeconds, totalSeconds, 'a delay after its end does not count');
});

t.test('each measurement counts only the time lost during it', async (t) => {
  const clock = new ManualClock();
  const lateness = new Lateness(clock);
  const first = lateness.watch();
  clock.standStill(1);
  const second = lateness.watch();
  clock.standStill(2);
  clock.advance(0.1);
  first.end();
  second.end();
  t.ok(first.lost.totalSeconds >= 3);
  t.ok(second.lost.totalSeconds >= 2 && second.lost.totalSeconds < 2.2, String(second.lost.totalSeconds));
});

t.test('the end of one measurement does not disturb another one', async (t) => {
  const clock = new ManualClock();
  const lateness = new Lateness(clock);
  const [first, second] = [lateness.watch(), lateness.watch()];
  first.end();
  clock.standStill(3);
  clock.advance(1);
  second.end();
  t.ok(Math.abs(second.lost.totalSeconds - 3) < 0.2, String(second.lost.totalSeconds));
  t.equal(first.lost.totalSeconds, 0);
});

t.test('short delays of a normal machine do not count, and without a measurement no timer runs', async (t) => {
  const clock = new ManualClock();
  const lateness = new Lateness(clock);
  const watch = lateness.watch();
  for (let i = 0; i < 20; i++) {
    clock.standStill(0.15);
    clock.advance(0.04);
  }
  t.equal(clock.waiting, 1);
  watch.end();
  t.equal(watch.lost.totalSeconds, 0);
  t.equal(clock.waiting, 0);
});
