import t from 'tap';
import { NotAsked } from '../../src/access/data-access.js';
import { NotLoggedIn } from '../../src/access/session.js';
import { AiCrmMemory } from '../../src/ai-crm/operation.js';
import { collectorsOf } from '../support/ai-crm-collectors.js';
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
