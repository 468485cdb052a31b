import t from 'tap';
import { DataFailure, NotAsked } from '../../src/access/data-access.js';
import { LoginRefused, NotLoggedIn } from '../../src/access/session.js';
import { AiCrmMemory } from '../../src/ai-crm/operation.js';
import { createQuestions } from '../../src/ai-crm/questions.js';
import { subjectCollector } from '../../src/ai-crm/subject.js';
import { users } from '../../src/metrics/business-metrics.js';
import { set } from '../../src/metrics/definition.js';
import { collectorsOf } from '../support/ai-crm-collectors.js';
import { aiCrm, never } from '../support/data.js';
import { loggedInAccess } from '../support/logged-in-access.js';
import { ManualClock } from '../support/manual-clock.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';

t.test('the time of a run is enough for its own requests and eight of others', async (t) => {
  const { collectors } = collectorsOf('http://x', loggedInAccess('http://x'), new ManualClock(), {
    aiCrm: { timeoutSeconds: 3 },
  });
  t.same(
    collectors.map(({ name, timeoutSeconds }) => [name, timeoutSeconds]),
    [
      ['ai_crm:tasks', 30],
      ['ai_crm:agents', 33],
      ['ai_crm:agent_response', 27],
      ['ai_crm:users', 27],
      ['ai_crm:pm_gateway', 27],
      ['ai_crm:database', 27],
    ],
  );
});

t.test('a failing operation is unknown as soon as the login fails, and stays failing without a turn', async (t) => {
  const server = await rawServer((socket) => socket.end(httpAnswer('down', { code: 500 })));
  t.teardown(() => server.stop());
  const url = `http://127.0.0.1:${server.port}`;
  for (const [failure, level] of [
    [new NotAsked('timeout', 'its turn did not come'), 'critical'],
    [new NotLoggedIn('auth', 'not logged in'), 'unknown'],
  ] as const) {
    const { client, ...access } = loggedInAccess(url);
    const changes = { memory: new AiCrmMemory() };
    const ask: typeof client.ask = (request, signal) => client.ask({ ...request, usesLogin: false }, signal);
    const account = async () => ({ role: 'admin', tier: 'pro' });
    const first = collectorsOf(url, { ...access, client: { ask }, account }, new ManualClock(), changes);
    await first.run('pm_gateway');
    t.equal(first.measures.get('PM analysis')?.level, 'critical');
    const unknown = { ...access, client: { ask }, account: () => Promise.reject(failure) };
    const second = collectorsOf(url, unknown, new ManualClock(), changes);
    await second.run('pm_gateway');
    t.equal(second.measures.get('PM analysis')?.level, level, failure.message);
  }
});

t.test('after a refusal has been lifted, each run measures again', async (t) => {
  let code = 403;
  const server = await rawServer((socket) => socket.end(httpAnswer('["a"]', { code })));
  t.teardown(() => server.stop());
  const url = `http://127.0.0.1:${server.port}`;
  const { client, ...access } = loggedInAccess(url);
  let asked = 0;
  const ask: typeof client.ask = (request, signal) => {
    asked++;
    return client.ask({ ...request, usesLogin: false }, signal);
  };
  const clock = new ManualClock();
  const { run, sources } = collectorsOf(url, { ...access, client: { ask } }, clock, {});
  await run('database');
  clock.advance(3599);
  await run('database');
  t.equal(asked, 1);
  clock.advance(1);
  code = 200;
  await run('database');
  t.match(sources.get('database'), { reason: 'json' }, 'a list is no account');
  await run('database');
  t.equal(asked, 3);
});

type Subject = Parameters<typeof subjectCollector>[0];
type Parts = Parameters<typeof subjectCollector>[1];

