import t from 'tap';
import { countBy, createAgents, demoLogins, Population, percent, recordWork } from '../../simulator/population.js';
import { createRandom } from '../../simulator/seeded-random.js';

const start = 1_800_000_000;
const day = 86_400;

/** Whether a number is near another one, as chance allows. */
const isNear = (found: number, wanted: number, tolerance: number) => Math.abs(found - wanted) <= tolerance;

t.test('a world begins with one account for each set of rights, and 130 others', async (t) => {
  const { accounts, online } = new Population(createRandom(5), start);
  t.equal(accounts.length, 134);
  t.same(
    accounts.map(({ id }) => id),
    Array.from({ length: 134 }, (_, index) => index + 1),
  );
  const known = { isEnabled: true, isVerified: true, createdAtSeconds: start - 200 * day, lastLoginSeconds: null };
  t.same(
    accounts.slice(0, 4),
    Object.values(demoLogins).map(({ username, role, tier }, index) => ({
      ...known,
      id: index + 1,
      username,
      role,
      tier,
      email: `${username}@crm.example`,
      fullName: ['Fred Free', 'Petra Pro', 'Erik Enterprise', 'Ada Admin'][index],
    })),
  );
  const others = accounts.slice(4);
  t.match(others[0], { username: 'user5', email: 'user5@crm.example', fullName: 'User5', lastLoginSeconds: null });
  const ages = others.map(({ createdAtSeconds }) => (start - createdAtSeconds) / day);
  t.ok(ages.every((age) => Number.isInteger(age) && age >= 1 && age <= 180));
  t.ok(Math.min(...ages) < 20 && Math.max(...ages) > 160, 'they registered over half a year');
  const share = (has: (account: (typeof others)[number]) => boolean) => others.filter(has).length / others.length;
  t.ok(
    isNear(
      share(({ role }) => role === 'manager'),
      0.1,
      0.08,
    ),
  );
  t.ok(
    isNear(
      share(({ role }) => role === 'user'),
      0.9,
      0.08,
    ),
  );
  t.ok(
    isNear(
      share(({ tier }) => tier === 'free'),
      0.6,
      0.12,
    ),
  );
  t.ok(
    isNear(
      share(({ tier }) => tier === 'pro'),
      0.3,
      0.12,
    ),
  );
  t.ok(
    isNear(
      share(({ tier }) => tier === 'enterprise'),
      0.1,
      0.08,
    ),
  );
  t.ok(
    isNear(
      share(({ isEnabled }) => isEnabled),
      0.95,
      0.04,
    ),
  );
  t.ok(
    isNear(
      share(({ isVerified }) => isVerified),
      0.85,
      0.1,
    ),
  );
  t.ok(isNear(online.size, 27, 12), `${online.size} are online`);
});

t.test('people log in and out, send requests and mistype passwords, at the pace of a small company', async (t) => {
  const population = new Population(createRandom(5), start);
  for (const { id } of population.accounts.slice(4))
    if (id % 10 === 0) Object.assign(population.accounts[id - 1] ?? {}, { isEnabled: false });
  population.online.clear();
  population.step(start);
  const seen = new Set<number>();
  const sizes: number[] = [];
  for (let second = 1; second <= 3 * 3600; second += 1) {
    population.step(start + second);
    for (const id of population.online) seen.add(id);
    if (second > 3600) sizes.push(population.online.size);
  }
  const { accounts, featureUsage, requestsTotal, requestErrorsTotal, failedLoginsTotal } = population;
  const registered = accounts.slice(134);
  t.ok(isNear(registered.length, 6, 5), `${registered.length} registered`);
  t.ok(registered.every(({ createdAtSeconds }) => createdAtSeconds > start && createdAtSeconds <= start + 3 * 3600));
  t.ok(isNear(failedLoginsTotal, 72, 30), `${failedLoginsTotal} failed`);
  const average = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  // Who is away comes within 50 minutes, who is here leaves within 15.
  t.ok(isNear(average, 28, 8), `${average} online`);
  t.ok(isNear(requestsTotal / (3 * 3600), 28 / 7, 1.5), `${requestsTotal} requests`);
  t.ok(isNear(requestErrorsTotal / requestsTotal, 0.006, 0.003), `${requestErrorsTotal} of them failed`);
  t.same([...featureUsage.keys()], ['task_board', 'agent_suggestion', 'pm_analysis', 'reports', 'exports']);
  for (const [feature, count] of featureUsage) t.ok(isNear(count / requestsTotal, 0.2, 0.03), feature);
  for (const { id, isEnabled, lastLoginSeconds } of accounts) {
    if (!isEnabled) t.notOk(seen.has(id), 'a disabled account cannot log in');
    t.equal(lastLoginSeconds !== null, seen.has(id), `the last login of ${id}`);
  }
});

t.test('a new task is from someone who is online, or from the first account', async (t) => {
  const population = new Population(createRandom(5), start);
  population.online.clear();
  t.equal(population.pickOnline(), 1);
  population.online.add(7).add(9);
  const picked = new Set(Array.from({ length: 50 }, () => population.pickOnline()));
  t.same([...picked].sort(), [7, 9]);
});

t.test('62 agents have different paces, and send few tasks back', async (t) => {
  const agents = createAgents(createRandom(5));
  t.equal(new Set(agents.map(({ name }) => name)).size, 62);
  t.ok(agents.every(({ name }) => /^[a-z]+-[a-z]+$/.test(name)));
  const paces = agents.map(({ paceRatio }) => paceRatio);
  t.ok(Math.min(...paces) >= 0.5 && Math.min(...paces) < 0.7 && Math.max(...paces) > 1.8 && Math.max(...paces) < 2);
  const failures = agents.map(({ failureRatio }) => failureRatio);
  t.ok(Math.min(...failures) < 0.02 && Math.max(...failures) > 0.1 && Math.max(...failures) < 0.12);
  const idle = { working: 0, completed: 0, failed: 0, workedSeconds: 0, durations: [0, 0, 0, 0, 0] };
  for (const { name, paceRatio, failureRatio, ...rest } of agents) t.same(rest, idle, name);
});

t.test(
  'the time of a task counts when it is done, in the bucket with its bound; one sent back has failed',
  async (t) => {
    const [agent] = createAgents(createRandom(5));
    if (agent === undefined) throw new Error('no agents');
    agent.working = 2;
    for (const seconds of [0, 30, 30.5, 60, 120, 121, 300, 301, 9000]) recordWork(agent, 'completed', seconds);
    recordWork(agent, 'failed', 50);
    t.match(agent, { working: -8, completed: 9, failed: 1, workedSeconds: 9962.5, durations: [2, 2, 1, 2, 2] });
  },
);

t.test('counts and percentages', async (t) => {
  t.same(
    countBy(['a', 'bb', 'cc'], ({ length }) => String(length)),
    { 1: 1, 2: 2 },
  );
  t.same([percent(1, 4), percent(0, 4), percent(3, 0)], [25, 0, 0]);
});
