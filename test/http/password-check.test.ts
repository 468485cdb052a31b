import { hashSync } from 'bcryptjs';
import t from 'tap';
import { Secret } from '../../src/config/secret.js';
import { PasswordCheck, Turns } from '../../src/http/password-check.js';
import { ManualClock } from '../support/manual-clock.js';

const users = new Map([['ann', new Secret(hashSync('open sesame', 4))]]);
/** Each comparison takes about fifty milliseconds. */
const costly = new Map([['ann', new Secret(hashSync('open sesame', 10))]]);
const right = { name: 'ann', password: 'open sesame', client: '192.0.2.1' };
const guess = (i: number, client = '198.51.100.7') => ({ name: 'ann', password: `guess ${i}`, client });

t.test('the right password is accepted, a wrong one and an unknown user are refused', async (t) => {
  const check = new PasswordCheck();
  t.equal(await check.check(users, right), 'right');
  t.equal(await check.check(users, { ...right, password: 'open sesame ' }), 'wrong');
  t.equal(await check.check(users, { ...right, name: 'bob' }), 'wrong');
  const two = new Map([...users, ['eve', new Secret(hashSync('another', 4))]]);
  t.equal(await check.check(two, { ...right, name: 'eve' }), 'wrong', 'the password of another user');
  t.equal(await check.check(two, { ...right, name: 'eve', password: 'another' }), 'right');
  t.equal(await check.check(users, right), 'right');
});

t.test(
  'thirty wrong passwords at a time delay neither the event loop nor the right password of another client',
  async (t) => {
    const check = new PasswordCheck();
    await check.check(users, right);
    let longestMilliseconds = 0;
    let last = performance.now();
    const looking = setInterval(() => {
      longestMilliseconds = Math.max(longestMilliseconds, performance.now() - last);
      last = performance.now();
    }, 1);
    t.teardown(() => clearInterval(looking));
    const ended: string[] = [];
    const noted = async (what: string, credentials: typeof right) =>
      ended.push(`${what} ${await check.check(costly, credentials)}`);
    const startedAt = performance.now();
    const all = Array.from({ length: 30 }, (_, i) => noted('guess', guess(i)));
    await Promise.all([noted('known', right), ...all.slice(0, 4)]);
    clearInterval(looking);
    const eachMilliseconds = (performance.now() - startedAt) / 5;
    t.ok(ended.indexOf('known right') <= 2, `it waited for one running check and one in turn: ${ended.join(', ')}`);
    t.ok(longestMilliseconds < eachMilliseconds, `${longestMilliseconds} of ${eachMilliseconds} ms`);
    t.notOk(ended.includes('guess busy'));
  },
);

t.test('of one client 64 checks may wait, and the checks of others still run', async (t) => {
  const check = new PasswordCheck();
  const many = Array.from({ length: 80 }, (_, i) => check.check(users, guess(i)));
  t.equal(await check.check(users, right), 'right');
  const verdicts = await Promise.all(many);
  // 64 wait, and one more is being compared.
  t.equal(verdicts.filter((verdict) => verdict === 'busy').length, 15);
  t.equal(verdicts.filter((verdict) => verdict === 'wrong').length, 65);
});

t.test('the same credentials are compared once, and many wrong ones do not displace right ones', async (t) => {
  const check = new PasswordCheck();
  const same = await Promise.all(Array.from({ length: 100 }, () => check.check(users, right)));
  t.same(new Set(same), new Set(['right']));
  for (let i = 0; i < 150; i += 50)
    await Promise.all(Array.from({ length: 50 }, (_, k) => check.check(users, guess(i + k))));
  const full = Array.from({ length: 70 }, (_, i) => check.check(users, guess(1000 + i, right.client)));
  t.equal(await check.check(users, right), 'right', 'although no more checks of this client may wait');
  await Promise.all(full);
});

t.test('the thread stops when it is not needed for 30 s, and starts again', async (t) => {
  const clock = new ManualClock();
  const check = new PasswordCheck(clock);
  t.equal(check.isThreadThere, false);
  await check.check(users, right);
  clock.advance(29);
  t.equal(check.isThreadThere, true);
  await check.check(users, guess(1));
  clock.advance(29);
  t.equal(check.isThreadThere, true);
  clock.advance(1);
  t.equal(check.isThreadThere, false);
  t.equal(await check.check(users, guess(2)), 'wrong');
});

t.test('of the wrong passwords the last hundred are remembered, and earlier ones are compared again', async (t) => {
  const clock = new ManualClock();
  const check = new PasswordCheck(clock);
  for (let i = 0; i <= 100; i++) await check.check(users, guess(i));
  clock.advance(30);
  for (const [i, isCompared] of [
    [100, false],
    [1, false],
    [0, true],
  ] as const) {
    t.equal(await check.check(users, guess(i)), 'wrong');
    t.equal(check.isThreadThere, isCompared, `guess ${i}`);
  }
});

t.test('an error is not a verdict, and the next client is served', async (t) => {
  const check = new PasswordCheck();
  const broken = new Map([['ann', new Secret(`$2b$04$${'!'.repeat(53)}`)]]);
  await t.rejects(check.check(broken, right));
  await t.rejects(check.check(broken, { ...right, name: 'bob' }), 'an unknown user costs a comparison, too');
  t.equal(await check.check(users, right), 'right');
});

t.test('clients are served in turn', async (t) => {
  const done: string[] = [];
  const turns = new Turns(3);
  const task = (client: string, name: string) => turns.take(client, async () => void done.push(name));
  const all = [task('a', 'a1'), task('a', 'a2'), task('a', 'a3'), task('b', 'b1'), task('c', 'c1'), task('b', 'b2')];
  await Promise.all(all);
  t.same(done, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
});
