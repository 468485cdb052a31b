import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { type AiCrmOptions, startAiCrm } from '../../simulator/ai-crm.js';
import { demoConfig } from '../../simulator/demo/demo-config.js';
import { jobNames, serviceNames } from '../../simulator/faults.js';
import { demoLogins } from '../../simulator/population.js';
import { portNames } from '../../simulator/servers.js';
import { systemCodeOf } from '../../src/base/errors.js';
import { isRecord } from '../../src/base/json.js';
import { ManualClock } from '../support/manual-clock.js';
import { ask, askJson, dial, shapeOf } from './ask.js';

async function start(t: Test, options: AiCrmOptions = {}) {
  const clock = new ManualClock();
  const crm = await startAiCrm({ clock, ...options });
  t.teardown(() => crm.stop());
  return { crm, clock };
}

/** Sends a text and waits until this many lines have come back. */
async function talk(socket: Socket, words: string, lines = 1): Promise<string> {
  socket.write(words);
  let answer = '';
  while (answer.split('\r\n').length <= lines) answer += String(((await once(socket, 'data')) as [Buffer])[0]);
  return answer;
}

t.test('the monitoring app reports the state of its parts, and metrics in Prometheus text', async (t) => {
  const { crm, clock } = await start(t);
  clock.advance(90);
  const check = { last_check: 'string', response_time_ms: 'number', status: 'string' };
  const health = await askJson(`${crm.urls.monitoring}/health`);
  t.same(shapeOf(health.value), { status: 'string', timestamp: 'string', uptime_seconds: 'number' });
  const detailed = (await askJson(`${crm.urls.monitoring}/health/detailed`)).value;
  t.match(shapeOf(detailed), {
    components: { agents: check, database: check, redis: check, system: check },
    overall_status: 'string',
    timestamp: 'string',
    uptime_seconds: 'number',
  });
  t.match(detailed, { overall_status: 'healthy', uptime_seconds: 90, components: { database: { status: 'healthy' } } });
  const metrics = await ask(`${crm.urls.monitoring}/metrics`);
  t.match(metrics.headers['content-type'], 'text/plain; version=0.0.4');
  const sample = /^aipm_[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+]+$/;
  for (const line of metrics.body.trimEnd().split('\n')) t.ok(line.startsWith('# ') || sample.test(line), line);
  t.match(metrics.body, `aipm_projects_total{status="in_progress"} ${crm.world.board.count('In Progress')}\n`);
  t.equal((await ask(`${crm.urls.monitoring}/nothing`)).status, 404);
});

t.test('the frontend answers every path with its page', async (t) => {
  const { crm } = await start(t);
  for (const path of ['/', '/health', '/metrics']) {
    const { status, headers, body } = await ask(crm.urls.frontend + path);
    t.equal(status, 200);
    t.equal(headers['content-type'], 'text/html');
    t.match(body, '<div id="root">');
  }
});

