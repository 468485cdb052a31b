import t from 'tap';
import type { LoginState, SourceLimits } from '../../src/access/data-access.js';
import { dataAccessCollector } from '../../src/ai-crm/access-collector.js';
import { failureReasons } from '../../src/base/reason.js';
import { Secret } from '../../src/config/secret.js';
import { loggedInAccess } from '../support/logged-in-access.js';

const login = { kind: 'token', token: new Secret('abc') } as const;
const refused = { reason: 'auth', message: '401: refused' } as const;

/** The collector of a data access in this state, and what a run gives. */
function accessIn(start: { readonly login: LoginState | null; readonly limits: readonly SourceLimits[] }) {
  const state = { ...start };
  const collector = dataAccessCollector({
    ...loggedInAccess('http://x'),
    loginState: () => state.login,
    limits: () => state.limits,
    freeze: () => ({ limitRatio: 0.03, frozenSeconds: 7 }),
  });
  return {
    state,
    async run() {
      const { samples, ...rest } = await collector.collect(new AbortController().signal);
      const written = samples.map(
        ({ operation, series: { definition, key }, value }) => `${operation} ${definition.name}${key} ${value}`,
      );
      return { samples: written, ...rest };
    },
  };
}

const asked: SourceLimits = { source: 'ai_crm', requestsTotal: 4, budgetRemaining: 496 };
const ofLogin = (line: string) => line.includes('ai_crm_login');

t.test('requests, limits and the freeze are reported without a login', async (t) => {
  const { run } = accessIn({
    login: null,
    limits: [asked, { source: 'shop', requestsTotal: 0, rateLimitRemaining: 9, budgetRemaining: 500 }],
  });
  t.strictSame(await run(), {
    samples: [
      'set aicrm_source_requests_total{source="ai_crm"} 4',
      'set aicrm_source_budget_remaining{source="ai_crm"} 496',
      'set aicrm_source_requests_total{source="shop"} 0',
      'set aicrm_source_budget_remaining{source="shop"} 500',
      'set aicrm_source_rate_limit_remaining{source="shop"} 9',
      'set aicrm_query_freeze_seconds_total 7',
      'set aicrm_query_freeze_limit_ratio 0.03',
    ],
  });
});

t.test('before the first request the next run follows soon, and the login has no state', async (t) => {
  for (const [what, start] of [
    ['no login was tried', { login: { up: null, failure: null }, limits: [asked] }],
    ['nothing was sent', { login: { up: true, failure: null }, limits: [{ ...asked, requestsTotal: 0 }] }],
  ] as const) {
    const { samples, readings, againInSeconds } = await accessIn(start).run();
    t.same([samples.filter(ofLogin), readings, againInSeconds], [[], undefined, 1], what);
  }
  t.equal(
    (await accessIn({ login: null, limits: [{ ...asked, requestsTotal: 0 }, asked] }).run()).againInSeconds,
    undefined,
  );
});

t.test('a failed login counts once for each new message, and every reason begins with 0', async (t) => {
  const { state, run } = accessIn({ login: { up: false, failure: refused }, limits: [asked] });
  const counts = async () => (await run()).samples.filter((line) => line.includes('aicrm_source_failures_total'));
  const count = (reason: string, value: number) =>
    `add aicrm_source_failures_total{source="ai_crm_login",reason="${reason}"} ${value}`;
  t.strictSame(await counts(), [...failureReasons.map((reason) => count(reason, 0)), count('auth', 1)]);
  t.strictSame(await counts(), [], 'the same failure');
  state.login = { up: false, failure: { reason: 'timeout', message: 'no answer' } };
  t.strictSame(await counts(), [count('timeout', 1)]);
  state.login = { up: true, failure: null };
  t.strictSame(await counts(), []);
  state.login = { up: false, failure: { reason: 'timeout', message: 'no answer' } };
  t.strictSame(await counts(), [count('timeout', 1)], 'after a success the same message is a new failure');
});

t.test('the login has a value and a reading with the account', async (t) => {
  const { state, run } = accessIn({ login: { up: true, failure: null }, limits: [asked] });
  const common = { subject: 'source', name: 'ai_crm_login', notices: [] };
  const up = async () => {
    const { samples, readings } = await run();
    return [samples.filter((line) => line.includes('aicrm_source_up')), readings];
  };
  t.strictSame(await up(), [
    ['set aicrm_source_up{source="ai_crm_login"} 1'],
    [{ ...common, up: true, reason: null, message: 'logged in' }],
  ]);
  state.login = { up: true, failure: null, account: { role: 'admin', tier: 'pro' } };
  t.strictSame((await up())[1], [{ ...common, up: true, reason: null, message: 'logged in, role admin, tier pro' }]);
  state.login = { up: false, failure: refused };
  t.strictSame(await up(), [['set aicrm_source_up{source="ai_crm_login"} 0'], [{ ...common, up: false, ...refused }]]);
});

t.test('the collector sends nothing, runs after the others, and names the place of the login', async (t) => {
  const access = loggedInAccess('http://x');
  t.match(dataAccessCollector(access, { url: 'http://x', login }), {
    name: 'data_access',
    intervalSeconds: 15,
    timeoutSeconds: 5,
    isLocal: true,
    isLast: true,
    asks: { label: 'source', name: 'ai_crm_login', places: ['http://x'] },
  });
  t.notOk('asks' in dataAccessCollector(access), 'without AI-CRM');
  t.notOk('asks' in dataAccessCollector(access, { url: 'http://x' }), 'without a login');
});
