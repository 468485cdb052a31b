import t from 'tap';
import { Pace } from '../../src/base/pace.js';
import { ManualClock } from '../support/manual-clock.js';

t.test('the limit counts the events of each name in one second of the clock', async (t) => {
  const clock = new ManualClock();
  const pace = new Pace(2, clock);
  const permits = (names: string) => [...names].map((name) => pace.permits(name));
  await clock.pass(10.5);
  t.strictSame(permits('aabaabb'), [true, true, true, false, false, true, false]);
  await clock.pass(0.4);
  t.strictSame(permits('ab'), [false, false], 'the same second');
  await clock.pass(0.2);
  t.strictSame(permits('aaa'), [true, true, false], 'the next second');
});
