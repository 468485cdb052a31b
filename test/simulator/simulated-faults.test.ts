import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import t, { type Test } from 'tap';
import { startAiCrm } from '../../simulator/ai-crm.js';
import { type Fault, serviceNames, supportedFaults, type TimedFaultKind } from '../../simulator/faults.js';
import { demoLogins } from '../../simulator/population.js';
import { ManualClock } from '../support/manual-clock.js';
import { ask, askJson, dial } from './ask.js';

async function start(t: Test) {
  const clock = new ManualClock();
  const crm = await startAiCrm({ clock });
  t.teardown(() => crm.stop());
  const targets = {
    backend: `${crm.urls.backend}/health`,
    pm_gateway: `${crm.urls.backend}/pm/health`,
    database: `${crm.urls.backend}/db/health`,
    frontend: `${crm.urls.frontend}/`,
    monitoring: `${crm.urls.monitoring}/health/detailed`,
    gateway: `${crm.urls.gateway}/api/health`,
  } as const;
  const ca = await readFile(crm.caFile, 'utf8');
  const get = (name: keyof typeof targets) => ask(targets[name], { ca });
  return { crm, clock, ca, targets, get };
}

const httpServices = ['backend', 'pm_gateway', 'database', 'frontend', 'monitoring', 'gateway'] as const;

