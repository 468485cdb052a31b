import t from 'tap';
import { isoTime, systemClock } from '../../src/base/clock.js';

t.test('the system clock counts in seconds', async (t) => {
  t.ok(Math.abs(systemClock.nowSeconds() - Date.now() / 1000) < 5);
  const [startedAt, monotonicAt] = [performance.now(), systemClock.monotonicSeconds()];
  await new Promise((resolve) => setTimeout(resolve, 20));
  const passed = systemClock.monotonicSeconds() - monotonicAt;
  t.ok(passed >= 0.015 && passed <= (performance.now() - startedAt) / 1000 + 0.001, `${passed} s`);
});

t.test('a timer calls once after its delay, and a stopped timer never calls', async (t) => {
  const calls: string[] = [];
  const startedAt = performance.now();
  const stop = systemClock.setTimer(() => calls.push('stopped'), 0.01);
  systemClock.setTimer(() => calls.push('past'), -5);
  await new Promise<void>((resolve) => {
    // A timer of the clock does not keep the process alive.
    const alive = setInterval(() => {}, 1000);
    systemClock.setTimer(() => {
      clearInterval(alive);
      resolve();
    }, 0.05);
    stop();
  });
  t.ok(performance.now() - startedAt >= 45);
  t.strictSame(calls, ['past']);
  stop();
});

t.test('a time is printed as ISO 8601, and an invalid one as null', (t) => {
  t.equal(isoTime(0), '1970-01-01T00:00:00.000Z');
  t.equal(isoTime(1_800_000_000.25), '2027-01-15T08:00:00.250Z');
  for (const seconds of [NaN, Infinity, 1e16]) t.equal(isoTime(seconds), null);
  t.end();
});
