import t from 'tap';
import { usersSubject } from '../../src/ai-crm/users.js';
import { answered, userStats, valuesOf } from '../support/answered-questions.js';
import { never } from '../support/data.js';

/** The result of a run with this answer. */
async function readWith(changes: object) {
  const { samples, ...rest } = await usersSubject(answered(userStats(changes)), 60).read('ai_crm_users', never);
  return { ...rest, values: valuesOf(samples) };
}

t.test('accounts are counted by state, tier and role', async (t) => {
  const asked: string[] = [];
  const subject = usersSubject(answered(userStats(), asked), 60);
  t.match(subject, { name: 'users', subject: 'users', intervalSeconds: 60, requests: 1 });
  t.strictSame(await readWith({}), {
    values: {
      'aicrm_users{state="total"}': 5,
      'aicrm_users{state="active"}': 4,
      'aicrm_users{state="verified"}': 3,
      'aicrm_users{state="recent"}': 2,
      'aicrm_users_by_tier{tier="pro"}': 5,
      'aicrm_users_by_role{role="user"}': 5,
    },
    message: '5 accounts',
    notices: [],
    rejectedValues: 0,
    durationSeconds: 2,
  });
  await subject.read('ai_crm_users', never);
  t.strictSame(asked, ['ai_crm_users GET /users/admin/stats']);
});

t.test('the number of accounts is in words', async (t) => {
  for (const [total, message] of [
    [1, '1 account'],
    [0, '0 accounts'],
    [-1, 'an unknown number of accounts'],
  ] as const)
    t.equal((await readWith({ total_users: total })).message, message);
});

t.test('a field that is not a count is left out and named', async (t) => {
  for (const wrong of ['5', null, -1, 1.5, 1e308, true, [], {}, undefined]) {
    const { values, notices, rejectedValues } = await readWith({
      verified_users: wrong,
      role_breakdown: { user: wrong, admin: 0, '': 4 },
    });
    t.strictSame(
      values,
      {
        'aicrm_users{state="total"}': 5,
        'aicrm_users{state="active"}': 4,
        'aicrm_users{state="recent"}': 2,
        'aicrm_users_by_tier{tier="pro"}': 5,
        'aicrm_users_by_role{role="admin"}': 0,
      },
      String(wrong),
    );
    t.strictSame(notices, [
      'GET /users/admin/stats: verified_users is left out, because it is missing or not a count',
      'GET /users/admin/stats: an entry of role_breakdown has no name or no count and is left out',
    ]);
    t.equal(rejectedValues, 3);
  }
});

t.test('groups that are no object are left out, and an answer without anything of use is a failure', async (t) => {
  const { values, notices } = await readWith({ subscription_breakdown: ['pro'], role_breakdown: 5 });
  t.equal(Object.keys(values).length, 4);
  t.strictSame(
    notices,
    ['subscription_breakdown', 'role_breakdown'].map(
      (field) => `GET /users/admin/stats: ${field} is left out, because it is missing or not an object`,
    ),
  );
  for (const [value, message] of [
    [{ detail: 'no' }, 'GET /users/admin/stats: none of its fields is usable'],
    [[], 'GET /users/admin/stats: the JSON is a list, not an object'],
  ] as const)
    await t.rejects(usersSubject(answered(value), 60).read('ai_crm_users', never), { reason: 'json', message });
});

t.test('fifty tiers have series, and names that are equal when shortened are one', async (t) => {
  const tiers = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`tier ${index}`, 1]));
  const all = await readWith({ subscription_breakdown: tiers(50) });
  t.equal(Object.keys(all.values).length, 5 + 50);
  t.strictSame(all.notices, []);
  const long = 'x'.repeat(200);
  const more = await readWith({ subscription_breakdown: { [long]: 1, ...tiers(51), [`${long}y`]: 2 } });
  t.equal(Object.keys(more.values).length, 5 + 50);
  t.equal(Math.max(...Object.entries(more.values).map(([name, value]) => (name.includes('xxx') ? value : 0))), 3);
  t.strictSame(more.notices, [
    'GET /users/admin/stats: subscription_breakdown has more than 50 entries, the others are left out',
  ]);
  t.equal(more.rejectedValues, 2);
});

t.test('of endless names only the first ten thousand are read', async (t) => {
  const roles = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`role ${index}`, 1]));
  const tooMany = 'GET /users/admin/stats: role_breakdown has more than 10000 entries, the others are left out';
  const most = await readWith({ role_breakdown: roles(10_000) });
  t.notOk(most.notices?.includes(tooMany));
  t.equal(most.rejectedValues, 9_950);
  const more = await readWith({ role_breakdown: { ...roles(10_000), 'role 0 again': 1, '': 1 } });
  t.ok(more.notices?.includes(tooMany));
  t.equal(more.rejectedValues, 9_952);
  t.equal(more.notices?.length, 2, 'what is left out is not judged');
});
