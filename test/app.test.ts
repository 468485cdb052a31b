import { readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createAuthority } from '../simulator/certificate.js';
import { App } from '../src/app.js';
import { systemClock } from '../src/base/clock.js';
import { ExporterError } from '../src/base/errors.js';
import type { Config } from '../src/config/config.js';
import { Secret } from '../src/config/secret.js';
import { type AiCrmConfig, aiCrmDefaults } from '../src/config/sections/ai-crm-section.js';
import { config, httpComponent, httpSettings, jsonSource, tcpComponent } from './support/config.js';
import { samplesIn } from './support/exposition.js';
import { closedPort, httpAnswer, rawServer } from './support/raw-server.js';
import { RecordedLog } from './support/recorded-log.js';
import { until } from './support/until.js';

const version = { version: '1.2.3', nodeVersion: 'v20.18.0', revision: 'abc1234' };
const golden = 'test/fixtures/golden/scrape.txt';

/** An exporter whose configuration the test replaces. */
async function startApp(first: Config) {
  const log = new RecordedLog();
  let next: () => Config = () => first;
  const app = new App({ loadConfig: async () => next(), clock: systemClock, log, version });
  await app.start();
  return {
    app,
    log,
    use: (load: () => Config) => (next = load),
    text: async () => (await app.metrics('text')).body.toString(),
  };
}

const healthy = httpAnswer('{"status":"healthy","config_loaded":true}');

t.test('a scrape matches the golden file', async (t) => {
  const authority = createAuthority();
  const certificate = authority.issue({
    names: ['localhost'],
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date('2099-01-01T00:00:00Z'),
  });
  const backend = await rawServer((socket) => socket.end(healthy));
  const degraded = await rawServer((socket) =>
    socket.end(
      httpAnswer('{"overall_status":"degraded","uptime_seconds":71.5,"components":{"redis":{"status":"unhealthy"}}}', {
        code: 503,
      }),
    ),
  );
  const secure = await rawServer((socket) => socket.end(healthy), { certificate });
  const { app, text } = await startApp(
    config({
      components: [
        httpComponent('backend', `http://127.0.0.1:${backend.port}/health`, {
          dependsOn: ['postgres'],
          thresholds: { responseTimeSeconds: { warning: 1, critical: 3 } },
        }),
        httpComponent('monitoring', `http://127.0.0.1:${degraded.port}/health/detailed`, { intervalSeconds: 60 }),
        httpComponent('gateway', `https://localhost:${secure.port}/`, {
          http: httpSettings({ tls: { ca: authority.certificatePem, insecureSkipVerify: false } }),
        }),
        tcpComponent('postgres', backend.port),
      ],
      maintenanceWindows: [
        { name: 'always', components: ['monitoring'], cron: '* * * * *', durationSeconds: 3600, timeZone: 'UTC' },
      ],
    }),
  );
  await until('every collector has run', () => app.isReady());
  const scrape = (await text())
    .split('\n# HELP process_cpu_user_seconds_total')[0]
    ?.replace(/127\.0\.0\.1:\d+|localhost:\d+/g, 'HOST:PORT')
    // Measured values differ from run to run; configured and counted ones do not.
    .replace(
      /^(aicrm_(?:component_(?:last_response|phase)_seconds|collector_(?:duration|last_run_timestamp)_seconds|component_response_seconds_sum|config_last_reload_success_timestamp_seconds|component_ip_protocol)\S*|aicrm_component_response_seconds_bucket\S*le="\d[^"]*"\}) \S+$/gm,
      '$1 <measured>',
    );
  if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(golden, `${scrape}\n`);
  t.equal(
    `${scrape}\n`,
    await readFile(golden, 'utf8'),
    `run with UPDATE_GOLDEN=1 to renew ${golden}, and read the difference`,
  );
  await app.stop();
  await Promise.all([backend, degraded, secure].map((server) => server.stop()));
});

