import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { type AiCrmOptions, startAiCrm } from '../../simulator/ai-crm.js';
import { demoConfig } from '../../simulator/demo/demo-config.js';
import { jobNames, serviceNames } from '../../simulator/faults.js';
import { demoLogins } from '../../simulator/population.js';
import { portNames } from '../../simulator/servers.js';
import type { Clock } from '../../src/base/clock.js';
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

t.test('an answer takes as long as recorded, more under load, and sometimes five times as long', async (t) => {
  const delays: number[] = [];
  const clock: Clock = {
    nowSeconds: () => 1_800_000_000,
    monotonicSeconds: () => 0,
    setTimer(task, seconds) {
      delays.push(seconds);
      setImmediate(task);
      return () => {};
    },
  };
  const crm = await startAiCrm({ clock, hasLatency: true });
  t.teardown(() => crm.stop());
  const { online } = crm.world.population;
  const ratios = async (path: string, usual: number, count = 8) => {
    delays.length = 0;
    for (let request = 0; request < count; request += 1) await ask(crm.urls.backend + path);
    t.equal(delays.length, count, path);
    return delays.map((delay) => delay / usual / (0.7 + online.size / 100));
  };
  for (const [path, usual] of [
    ['/health', 0.002],
    ['/auth/login', 0.23],
    ['/auth/me', 0.006],
    ['/tasks', 0.009],
    ['/agents/suggest', 0.02],
    ['/agents', 0.006],
    ['/pm/analyze', 0.016],
    ['/pm/health', 0.012],
    ['/analytics/executive-dashboard', 0.021],
    ['/analytics/task-completion', 0.014],
    ['/users/admin/stats', 0.007],
    ['/db/health', 0.005],
    ['/nothing', 0.003],
  ] as const) {
    const normal = (await ratios(path, usual)).filter((ratio) => ratio < 3);
    t.ok(normal.length >= 5 && normal.every((ratio) => ratio >= 0.7 && ratio < 1.3), `${path}: ${normal.join(', ')}`);
    t.ok(Math.max(...normal) - Math.min(...normal) > 0.05, 'no two are the same');
  }
  online.clear();
  const many = await ratios('/health', 0.002, 400);
  const outliers = many.filter((ratio) => ratio > 1.3);
  t.ok(outliers.length >= 2 && outliers.length <= 20, `${outliers.length} outliers`);
  t.ok(outliers.every((ratio) => ratio >= 3.5 && ratio < 6.5));
});

t.test('the services listen where they should, and are reached by the name that others use', async (t) => {
  const spare = await startAiCrm();
  await spare.stop();
  const { backend } = spare.ports;
  const crm = await startAiCrm({ host: '0.0.0.0', advertise: 'crm.example', ports: { backend } });
  t.teardown(() => crm.stop());
  t.equal(crm.urls.backend, `http://crm.example:${backend}`);
  t.equal(crm.urls.gateway, `https://crm.example:${crm.ports.gateway}`);
  t.equal(crm.urls.postgres, `tcp://crm.example:${crm.ports.postgres}`);
  t.equal(crm.urls.redis, `tcp://crm.example:${crm.ports.redis}`);
  t.equal(crm.urls.control, `http://127.0.0.1:${crm.ports.control}`, 'without a login, so for this machine only');
  t.equal((await ask(`http://127.0.0.2:${backend}/health`)).status, 200);
  t.equal(await ask(`http://127.0.0.2:${crm.ports.control}/`).catch(systemCodeOf), 'ECONNREFUSED');
  const ca = await readFile(crm.caFile, 'utf8');
  const socket = connectTls({ host: '127.0.0.1', port: crm.ports.gateway, servername: 'crm.example', ca });
  await once(socket, 'secureConnect');
  socket.destroy();
  const everywhere = await startAiCrm({ host: '0.0.0.0', controlHost: '0.0.0.0' });
  t.teardown(() => everywhere.stop());
  t.equal(everywhere.urls.frontend, `http://127.0.0.1:${everywhere.ports.frontend}`);
  t.equal(everywhere.urls.control, `http://127.0.0.1:${everywhere.ports.control}`);
  const six = await startAiCrm({ advertise: '2001:db8::1' });
  t.teardown(() => six.stop());
  t.equal(six.urls.backend, `http://[2001:db8::1]:${six.ports.backend}`);
});

t.test('without a temporary folder the error says which one, and nothing stays open', async (t) => {
  const before = process.env['TMPDIR'];
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  process.env['TMPDIR'] = '/nonexistent/folder';
  await t.rejects(startAiCrm(), {
    code: 'output_unwritable',
    message: 'no temporary folder can be made in /nonexistent/folder (ENOENT); TMPDIR can name another place',
  });
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
