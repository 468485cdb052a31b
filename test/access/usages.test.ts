import t from 'tap';
import { Allowance } from '../../src/access/allowance.js';
import { Usages } from '../../src/access/usages.js';
import type { AiCrmConfig } from '../../src/config/sections/ai-crm-section.js';
import { aiCrm, aiCrmUrl, withToken } from '../support/data.js';

const elsewhere = 'https://shop.example/orders';

/** The budget of a source that asks this address. */
function budgetOf(url: string, settings?: AiCrmConfig): number {
  const usages = new Usages();
  usages.configure(settings);
  return usages.of('a', url).budget;
}

t.test('the budget of ai_crm is for its origin, and any other server gets 500 requests an hour', async (t) => {
  const settings = aiCrm({ requestsPerHour: 700 });
  t.equal(budgetOf(`${aiCrmUrl}/agents`, settings), 700);
  t.equal(budgetOf(`${aiCrmUrl.replace('8000', '8001')}/agents`, settings), 500);
  t.equal(budgetOf(elsewhere, settings), 500);
  t.equal(budgetOf(elsewhere), 500);
  const { login: _, ...open } = settings;
  t.equal(budgetOf(aiCrmUrl, open), 700, 'without a login too');
});

t.test('of the budget of a token a twentieth stays in reserve, at least 5 and at most half', async (t) => {
  for (const [requestsPerHour, budget] of [
    [1000, 950],
    [110, 105],
    [90, 85],
    [11, 6],
    [10, 5],
  ] as const)
    t.equal(budgetOf(aiCrmUrl, aiCrm({ ...withToken, requestsPerHour })), budget, String(requestsPerHour));
});

t.test('a source that has sent nothing has its whole budget, and no rate limit is known', async (t) => {
  const usages = new Usages();
  usages.configure(aiCrm());
  t.strictSame(usages.limits(0), [{ source: 'ai_crm', requestsTotal: 0, budgetRemaining: 500 }]);
});

t.test('requests are counted, and what remains is that of the last one, but not of a login', async (t) => {
  const usages = new Usages();
  usages.configure(aiCrm());
  const allowance = new Allowance();
  allowance.begin(0);
  allowance.note({ limit: 1000, remaining: 999 }, 0);
  usages.of('ai_crm', aiCrmUrl).onSent(allowance);
  usages.of('ai_crm', aiCrmUrl).onSent();
  t.strictSame(usages.limits(1), [
    { source: 'ai_crm', requestsTotal: 2, budgetRemaining: 499, rateLimitRemaining: 999 },
  ]);
});

t.test('numbers survive a reload, but a source is shown only once it asks again', async (t) => {
  const usages = new Usages();
  usages.configure(undefined);
  usages.of('shop', elsewhere).onSent();
  t.match(usages.limits(0), [{ source: 'shop', requestsTotal: 1 }]);
  usages.configure(undefined);
  t.same(usages.limits(0), []);
  usages.of('shop', elsewhere);
  t.match(usages.limits(0), [{ source: 'shop', requestsTotal: 1 }]);
});