t.test('reload: a new threshold applies at once, counters continue, removed components vanish', async (t) => {
  const server = await rawServer((socket) => socket.end(healthy));
  const url = `http://127.0.0.1:${server.port}/`;
  const before = config({ components: [httpComponent('a', url), httpComponent('b', url)] });
  const { app, use, text, log } = await startApp(before);
  await until('first runs', () => app.isReady());
  use(() => ({
    ...before,
    components: [httpComponent('a', url)],
    thresholds: { ...before.thresholds, cpuUsageRatio: { warning: 0.5, critical: 0.6 } },
  }));
  await app.reload();
  t.equal(samplesIn(await text()).get('aicrm_threshold_ratio{threshold="cpu_usage",severity="warning"}'), 0.5);
  t.notMatch(await text(), /component:b|aicrm_component_(up|probes|info|response)\S*component="b"/);
  await until(
    'the next run',
    async () => samplesIn(await text()).get('aicrm_component_probes_total{component="a"}') === 2,
  );
  await until('the next run of the maintenance collector', async () => !(await text()).includes('component="b"'));
  t.same(log.messages('info'), ['configuration reloaded']);
  await app.stop();
  await server.stop();
});

t.test('reload: with an invalid configuration the old one stays, and a metric shows it', async (t) => {
  const server = await rawServer((socket) => socket.end(healthy));
  const { app, use, text, log } = await startApp(
    config({ components: [httpComponent('a', `http://127.0.0.1:${server.port}/`)] }),
  );
  await until('first runs', () => app.isReady());
  const loadedAt = samplesIn(await text()).get('aicrm_config_last_reload_success_timestamp_seconds');
  use(() => {
    throw new ExporterError('config_invalid', 'monitoring.yml:1:1 x: unknown key', { expose: true });
  });
  await t.rejects(app.reload(), { code: 'config_invalid' });
  const samples = samplesIn(await text());
  t.equal(samples.get('aicrm_config_last_reload_successful'), 0);
  t.equal(samples.get('aicrm_config_last_reload_success_timestamp_seconds'), loadedAt);
  t.equal(samples.get('aicrm_component_up{component="a"}'), 1);
  t.match(log.lines.at(-1), { level: 'error', fields: { error: 'monitoring.yml:1:1 x: unknown key' } });
  await app.stop();
  await server.stop();
});

t.test('a server that also gets data requests is probed first, and the exporter still becomes ready', async (t) => {
  const paths: string[] = [];
  const server = await rawServer((socket, request) => (paths.push(request.split(' ')[1] ?? ''), socket.end(healthy)));
  const url = `http://127.0.0.1:${server.port}`;
  const source = jsonSource(`${url.replace('127.0.0.1', 'localhost')}/numbers`, url);
  const { app, text } = await startApp(
    config({ components: [httpComponent('a', `${url}/health`)], jsonSources: [source] }),
  );
  await until('every collector has run', () => app.isReady());
  t.same(paths, ['/health', '/numbers']);
  t.equal(
    samplesIn(await text()).get('aicrm_component_probes_discounted_total{component="a",cause="backend_busy"}'),
    0,
  );
  t.equal(samplesIn(await text()).get('aicrm_source_up{source="shop"}'), 1);
  await app.stop();
  await server.stop();
});

t.test('two reloads at once run one after the other', async (t) => {
  const { app, text } = await startApp(config());
  await Promise.all([app.reload(), app.reload()]);
  t.equal(samplesIn(await text()).get('aicrm_config_last_reload_successful'), 1);
  await app.stop();
});

