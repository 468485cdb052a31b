import t from 'tap';
import { ShareOfTime } from '../../src/http/alert-routes.js';
import { ManualClock } from '../support/manual-clock.js';

t.test('pieces run one after the other, with a pause after each by their share of time', async (t) => {
  const clock = new ManualClock();
  const share = new ShareOfTime(clock, 0.2);
  const done: string[] = [];
  const piece = (name: string, tookSeconds: number) => share.do(() => (done.push(name), clock.advance(tookSeconds)));
  const second = piece('first', 0.5).then(() =>
    t.same(done, ['first'], 'the result of a piece does not wait for its pause'),
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
  t.same(done, ['first', 'second', 'third'], 'a piece that failed at once causes no pause');
});

t.test('a piece that fails is followed by a pause, too', async (t) => {
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