/** The collector of accounts, which AI-CRM answers, and the sources with which it was read. */
function accounts(changes: Partial<Subject & Parts> = {}) {
  const clock = new ManualClock();
  const sources: string[] = [];
  const config = changes.aiCrm ?? aiCrm();
  const { collect } = subjectCollector(
    {
      name: 'users',
      subject: 'users',
      intervalSeconds: 60,
      requests: 1,
      ...changes,
      read: async (source, signal) => {
        sources.push(source);
        return (
          changes.read?.(source, signal) ?? {
            samples: [set(users, { state: 'total' }, 7)],
            message: '7 accounts',
            durationSeconds: 1,
          }
        );
      },
    },
    {
      questions: createQuestions(config, loggedInAccess(config.url).client),
      interfaceOf: async () => 'real',
      rights: { whyNot: async () => undefined },
      clock,
      ...changes,
      aiCrm: config,
    },
  );
  return { clock, sources, collect: () => collect(never) };
}

t.test('a subject is read only from the real interface, and if the account may read it', async (t) => {
  const fine = accounts();
  t.match(await fine.collect(), { readings: [{ name: 'ai_crm_users', up: true, message: '7 accounts' }] });
  t.same(fine.sources, ['ai_crm_users']);
  const documented = accounts({ interfaceOf: async () => 'documented' });
  t.same(await documented.collect(), { samples: [], readings: [] });
  const rights = { whyNot: async () => 'needs role admin, the account has role user' };
  const off = accounts({ rights });
  t.match(await off.collect(), {
    samples: { length: 0 },
    readings: [{ isOff: true, message: 'not collected: needs role admin, the account has role user' }],
  });
  const wanted = accounts({ rights, aiCrm: aiCrm({ collect: ['users'] }) });
  const message =
    'needs role admin, the account has role user; remove users from ai_crm.collect, or use another account';
  t.match(await wanted.collect(), { readings: [{ up: false, reason: 'auth', message }] });
  for (const { sources } of [documented, off, wanted]) t.same(sources, [], 'nothing is sent');
});

t.test('a refusal is repeated without counters for an hour, and then AI-CRM is asked again', async (t) => {
  const refused = new DataFailure('auth', '403: the account may not read this', { statusCode: 403 });
  const { clock, collect, sources } = accounts({ read: () => Promise.reject(refused) });
  const first = await collect();
  const message = '403: the account may not read this; next attempt in an hour';
  t.match(first, { readings: [{ up: false, reason: 'auth', message }] });
  t.ok(first.samples.some(({ operation }) => operation !== 'set'));
  clock.advance(3599);
  const again = await collect();
  t.same(again.readings, first.readings);
  t.same(
    again.samples.map(({ series }) => series.definition.name),
    ['aicrm_source_up'],
  );
  t.equal(sources.length, 1);
  clock.advance(1);
  await collect();
  t.equal(sources.length, 2);
});

t.test('any other failure is asked again in the next run', async (t) => {
  const notRefused = [
    new DataFailure('status', '500: AI-CRM crashed', { statusCode: 500 }),
    new NotAsked('auth', 'not asked', { statusCode: 403 }),
  ];
  for (const failure of notRefused) {
    const { collect, sources } = accounts({ read: () => Promise.reject(failure) });
    for (const _run of [1, 2]) t.match(await collect(), { readings: [{ message: failure.message }] });
    t.equal(sources.length, 2, failure.message);
  }
  const mistake = new TypeError('x is undefined');
  for (const changes of [
    { read: () => Promise.reject(mistake) },
    { interfaceOf: () => Promise.reject(mistake) },
  ] satisfies Partial<Subject & Parts>[])
    await t.rejects(accounts(changes).collect(), mistake);
});

t.test('a failure before the request itself does not count as its answer', async (t) => {
  const crash = new DataFailure('auth', '403: no account', { statusCode: 403 });
  for (const [given, isNotAsked] of [
    [crash, true],
    [new NotLoggedIn('auth', 'not logged in'), true],
    [new LoginRefused('auth', '401'), false],
  ] as const)
    for (const changes of [
      { interfaceOf: () => Promise.reject(given) },
      { rights: { whyNot: () => Promise.reject(given) } },
    ]) {
      const failures: unknown[] = [];
      const { collect } = accounts({ ...changes, onFailure: (failure) => (failures.push(failure), { samples: [] }) });
      await collect();
      t.match(failures, [{ reason: 'auth', message: given.message }]);
      t.equal(failures[0] instanceof NotAsked, isNotAsked);
      t.equal(failures[0] === given, given !== crash);
    }
});