t.test('reloads that are asked for during a reload wait for it and become one', async (t) => {
  const loads: ((config: Config) => void)[] = [];
  const app = new App({
    loadConfig: () => new Promise((resolve) => loads.push(resolve)),
    clock: systemClock,
    log: new RecordedLog(),
    version,
  });
  const started = app.start();
  loads[0]?.(config());
  await started;
  const first = app.reload();
  await until('the first reload', () => loads.length === 2);
  const others = Array.from({ length: 50 }, () => app.reload());
  loads[1]?.(config({ retries: 1 }));
  await first;
  await until('the second reload', () => loads.length === 3);
  loads[2]?.(config({ retries: 2 }));
  await Promise.all(others);
  t.equal(loads.length, 3);
  t.equal(app.config().retries, 2);
  const next = app.reload();
  await until('one more', () => loads.length === 4);
  loads[3]?.(config());
  await next;
  await app.stop();
});

t.test('a reload during the start waits for the start', async (t) => {
  const loads: ((config: Config) => void)[] = [];
  const app = new App({
    loadConfig: () => new Promise((resolve) => loads.push(resolve)),
    clock: systemClock,
    log: new RecordedLog(),
    version,
  });
  const started = app.start();
  const reloaded = app.reload();
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(loads.length, 1);
  loads[0]?.(config({ retries: 1 }));
  await started;
  await until('the second load', () => loads.length === 2);
  loads[1]?.(config({ retries: 2 }));
  await reloaded;
  t.equal(app.config().retries, 2, 'the last configuration applies');
  await app.stop();
});

t.test('stop does not wait for a configuration that is still being read, and nothing begins after it', async (t) => {
  const server = await rawServer((socket) => socket.end(healthy));
  let finishLoading = (_config: Config): void => {};
  const app = new App({
    loadConfig: () => new Promise((resolve) => (finishLoading = resolve)),
    clock: systemClock,
    log: new RecordedLog(),
    version,
  });
  const started = app.start();
  await app.stop();
  finishLoading(config({ components: [httpComponent('a', `http://127.0.0.1:${server.port}/`)] }));
  await started;
  t.throws(() => app.config(), 'it was not taken over');
  t.equal(server.accepted(), 0);
  await server.stop();
});

t.test('the overall level is that of the worst component that counts', async (t) => {
  const server = await rawServer((socket) => socket.end(httpAnswer('{"status":"unhealthy"}')));
  const window = { name: 'always', components: ['a'], cron: '* * * * *', durationSeconds: 3600, timeZone: 'UTC' };
  const sick = config({ components: [httpComponent('a', `http://127.0.0.1:${server.port}/`)] });
  const { app, use, text } = await startApp({ ...sick, maintenanceWindows: [window] });
  await until('first runs', () => app.isReady());
  t.equal(
    samplesIn(await text()).get('aicrm_status{status="unknown"}'),
    1,
    'only a component in maintenance, so the level is unknown',
  );
  t.equal(samplesIn(await text()).get('aicrm_component_maintenance{component="a"}'), 1);
  const why = 'aicrm_maintenance_info{component="a",reason="always",author="configuration"}';
  t.equal(samplesIn(await text()).get(why), 1);
  use(() => sick);
  await app.reload();
  t.equal(samplesIn(await text()).get('aicrm_status{status="critical"}'), 1);
  await until('no reason is left of it', async () => !samplesIn(await text()).has(why));
  await app.stop();
  await server.stop();
});

t.test('a change of level is logged once, and so is its end', async (t) => {
  let body = '{"status":"unhealthy"}';
  const server = await rawServer((socket) => socket.end(httpAnswer(body)));
  const { app, log, text } = await startApp(
    config({
      retryIntervalSeconds: 0.25,
      retries: 100,
      components: [httpComponent('a', `http://127.0.0.1:${server.port}/`)],
    }),
  );
  await until(
    'three failures',
    async () => (samplesIn(await text()).get('aicrm_component_probes_total{component="a"}') ?? 0) >= 3,
  );
  body = '{"status":"ok"}';
  await until('back', async () => samplesIn(await text()).get('aicrm_component_up{component="a"}') === 1);
  t.same(
    log.lines.map(({ level, message, fields }) => [level, message, fields['detail']]),
    [
      ['warn', 'component is CRITICAL', '200: says unhealthy'],
      ['info', 'component is HEALTHY', '200: says ok'],
    ],
  );
  await app.stop();
  await server.stop();
});

