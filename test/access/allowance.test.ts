import t from 'tap';
import { Allowance, Allowances } from '../../src/access/allowance.js';
import { Secret } from '../../src/config/secret.js';
import { httpSettings } from '../support/config.js';

/** An allowance after so many requests, one per minute from 0. The question is asked a second later. */
function used(requests: number): Allowance {
  const allowance = new Allowance();
  for (let i = 0; i < requests; i++) {
    allowance.begin(i * 60);
    allowance.end(i * 60 + 1);
  }
  return allowance;
}

t.test('a request counts until one hour after its end', async (t) => {
  const allowance = used(3);
  t.equal(allowance.budgetRemaining(3, 200), 0);
  t.same(allowance.refusal(3, 200), { kind: 'budget', untilSeconds: 3601 });
  t.equal(allowance.budgetRemaining(3, 3600.9), 0);
  t.equal(allowance.budgetRemaining(3, 3601), 1);
  t.equal(allowance.refusal(3, 3601), undefined);
  t.same(
    allowance.refusal(1, 3601),
    { kind: 'budget', untilSeconds: 3721 },
    'with a smaller budget more requests must expire first',
  );
  t.equal(allowance.budgetRemaining(3, 3721), 3);
  t.ok(allowance.isIdle(3721));
});

t.test('a request that was not sent does not count, and one under way counts', async (t) => {
  const allowance = new Allowance();
  allowance.begin(10);
  t.equal(allowance.budgetRemaining(5, 10), 4);
  allowance.end(undefined);
  t.equal(allowance.budgetRemaining(5, 10), 5);
  t.ok(allowance.isIdle(10));
});

t.test(
  'requests that others sent before the first answer count until one hour after it, then all expire at once',
  async (t) => {
    const allowance = used(1);
    allowance.note({ limit: 100, remaining: 90 }, 1);
    t.equal(allowance.inherited, 9);
    t.equal(allowance.budgetRemaining(10, 2), 0);
    for (const budget of [10, 5]) t.same(allowance.refusal(budget, 2), { kind: 'budget', untilSeconds: 3601 });
    allowance.note({ limit: 100, remaining: 50 }, 100);
    t.equal(allowance.inherited, 9, 'later requests of others do not count');
    allowance.note({ limit: 100, remaining: 95 }, 200);
    t.equal(allowance.inherited, 4, 'requests older than an hour do not count');
    t.equal(allowance.budgetRemaining(10, 3600.5), 5);
    t.equal(allowance.budgetRemaining(10, 3601), 10);
    allowance.note({ limit: 100, remaining: 5 }, 3700);
    t.equal(allowance.inherited, 0, 'the first answer alone decides');
  },
);

t.test('a request of this process may leave the hour before those of others', async (t) => {
  const allowance = used(3);
  allowance.note({ limit: 100, remaining: 95 }, 121);
  t.same(allowance.refusal(5, 200), { kind: 'budget', untilSeconds: 3601 });
});

t.test('if a smaller budget needs both, the last of them decides', async (t) => {
  const inherited = used(2);
  inherited.note({ limit: 100, remaining: 92 }, 200);
  t.same(inherited.refusal(2, 210), { kind: 'budget', untilSeconds: 3800 }, 'six inherited ones, after an own one');
  const own = used(3);
  own.note({ limit: 100, remaining: 95 }, 1);
  own.begin(500);
  own.end(500);
  t.same(own.refusal(1, 600), { kind: 'budget', untilSeconds: 4100 }, 'the last own one, after two inherited ones');
});

t.test('nothing is asked until the pause that the server demands is over', async (t) => {
  const allowance = new Allowance();
  allowance.note({ pauseSeconds: 60 }, 100);
  t.same(allowance.refusal(10, 159), { kind: 'rate limit', untilSeconds: 160 });
  t.notOk(allowance.isIdle(159));
  t.equal(allowance.refusal(10, 160), undefined);
  t.ok(allowance.isIdle(160));
});

t.test(
  'each Authorization at each origin has its own allowance, and an allowance that is unused for an hour is dropped',
  async (t) => {
    const allowances = new Allowances();
    const bearer = (token: string) => httpSettings({ auth: { kind: 'bearer', token: new Secret(token) } });
    const first = allowances.for('http://a', bearer('x'), 0);
    first.begin(0);
    first.end(0);
    first.note({}, 0);
    t.equal(allowances.for('http://a', bearer('x'), 1), first);
    for (const [origin, http] of [
      ['http://a', bearer('y')],
      ['http://b', bearer('x')],
      ['http://a', httpSettings()],
    ] as const)
      t.not(allowances.for(origin, http, 1), first);
    t.equal(allowances.for('http://a', bearer('x'), 1), first, 'it was used within the hour');
    allowances.for('http://c', httpSettings(), 3600);
    t.not(allowances.for('http://a', bearer('x'), 3600), first);
  },
);
