import t from 'tap';
import { DataFailure } from '../../src/access/data-access.js';
import { accountRights, SharedAnswer } from '../../src/ai-crm/shared-answer.js';
import { aiCrm, never, withToken } from '../support/data.js';
import { loggedInAccess } from '../support/logged-in-access.js';
import { ManualClock } from '../support/manual-clock.js';

/** A shared answer, of which the test gives each request its end. */
function shared() {
  const clock = new ManualClock();
  const requests: { readonly resolve: (value: string) => void; readonly reject: (error: Error) => void }[] = [];
  const answer = new SharedAnswer(
    () => new Promise<string>((resolve, reject) => requests.push({ resolve, reject })),
    clock,
    { answerSeconds: 10, failureSeconds: 4 },
  );
  return { clock, requests, get: (signal = new AbortController().signal) => answer.get(signal) };
}

t.test('callers at the same time share one request, and its answer stays until it is too old', async (t) => {
  const { clock, requests, get } = shared();
  clock.advance(100);
  const both = [get(), get()];
  requests[0]?.resolve('a');
  t.same(await Promise.all(both), ['a', 'a']);
  clock.advance(9.9);
  t.equal(await get(), 'a');
  clock.advance(0.1);
  const later = get();
  t.equal(requests.length, 2);
  requests[1]?.resolve('b');
  t.equal(await later, 'b');
});

t.test('a failure is given to all callers for its own time', async (t) => {
  const { clock, requests, get } = shared();
  const first = get();
  requests[0]?.reject(new DataFailure('timeout', 'no answer'));
  await t.rejects(first, { message: 'no answer' });
  clock.advance(3.9);
  await t.rejects(get(), { message: 'no answer' });
  t.equal(requests.length, 1);
  clock.advance(0.1);
  const second = get();
  requests[1]?.resolve('b');
  t.equal(await second, 'b');
});

t.test('a caller that waits for the request of another one can be cancelled alone', async (t) => {
  const { requests, get } = shared();
  const first = get();
  const stop = new AbortController();
  const second = get(stop.signal);
  stop.abort(new Error('the exporter is stopping'));
  await t.rejects(second, { message: 'the exporter is stopping' });
  await t.rejects(get(stop.signal), { message: 'the exporter is stopping' });
  requests[0]?.resolve('a');
  t.equal(await first, 'a');
  t.equal(requests.length, 1);
});

t.test('a mistake of the program is no answer, and the next caller asks again', async (t) => {
  const { requests, get } = shared();
  const first = get();
  requests[0]?.reject(new TypeError('x is undefined'));
  await t.rejects(first, new TypeError('x is undefined'));
  const second = get();
  t.equal(requests.length, 2);
  requests[1]?.resolve('a');
  t.equal(await second, 'a');
});

t.test('the rights follow role and tier, and an unknown tier may read everything', async (t) => {
  const whyNot = async (role: string, tier: string, subject: 'users' | 'pm_gateway' | 'tasks') => {
    const data = { ...loggedInAccess('http://x'), account: async () => ({ role, tier }) };
    return accountRights(aiCrm(withToken), data, new ManualClock()).whyNot(subject, never);
  };
  t.equal(await whyNot('Admin', 'free', 'users'), undefined);
  t.equal(await whyNot('user', 'pro', 'users'), 'needs role admin, the account has role user');
  for (const tier of ['pro', 'PRO', 'enterprise', 'galactic'])
    t.equal(await whyNot('user', tier, 'pm_gateway'), undefined, tier);
  t.equal(await whyNot('user', 'Free', 'pm_gateway'), 'needs tier pro, the account has tier Free');
  t.equal(await whyNot('user', 'free', 'tasks'), undefined);
});

t.test('the account is requested once an hour, after a failure at once, and never without a login', async (t) => {
  const clock = new ManualClock();
  let requests = 0;
  const data = {
    ...loggedInAccess('http://x'),
    account: async () => {
      if (++requests === 1) throw new DataFailure('timeout', 'no answer');
      return { role: 'admin', tier: 'pro' };
    },
  };
  const rights = accountRights(aiCrm(withToken), data, clock);
  await t.rejects(rights.whyNot('users', never), { message: 'no answer' });
  for (let run = 0; run < 3; run++) t.equal(await rights.whyNot('users', never), undefined);
  t.equal(requests, 2);
  clock.advance(3600);
  await rights.whyNot('users', never);
  t.equal(requests, 3);
  const { login: _login, ...without } = aiCrm();
  t.equal(
    await accountRights(without, data, clock).whyNot('tasks', never),
    'needs a login, but ai_crm.login is not configured',
  );
  t.equal(requests, 3);
});