t.test("AI-CRM's own numbers are read if they are configured", async (t) => {
  const url = `http://127.0.0.1:${await closedPort()}`;
  const login = { kind: 'token', token: new Secret('hunter2') } as const;
  const aiCrm: AiCrmConfig = {
    ...aiCrmDefaults,
    url,
    api: 'real',
    login,
    collect: ['tasks'],
    headers: new Map(),
    tls: { insecureSkipVerify: false },
  };
  const { app, text } = await startApp(config({ aiCrm }));
  await until('first runs', () => app.isReady());
  t.equal(samplesIn(await text()).get('aicrm_source_up{source="ai_crm_tasks"}'), 0, 'nothing answers there');
  await app.stop();
});

t.test(
  'alerts of Alertmanager are printed as the current configuration says, and their count survives a reload',
  async (t) => {
    const { app, use, text, log } = await startApp(config());
    t.equal(samplesIn(await text()).get('aicrm_alerts_received_total{status="resolved",severity="other"}'), 0);
    const alert = {
      status: 'firing',
      labels: { alertname: 'A', severity: 'warning' },
      annotations: {},
      startsAt: '',
      endsAt: '',
      fingerprint: 'a',
    } as const;
    app.receiveAlerts({ alerts: [alert], truncatedAlerts: 0 });
    use(() =>
      config({
        alertChannels: [{ kind: 'console', name: 'console', enabled: true, settings: { log_level: 'error' } }],
      }),
    );
    await app.reload();
    app.receiveAlerts({ alerts: [alert], truncatedAlerts: 0 });
    t.same(log.messages('warn'), ['alert firing']);
    t.equal(samplesIn(await text()).get('aicrm_alerts_received_total{status="firing",severity="warning"}'), 2);
    await app.stop();
  },
);

t.test('/probe: a component by name, counters that continue, and only allowed targets', async (t) => {
  const server = await rawServer((socket) => socket.end(healthy));
  const origin = `http://127.0.0.1:${server.port}`;
  const { app } = await startApp(
    config({
      components: [httpComponent('a', `${origin}/`)],
      probe: {
        allowedTargets: ['http://127.0.0.1:*/ok/*'],
        modules: new Map([['json', { http: httpSettings({ expect: { jsonStatus: true } }), timeoutSeconds: 5 }]]),
      },
    }),
  );
  const never = new AbortController().signal;
  t.match(await app.probe({ target: 'a' }, never), { reading: { name: 'a', up: true } });
  const shared = await app.probe({ target: 'a' }, never);
  t.equal(
    samplesIn(shared.render('text')).get('aicrm_component_probes_total{component="a"}'),
    1,
    'requests within a second get the same result',
  );
  await sleep(1000);
  const second = await app.probe({ target: 'a' }, never);
  t.equal(samplesIn(second.render('text')).get('aicrm_component_probes_total{component="a"}'), 2);
  const foreign = await app.probe({ target: `${origin}/ok/x?secret=1`, module: 'json' }, never);
  t.match(foreign.reading, { up: true, name: `127.0.0.1:${server.port}`, target: `${origin}/ok/x` });
  t.notMatch(foreign.render('text'), 'secret');
  t.equal(
    samplesIn(foreign.render('text')).get(
      `aicrm_component_info{component="127.0.0.1:${server.port}",target="${origin}/ok/x",kind="http",severity="critical"}`,
    ),
    1,
    'the rules find its thresholds with it',
  );
  const refused: readonly [string, string | undefined, string][] = [
    [`${origin}/other`, 'json', 'refused_target'],
    [`http://127.0.0.1:${server.port}@169.254.169.254/ok/`, 'json', 'bad_request'],
    ['http://169.254.169.254/ok/', 'json', 'refused_target'],
    ['file:///etc/passwd', 'json', 'bad_request'],
    ['nobody', undefined, 'bad_request'],
    [`${origin}/ok/`, 'nosuch', 'bad_request'],
    ['a', 'json', 'bad_request'],
    [`${origin}/ok/${'x'.repeat(3000)}`, 'json', 'bad_request'],
    [`http://${'a.'.repeat(200)}example/ok/`, 'json', 'bad_request'],
  ];
  for (const [target, module, code] of refused)
    await t.rejects(
      app.probe({ target, ...(module === undefined ? {} : { module }) }, never),
      { code, expose: true },
      target,
    );
  await app.stop();
  await server.stop();
});