t.test('the gateway uses TLS with the demo authority and passes /api on to the backend', async (t) => {
  const { crm } = await start(t);
  const ca = await readFile(crm.caFile, 'utf8');
  const url = crm.urls.gateway;
  await t.rejects(ask(`${url}/api/health`), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  t.same(await askJson(`${url}/api/health`, { ca }), {
    status: 200,
    value: { status: 'healthy', config_loaded: true },
  });
  t.equal((await ask(`https://localhost:${crm.ports.gateway}/health`, { ca })).body, 'healthy\n');
  t.match((await ask(`${url}/`, { ca })).body, '<div id="root">');

  const { username, password } = demoLogins.pro;
  const login = await askJson(`${url}/api/auth/login`, {
    ca,
    method: 'POST',
    body: { username_or_email: username, password },
  });
  t.equal(login.status, 200);
  const token = (login.value as { access_token: string }).access_token;
  const archived = await askJson(`${url}/api/tasks?archived=true`, { ca, token });
  t.match(archived.value, [{ archived: true }], 'body, query and Authorization arrive');
  t.equal((await ask(`${url}/api/tasks`, { ca })).status, 401);

  await crm.faults.set('backend', { kind: 'refuse' });
  const down = await ask(`${url}/api/health`, { ca });
  t.equal(down.status, 502);
  t.equal(down.headers['content-type'], 'text/html');
  t.equal((await ask(`${url}/health`, { ca })).status, 200, 'its own health answer hides the backend, as in reality');
});

t.test('postgres accepts, redis answers PING', async (t) => {
  const { crm } = await start(t);
  const postgres = await dial(crm.ports.postgres);
  postgres.destroy();
  const redis = await dial(crm.ports.redis);
  t.teardown(() => redis.destroy());
  t.equal(await talk(redis, 'ping\r\n'), '+PONG\r\n');
  t.equal(await talk(redis, '*1\r\n$4\r\nPING\r\n'), '+PONG\r\n');
  t.equal(
    await talk(redis, '*2\r\n$3\r\nGET\r\n$1\r\nx\r\n*1\r\n$4\r\nPING\r\n', 2),
    "-ERR unknown command 'GET'\r\n+PONG\r\n",
  );
  redis.write('*1\r\n$4\r\nPI');
  t.equal(await talk(redis, 'NG\r\n'), '+PONG\r\n', 'also in two pieces');
});

t.test('stops with nothing left open, also during slow and hanging answers', async (t) => {
  const { crm, clock } = await start(t);
  await crm.faults.set('frontend', { kind: 'slow', seconds: 600 });
  await crm.faults.set('pm_gateway', { kind: 'hang' });
  const slow = t.rejects(ask(crm.urls.frontend), { code: 'ECONNRESET' });
  const hanging = t.rejects(ask(`${crm.urls.backend}/pm/health`), { code: 'ECONNRESET' });
  const idle = await dial(crm.ports.postgres);
  const idleClosed = once(idle, 'close');
  await clock.timerSet();
  await ask(`${crm.urls.backend}/health`);
  await crm.stop();
  await Promise.all([slow, hanging, idleClosed]);
  for (const name of portNames) await t.rejects(dial(crm.ports[name]), { code: 'ECONNREFUSED' }, name);
  await t.rejects(access(crm.caFile), { code: 'ENOENT' });
  t.equal(clock.waiting, 0, 'no timer waits for a client that has gone');
  await crm.stop();
  await t.rejects(crm.faults.lift('frontend'), { message: 'the simulation has stopped' });
});

t.test('a used port is named, and all ports that were opened before are closed', async (t) => {
  const { crm } = await start(t);
  const spare = await startAiCrm();
  await spare.stop();
  const attempt = startAiCrm({ ports: { backend: spare.ports.backend, redis: crm.ports.redis } });
  await t.rejects(attempt, { code: 'port_in_use', message: `port ${crm.ports.redis} on 127.0.0.1 is already in use` });
  const left = await dial(spare.ports.backend).catch((error: unknown) => systemCodeOf(error));
  t.equal(left, 'ECONNREFUSED');
});

t.test('answers take time if latency is on', async (t) => {
  const { crm, clock } = await start(t, { hasLatency: true });
  const answer = ask(`${crm.urls.backend}/health`);
  await clock.timerSet();
  clock.advance(0.1);
  t.equal((await answer).status, 200);
});

t.test('an analysis is recorded with its duration', async (t) => {
  const { crm, clock } = await start(t, { hasLatency: true });
  const { username, password } = demoLogins.pro;
  const login = askJson(`${crm.urls.backend}/auth/login`, {
    method: 'POST',
    body: { username_or_email: username, password },
  });
  await clock.timerSet();
  clock.advance(5);
  const { value } = await login;
  if (!isRecord(value)) throw new Error('no token');
  const { analysesTotal, analysisSeconds } = crm.world;
  const analysis = ask(`${crm.urls.backend}/pm/analyze`, {
    method: 'POST',
    token: String(value.access_token),
    body: { title: 'a', description: 'b' },
  });
  await clock.timerSet();
  clock.advance(0.5);
  t.equal((await analysis).status, 200);
  t.equal(crm.world.analysesTotal, analysesTotal + 1);
  t.ok(Math.abs(crm.world.analysisSeconds - analysisSeconds - 0.5) < 1e-9);
});

t.test('the demo configuration watches every service of the simulation', async (t) => {
  const { crm } = await start(t);
  const config: unknown = parse(demoConfig(crm, { intervalSeconds: 3, hasJobs: true }), { strict: true });
  t.ok(isRecord(config) && isRecord(config.endpoints) && isRecord(config.heartbeats));
  if (!isRecord(config) || !isRecord(config.endpoints) || !isRecord(config.heartbeats)) return;
  t.same(
    [...Object.keys(config.endpoints), ...Object.keys(config.heartbeats)].sort(),
    [...serviceNames, ...jobNames].sort(),
    'each of them is watched',
  );
  t.match(config, {
    check_intervals: { health_checks: 3, system_metrics: 3 },
    maintenance_windows: [{ components: ['frontend'] }],
  });
  for (const [name, endpoint] of Object.entries(config.endpoints)) {
    const entry = isRecord(endpoint) ? endpoint : { url: endpoint };
    for (const other of (entry.depends_on ?? []) as readonly string[])
      t.ok(Object.hasOwn(config.endpoints, other), `${name} -> ${other}`);
    const url = new URL(String(entry.url));
    if (url.protocol === 'tcp:') (await dial(Number(url.port))).destroy();
    else {
      const tls = isRecord(entry.tls) ? { ca: await readFile(String(entry.tls.ca_file), 'utf8') } : {};
      t.equal((await ask(url.href, tls)).status, 200, name);
    }
  }
});