for (const service of httpServices) {
  t.test(`${service} can give every wrong answer, and right ones again`, async (t) => {
    const { crm, get } = await start(t);
    const well = await get(service);
    t.equal(well.status, 200);
    const wrong: readonly (readonly [Exclude<Fault['kind'], TimedFaultKind>, number, RegExp, RegExp])[] = [
      ['500', 500, /^text\/plain/, /^Internal Server Error$/],
      ['404', 404, /^application\/json$/, /^\{"detail":"Not Found"\}$/],
      ['401', 401, /^application\/json$/, /^\{"detail":"Could not validate credentials"\}$/],
      ['degraded', 503, /^application\/json$/, /"(overall_)?status":"degraded"/],
      ['unhealthy', 200, /^application\/json$/, /"(overall_)?status":"unhealthy"/],
      ['wrong-json', 200, /^application\/json$/, /^\{"status":"healthy"/],
      ['html', 200, /^text\/html$/, /^<!doctype html>/],
    ];
    for (const [kind, status, type, body] of wrong) {
      await crm.faults.set(service, { kind });
      const reply = await get(service);
      t.equal(reply.status, status, kind);
      t.match(reply.headers['content-type'], type);
      t.match(reply.body, body);
      if (kind === 'wrong-json') t.throws(() => JSON.parse(reply.body) as unknown, SyntaxError);
    }
    await crm.faults.set(service, { kind: 'reset' });
    await t.rejects(get(service), { code: 'ECONNRESET' });
    await crm.faults.lift(service);
    const again = await get(service);
    t.equal(again.status, 200);
    t.equal(again.headers['content-type'], well.headers['content-type']);
  });

  t.test(`${service} can fail on every fourth request`, async (t) => {
    const { crm, get } = await start(t);
    await crm.faults.set(service, { kind: 'flaky' });
    const codes: number[] = [];
    for (let request = 0; request < 8; request += 1) codes.push((await get(service)).status);
    t.same(codes, [200, 200, 200, 500, 200, 200, 200, 500]);
  });

  t.test(`${service} can be slow, and hang until the client stops waiting`, async (t) => {
    const { crm, clock, get, targets, ca } = await start(t);
    await crm.faults.set(service, { kind: 'slow', seconds: 3 });
    let isAnswered = false;
    const slow = get(service).then((reply) => {
      isAnswered = true;
      return reply;
    });
    await clock.timerSet();
    clock.advance(2.9);
    // A whole exchange with another service. Any other answer would have arrived before its end.
    await ask(crm.urls.control);
    t.notOk(isAnswered);
    clock.advance(0.1);
    t.equal((await slow).status, 200);

    await crm.faults.set(service, { kind: 'hang' });
    let isOver = false;
    const hanging = ask(targets[service], { ca }).then(
      () => t.fail('a hanging service answered'),
      () => {
        isOver = true;
      },
    );
    for (let round = 0; round < 3; round += 1) await ask(crm.urls.control);
    clock.advance(3600);
    await ask(crm.urls.control);
    t.notOk(isOver, 'neither answered nor closed');
    await crm.faults.lift(service);
    t.equal((await get(service)).status, 200);
    await crm.stop();
    await hanging;
  });
}

for (const service of serviceNames.filter((name) => supportedFaults[name].includes('refuse'))) {
  t.test(`${service} can refuse connections and come back on the same port`, async (t) => {
    const { crm } = await start(t);
    const port = crm.ports[service as 'backend'];
    const kept = await dial(port);
    const cut = once(kept, 'close');
    await crm.faults.set(service, { kind: 'refuse' });
    await cut;
    await t.rejects(dial(port), { code: 'ECONNREFUSED' });
    await crm.faults.lift(service);
    (await dial(port)).destroy();
    await crm.faults.set(service, { kind: 'refuse' });
    await crm.faults.set(service, { kind: 'refuse' });
    await t.rejects(dial(port), { code: 'ECONNREFUSED' });
    await Promise.all([crm.faults.lift(service), crm.faults.lift(service)]);
    (await dial(port)).destroy();
    t.same(crm.faults.active(), []);
  });
}

t.test('if another program took the port, the fault stays and can be removed later', async (t) => {
  const { crm } = await start(t);
  await crm.faults.set('redis', { kind: 'refuse' });
  const thief = createServer().listen(crm.ports.redis, '127.0.0.1');
  await once(thief, 'listening');
  await t.rejects(crm.faults.lift('redis'), { code: 'port_in_use' });
  t.same(crm.faults.of('redis'), { kind: 'refuse' });
  await new Promise((resolve) => thief.close(resolve));
  await crm.faults.lift('redis');
  t.equal(crm.faults.of('redis'), undefined);
});

t.test('a fault of the backend affects its parts, a fault of a part only the part', async (t) => {
  const { crm, get } = await start(t);
  const codes = async () => [
    (await get('backend')).status,
    (await get('pm_gateway')).status,
    (await get('database')).status,
  ];
  await crm.faults.set('pm_gateway', { kind: '500' });
  t.same(await codes(), [200, 500, 200]);
  await crm.faults.lift('pm_gateway');
  await crm.faults.set('backend', { kind: '500' });
  t.same(await codes(), [500, 500, 500]);
  t.equal((await ask(`${crm.urls.backend}/tasks`)).status, 500);
  await crm.faults.set('backend', { kind: 'degraded' });
  t.same(await codes(), [503, 200, 200], 'the fault is only its own');
  t.equal((await ask(`${crm.urls.backend}/tasks`)).status, 401, 'and the other parts work');
});

t.test('with its database down the backend answers as the real one does', async (t) => {
  const { crm, get } = await start(t);
  const { username, password } = demoLogins.pro;
  const login = () =>
    askJson(`${crm.urls.backend}/auth/login`, { method: 'POST', body: { username_or_email: username, password } });
  const token = ((await login()).value as { access_token: string }).access_token;
  t.notOk(crm.faults.isScenarioActive('database-down'));
  await crm.faults.setScenario('database-down');
  t.ok(crm.faults.isScenarioActive('database-down'));
  await t.rejects(dial(crm.ports.postgres), { code: 'ECONNREFUSED' });
  t.same(JSON.parse((await get('backend')).body), { status: 'healthy', config_loaded: true });
  const database = await get('database');
  t.equal(database.status, 503);
  t.match(JSON.parse(database.body), { status: 'unhealthy' });
  const me = await ask(`${crm.urls.backend}/auth/me`, { token });
  t.same([me.status, me.body], [500, 'Internal Server Error']);
  t.equal(me.headers['x-ratelimit-limit'], undefined);
  t.same(await login(), { status: 500, value: { detail: 'Login failed' } });
  const detailed = await get('monitoring');
  t.equal(detailed.status, 503);
  t.match(JSON.parse(detailed.body), {
    overall_status: 'unhealthy',
    components: { database: { status: 'unhealthy' }, redis: { status: 'healthy' } },
  });
  await crm.faults.liftScenario('database-down');
  t.equal((await get('database')).status, 200);
  t.equal((await get('monitoring')).status, 200);
  t.equal((await ask(`${crm.urls.backend}/auth/me`, { token })).status, 200);
});

t.test('a frozen backend answers nobody while it works on a data request, even if the client has gone', async (t) => {
  const { crm, clock } = await start(t);
  const { username, password } = demoLogins.pro;
  const { value } = await askJson(`${crm.urls.backend}/auth/login`, {
    method: 'POST',
    body: { username_or_email: username, password },
  });
  const { access_token: token } = value as { access_token: string };
  await crm.faults.set('backend', { kind: 'freeze', seconds: 8 });
  t.equal((await ask(`${crm.urls.backend}/tasks`)).status, 401, 'nothing is refused at once');
  t.equal(
    (await ask(`${crm.urls.backend}/agents`, { token })).status,
    200,
    'requests without the upstream are answered at once',
  );
  const answers: string[] = [];
  const note = (name: string, reply: Promise<{ readonly status: number }>) =>
    reply.then(({ status }) => answers.push(`${name} ${status} at ${clock.monotonicSeconds()} s`));
  const gone = connect(crm.ports.backend, '127.0.0.1');
  gone.end(`GET /tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
  await clock.timerSet();
  gone.destroy();
  const waiting = [
    note('tasks', ask(`${crm.urls.backend}/tasks`, { token })),
    note('health', ask(`${crm.urls.backend}/health`)),
    note('pm', ask(`${crm.urls.backend}/pm/health`)),
  ];
  clock.advance(7.9);
  await ask(crm.urls.control);
  t.same(answers, []);
  clock.advance(0.1);
  await clock.timerSet();
  await ask(crm.urls.control);
  clock.advance(8);
  await Promise.all(waiting);
  t.ok(answers.includes('tasks 200 at 16 s'), answers.join(', '));
  t.equal(answers.filter((answer) => /at (8|16) s$/.test(answer)).length, 3, answers.join(', '));
});

t.test('redis can stay silent, and the monitoring app notices', async (t) => {
  const { crm, clock, get } = await start(t);
  const socket = await dial(crm.ports.redis);
  t.teardown(() => socket.destroy());
  await crm.faults.set('redis', { kind: 'slow', seconds: 2 });
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.write('PING\r\n');
  await clock.timerSet();
  t.equal(received, '');
  clock.advance(2);
  await once(socket, 'data');
  t.equal(received, '+PONG\r\n');
  await crm.faults.set('redis', { kind: 'hang' });
  t.match(JSON.parse((await get('monitoring')).body), {
    overall_status: 'unhealthy',
    components: { redis: { status: 'unhealthy' } },
  });
});

t.test('the gateway can present an expired certificate', async (t) => {
  const { crm, get } = await start(t);
  await crm.faults.set('gateway', { kind: 'expired-certificate' });
  await t.rejects(get('gateway'), { code: 'CERT_HAS_EXPIRED' });
  await crm.faults.lift('gateway');
  t.equal((await get('gateway')).status, 200);
});

t.test('a service refuses an impossible fault, and names the possible ones', async (t) => {
  const { crm } = await start(t);
  await t.rejects(crm.faults.set('postgres', { kind: 'html' }), {
    code: 'bad_request',
    message: 'postgres cannot have the fault "html"; it can have: refuse',
  });
  t.same(crm.faults.active(), []);
});