t.test('a probe that a reload or the client of /probe aborts is not a failure', async (t) => {
  const answers = [
    () => {},
    (socket: Socket) => socket.end(httpAnswer('', { code: 500 })),
    () => {},
    (socket: Socket) => socket.end(healthy),
  ];
  const server = await rawServer((socket) => answers.shift()?.(socket));
  const { app, text } = await startApp(
    config({ components: [httpComponent('a', `http://127.0.0.1:${server.port}/`)], retries: 0 }),
  );
  await until('the first probe', () => answers.length === 3);
  await app.reload();
  await until('the second probe', () => app.isReady());
  t.match(app.overview().components[0]?.reading, { reason: 'status', failuresInARow: 1 });
  t.equal(samplesIn(await text()).get('aicrm_component_probe_failures_total{component="a",reason="timeout"}'), 0);
  const client = new AbortController();
  const abandoned = app.probe({ target: 'a' }, client.signal);
  await until('the third probe', () => answers.length === 1);
  client.abort(new Error('the client hung up'));
  await t.rejects(abandoned, { message: 'the client hung up' });
  const report = await app.probe({ target: 'a' }, new AbortController().signal);
  t.equal(samplesIn(report.render('text')).get('aicrm_component_probes_total{component="a"}'), 1);
  await app.stop();
  await server.stop();
});

t.test('/probe: the number of probes at once is limited', async (t) => {
  const server = await rawServer(() => {});
  const { app } = await startApp(
    config({
      components: Array.from({ length: 251 }, (_, i) => httpComponent(`c${i}`, `http://127.0.0.1:${server.port}/`)),
    }),
  );
  const client = new AbortController();
  const probes = Array.from({ length: 250 }, (_, i) => app.probe({ target: `c${i}` }, client.signal));
  await t.rejects(app.probe({ target: 'c250' }, client.signal), { code: 'overloaded', expose: true });
  client.abort(new Error('the client hung up'));
  for (const probe of probes) await t.rejects(probe, { message: 'the client hung up' });
  await until('their places are free again', () =>
    app.probe({ target: 'c250', timeoutSeconds: 0.01 }, new AbortController().signal).then(
      () => true,
      () => false,
    ),
  );
  await app.stop();
  await server.stop();
});

t.test('/probe: an allowed target cannot redirect the probe to another one', async (t) => {
  const inner = await rawServer((socket) => socket.end(healthy));
  const server = await rawServer((socket) =>
    socket.end(httpAnswer('', { code: 302, headers: [`Location: http://127.0.0.1:${inner.port}/`] })),
  );
  const { app } = await startApp(
    config({
      probe: {
        allowedTargets: [`http://127.0.0.1:${server.port}`],
        modules: new Map([['default', { http: httpSettings(), timeoutSeconds: 5 }]]),
      },
    }),
  );
  const { reading } = await app.probe({ target: `http://127.0.0.1:${server.port}/` }, new AbortController().signal);
  t.match(reading, { up: false, reason: 'refused_target', level: 'unknown' });
  t.equal(inner.accepted(), 0);
  await app.stop();
  await inner.stop();
  await server.stop();
});
