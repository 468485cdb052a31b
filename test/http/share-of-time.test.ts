import t from 'tap';
import { ShareOfTime } from '../../src/http/alert-routes.js';
import { ManualClock } from '../support/manual-clock.js';

t.test('does one piece after the other, and rests after each for as long as its share says', async (t) => {
  const clock = new ManualClock();
  const share = new ShareOfTime(clock, 0.2);
  const done: string[] = [];
  const piece = (name: string, tookSeconds: number) => share.do(() => (done.push(name), clock.advance(tookSeconds)));
  const second = piece('first', 0.5).then(() =>
    t.same(done, ['first'], 'whoever waits for a piece does not wait for the rest'),
  );
  const third = share.do(() => {
    done.push('second');
    throw new Error('broken');
  });
  void piece('third', 0.1);
  await second;
  await clock.pass(1.9);
  t.same(done, ['first']);
  await clock.pass(0.11);
  await t.rejects(third, { message: 'broken' });
  t.same(done, ['first', 'second', 'third'], 'a piece that took no time and failed keeps nobody waiting');
});

t.test('rests after a piece that failed, too', async (t) => {
  const clock = new ManualClock();
  const share = new ShareOfTime(clock, 0.2);
  const failed = share.do(() => {
    clock.advance(0.5);
    throw new Error('broken');
  });
  let isDone = false;
  const next = share.do(() => (isDone = true));
  await t.rejects(failed, { message: 'broken' });
  await clock.pass(1.9);
  t.notOk(isDone);
  await clock.pass(0.11);
  await next;
  t.ok(isDone);
});
