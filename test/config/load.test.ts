import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Config } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load.js';
import { formatWarnings } from '../../src/config/problem.js';
import { plannedRequestsPerHour } from '../../src/config/sections/ai-crm-section.js';
import type { ChannelSettings } from '../../src/config/sections/alert-channels-section.js';
import type { ComponentConfig, HttpComponent, TcpComponent } from '../../src/config/sections/endpoints-section.js';
import { switchedOffBy, trackingFlags } from '../../src/config/sections/tracking-section.js';

const fixtures = 'test/fixtures/config';
const environment = { TOKEN: 's3cret-token', PORT: '8081', CONCURRENCY: '7', HOST: '' };

function component(config: Config, name: string): ComponentConfig {
  const found = config.components.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no component ${name}`);
  return found;
}

function httpComponent(config: Config, name: string): HttpComponent {
  const found = component(config, name);
  if (!('url' in found)) throw new Error(`${name} is no HTTP component`);
  return found;
}

/** Loads a text as `monitoring.yml` in a new folder. */
async function loadText(t: Test, text: string | Buffer, from: Readonly<Record<string, string>> = {}): Promise<Config> {
  const directory = t.testdir({});
  await writeFile(join(directory, 'monitoring.yml'), text);
  return loadConfig('monitoring.yml', { environment: from, directory });
}

t.test('without a file the defaults of the monitoring document apply', async (t) => {
  const config = await loadConfig(undefined, { environment: {}, directory: t.testdir({}) });
  t.equal(config.source, null);
  t.same(
    config.components.map(({ name, target, kind, intervalSeconds, timeoutSeconds }) => [
      name,
      target,
      kind,
      intervalSeconds,
      timeoutSeconds,
    ]),
    [
      ['backend', 'http://localhost:8000/health', 'http', 30, 10],
      ['frontend', 'http://localhost:3000', 'http', 30, 10],
      ['pm_gateway', 'http://localhost:8000/pm/health', 'http', 30, 10],
      ['database', 'http://localhost:8000/db/health', 'http', 30, 10],
    ],
  );
  t.same(
    config.components.map(({ name }) => httpComponent(config, name).http.expect.jsonStatus),
    [true, false, true, true],
    'all except the frontend expect a JSON status',
  );
  t.strictSame(httpComponent(config, 'frontend').http, {
    method: 'GET',
    headers: new Map(),
    expect: { jsonStatus: false, jsonValues: new Map() },
    tls: { insecureSkipVerify: false },
    followRedirects: true,
    maxBodyBytes: 1024 * 1024,
  });
  t.strictSame(config.thresholds, {
    responseTimeSeconds: { warning: 2, critical: 5 },
    taskProcessingTimeSeconds: { warning: 5, critical: 12.5 },
    agentResponseTimeSeconds: { warning: 3, critical: 7.5 },
    certificateExpirySeconds: { warning: 14 * 86_400, critical: 3 * 86_400 },
    cpuUsageRatio: { warning: 0.8, critical: 0.95 },
    memoryUsageRatio: { warning: 0.85, critical: 0.95 },
    diskUsageRatio: { warning: 0.9, critical: 0.95 },
    errorRateRatio: { warning: 0.05, critical: 0.1 },
  });
  t.strictSame(config.intervals, {
    healthChecksSeconds: 30,
    systemMetricsSeconds: 60,
    detailedAnalysisSeconds: 300,
    agentPerformanceSeconds: 120,
  });
  t.match(config, {
    retryIntervalSeconds: 5,
    retries: 2,
    concurrency: 1000,
    retentionSeconds: 604_800,
    slo: { availabilityRatio: 0.995 },
  });
  t.strictSame(config.host, { enabled: true, rootfs: '/' });
  t.strictSame(config.probe.allowedTargets, []);
  t.strictSame([...config.probe.modules.keys()], ['default']);
  t.strictSame([config.maintenanceWindows, config.alertChannels], [[], []]);
});

t.test('an empty file, a file of comments and null mean the defaults', async (t) => {
  const defaults = await loadConfig(undefined, { environment: {}, directory: t.testdir({}) });
  for (const text of ['', '# nothing yet\n', 'null\n', '{}', '\uFEFF', '---\n']) {
    const { warnings, ...config } = await loadText(t, text);
    t.strictSame({ ...config, warnings: [] }, { ...defaults, source: 'monitoring.yml' }, JSON.stringify(text));
    t.match(warnings, [{ message: /^the file has no settings/ }], 'and there is a warning');
  }
});

t.test('the whole has a name of one line and at most 60 characters', async (t) => {
  t.equal((await loadText(t, 'endpoints: {}')).name, 'AI-CRM');
  t.equal((await loadText(t, 'name: Büro & Shop')).name, 'Büro & Shop');
  for (const text of ['""', '" x"', '"a\\eb"', `"${'x'.repeat(61)}"`, '5'])
    await t.rejects(loadText(t, `name: ${text}`), /name: must be one line of 1 to 60 characters/, text);
});

t.test('a configuration without endpoints is valid', async (t) => {
  t.strictSame((await loadText(t, 'endpoints: {}')).components, []);
});

t.test('both files of the monitoring document load unchanged', async (t) => {
  const defaults = await loadConfig(undefined, { environment: {}, directory: t.testdir({}) });
  const objects = await loadConfig('document-objects.json', { environment: {}, directory: fixtures });
  t.strictSame(
    { ...objects, alertChannels: [] },
    { ...defaults, source: 'document-objects.json' },
    'the comments list the defaults',
  );
  t.strictSame(
    objects.alertChannels.map(({ name, enabled }) => [name, enabled]),
    [
      ['email', false],
      ['slack', false],
      ['webhook', false],
      ['console', true],
    ],
  );
  t.match(objects.alertChannels[0]?.settings, {
    smtp_server: 'mail.crm.test',
    smtp_port: 587,
    recipients: ['oncall@crm.test'],
    use_tls: true,
  });
  t.strictSame(objects.alertChannels[3]?.settings, { url: 'http://localhost:10059/alerts', log_level: 'info' });

  const switches = await loadConfig('document-switches.json', { environment: {}, directory: fixtures });
  t.strictSame(
    switches.alertChannels,
    Object.entries({ email: true, slack: false, webhook: false, console: true }).map(([name, enabled]) => ({
      kind: name,
      name,
      enabled,
      settings: {},
    })),
  );
  t.equal(switches.retentionSeconds, 30 * 86_400);
  t.strictSame(switches.tracking, {
    performance_metrics: { track_response_times: true, track_error_rates: true, track_throughput: false },
    business_metrics: { track_task_completion: true, track_agent_utilization: true },
    security_monitoring: { track_failed_logins: false },
  });
});

t.test('the file that comes with AI-CRM loads, with a warning about its flag without effect', async (t) => {
  const own = await loadConfig('ai-crm-own.json', { environment: {}, directory: fixtures });
  t.equal(
    formatWarnings('ai-crm-own.json', own.warnings),
    'ai-crm-own.json:42:5 security_monitoring.log_security_events: warning: this flag has no effect',
  );
  t.equal(own.tracking.security_monitoring['track_failed_logins'], true);
  t.equal(own.thresholds.responseTimeSeconds.warning, 1.5);
  const text =
    'performance_metrics: {enabled: true, track_throughputs: true}\nbusiness_metrics:\n  Audit Trail: false\n';
  const { warnings } = await loadText(t, text);
  t.equal(
    formatWarnings('f', warnings),
    [
      'f:1:38 performance_metrics.track_throughputs: warning: this flag has no effect, did you mean "track_throughput"?',
      'f:3:3 business_metrics."Audit Trail": warning: this flag has no effect',
    ].join('\n'),
  );
});

t.test('finds the file in the folder, YAML before JSON', async (t) => {
  const directory = t.testdir({ 'monitoring-config.json': '{"retries": 3}' });
  const load = () => loadConfig(undefined, { environment: {}, directory });
  t.match(await load(), { retries: 3, source: join(directory, 'monitoring-config.json') });
  await writeFile(join(directory, 'monitoring.yaml'), 'retries: 4');
  t.match(await load(), { retries: 4, source: join(directory, 'monitoring.yaml') });
  await writeFile(join(directory, 'monitoring.yml'), 'retries: 5');
  t.match(await load(), { retries: 5, source: join(directory, 'monitoring.yml') });
});

t.test('a file from the environment is preferred to those in the folder, and a given one to both', async (t) => {
  const directory = t.testdir({
    'monitoring.yml': 'retries: 1',
    'named.yml': 'retries: 2',
    'given.yml': 'retries: 3',
    elsewhere: { 'crm.yml': 'retries: 7' },
  });
  const load = (named: string, given?: string) =>
    loadConfig(given, { environment: { AICRM_CONFIG_FILE: named }, directory });
  t.match(await load('named.yml'), { retries: 2, source: 'named.yml' });
  t.match(await load('named.yml', 'given.yml'), { retries: 3 });
  t.match(await load(join(directory, 'elsewhere/crm.yml')), {
    retries: 7,
    source: join(directory, 'elsewhere/crm.yml'),
  });
  t.match(await load(''), { retries: 1 }, 'an empty variable counts as missing');
  await t.rejects(load('gone.yml'), { code: 'config_missing', message: /gone\.yml/ }, 'the file must exist');
});

t.test('an endpoint has everything that a probe needs', async (t) => {
  const config = await loadConfig('rich.yml', { environment, directory: fixtures });
  const backend = httpComponent(config, 'backend');
  t.match(backend, {
    kind: 'https',
    target: 'https://crm.test:8443/health',
    url: 'https://crm.test:8443/health?key=s3cret-query',
    intervalSeconds: 90,
    timeoutSeconds: 0.5,
    dependsOn: [],
    thresholds: {
      responseTimeSeconds: { warning: 0.4, critical: 1 },
      errorRateRatio: { warning: 0.01, critical: 0.02 },
    },
    http: { method: 'POST', followRedirects: false, maxBodyBytes: 2048 },
  });
  t.strictSame(backend.http.expect, {
    statusCodes: [204],
    bodyRegex: /^ok$/,
    jsonStatus: false,
    healthWord: 'ignored',
    jsonValues: new Map(),
  });
  t.strictSame(
    [...backend.http.headers].map(([name, value]) => [name, value.reveal()]),
    [
      ['accept', 'application/json'],
      ['x-api-key', 's3cret-header'],
      ['x-build', '17'],
    ],
  );
  t.equal(backend.http.body?.reveal(), 's3cret-body');
  t.match(backend.http.auth, { kind: 'basic', username: 'monitor' });
  t.equal(
    backend.http.auth?.kind === 'basic' && backend.http.auth.password.reveal(),
    's3cret-url',
    'decoded, and removed from the URL',
  );
  t.match(backend.http.tls, {
    serverName: 'crm.internal',
    insecureSkipVerify: false,
    ca: /BEGIN CERTIFICATE/,
    certificate: /BEGIN CERTIFICATE/,
  });
  t.match(backend.http.tls.key?.reveal(), /BEGIN PRIVATE KEY/);

  t.match(component(config, 'db'), {
    kind: 'tcp',
    host: 'fe80::1',
    port: 5432,
    target: 'tcp://[fe80::1]:5432',
    intervalSeconds: 5,
    timeoutSeconds: 5,
  });
  const files = httpComponent(config, 'files').http.auth;
  t.equal(files?.kind === 'basic' && files.password.reveal(), 'password-from-file', 'without its line end');
});

t.test('a port has its protocol and whether it uses TLS', async (t) => {
  const rich = await loadConfig('rich.yml', { environment, directory: fixtures });
  const { dialog = [], ...smtp } = component(rich, 'smtp') as TcpComponent;
  t.match(smtp, {
    kind: 'tcp',
    host: 'mail.test',
    port: 587,
    protocol: 'smtp',
    target: 'tcp://mail.test:587',
    tls: { ca: /BEGIN CERTIFICATE/ },
  });
  t.strictSame(
    dialog.map(({ send, expect }) => [send?.reveal(), expect]),
    [
      ['AUTH s3cret-dialog\0\r\n', /^235/m],
      ['QUIT\r\n', undefined],
    ],
  );
  t.match(component(rich, 'imap'), {
    kind: 'tls',
    host: '::1',
    port: 993,
    protocol: 'imap',
    target: 'imaps://[::1]:993',
    tls: { insecureSkipVerify: false },
  });
});

t.test('a database has its address and user, with TLS as far as the URL and its section set it', async (t) => {
  const rich = await loadConfig('rich.yml', { environment, directory: fixtures });
  const postgres = component(rich, 'postgres');
  t.match(postgres, {
    kind: 'postgres',
    target: 'postgres://db.test:5432/crm',
    database: { host: 'db.test', port: 5432, database: 'crm', username: 'monitor' },
  });
  t.match('database' in postgres && postgres.database.tls, {
    ca: /BEGIN CERTIFICATE/,
    acceptsAnyName: true,
    insecureSkipVerify: false,
  });
  t.equal('database' in postgres && postgres.database.password?.reveal(), 's3cret url');
  const redis = component(rich, 'redis');
  t.match(redis, {
    kind: 'redis',
    target: 'rediss://[::1]:6379/2',
    database: { host: '::1', port: 6379, database: '2', tls: { insecureSkipVerify: false } },
  });
  t.equal('database' in redis && redis.database.password?.reveal(), 'password-from-file');
  t.notOk('database' in redis && 'username' in redis.database, 'the default user of Redis has no name');

  const tlsOf = async (entry: string) => {
    await cp(join(fixtures, 'tls'), join(t.testdir({}), 'tls'), { recursive: true });
    await writeFile(join(t.testdirName, 'monitoring.yml'), `endpoints: {x: {${entry}}}`);
    const found = component(await loadConfig(undefined, { environment, directory: t.testdirName }), 'x');
    return 'database' in found ? found.database.tls : undefined;
  };
  const url = (query: string) => `url: "postgres://u@db.test${query}"`;
  const verified = { insecureSkipVerify: false };
  t.equal(await tlsOf(url('')), undefined);
  t.equal(await tlsOf(url('?sslmode=disable')), undefined);
  t.strictSame(await tlsOf(`${url('')}, tls: {}`), verified);
  t.strictSame(await tlsOf(url('?sslmode=verify-full')), verified);
  t.strictSame(await tlsOf(url('?sslmode=verify-ca')), { ...verified, acceptsAnyName: true });
  t.strictSame(await tlsOf(url('?sslmode=require')), { insecureSkipVerify: true });
  t.match(await tlsOf(`${url('?sslmode=require')}, tls: {ca_file: tls/ca.pem}`), { ...verified, acceptsAnyName: true });
});

t.test('a query for metrics has everything that its collector needs', async (t) => {
  const [sessions, orders] = (await loadConfig('rich.yml', { environment, directory: fixtures })).sqlSources;
  t.match(sessions, {
    name: 'sessions',
    target: 'postgres://db.test:5432',
    query: /^with monitors as /,
    excludedAccounts: ['monitor@crm.test'],
    intervalSeconds: 300,
    timeoutSeconds: 2,
    maxRows: 1000,
    maxSeries: 1000,
  });
  t.match(
    sessions?.metrics.map(({ definition }) => definition.name),
    ['aicrm_concurrent_users', 'aicrm_active_users', 'aicrm_failed_logins_total', 'aicrm_feature_usage_total'],
  );
  t.match(orders, {
    address: { host: 'db.test', port: 5433, database: 'shop', username: 'reader', tls: { insecureSkipVerify: false } },
    timeoutSeconds: 5,
  });
  t.equal(orders?.address.password?.reveal(), 's3cret-basic');
  t.match(orders?.metrics, [
    {
      definition: { name: 'shop_orders_total', type: 'counter', area: 'configured' },
      path: '$[*]',
      value: { kind: 'path', path: '$["n"]' },
      scale: 1,
    },
  ]);
  t.strictSame(orders?.metrics[0]?.labels.get('state'), { kind: 'path', path: `$["it's"]` });
});

t.test('merge keys add only the options that the component does not have', async (t) => {
  const copy = httpComponent(await loadConfig('rich.yml', { environment, directory: fixtures }), 'copy');
  t.match(copy, {
    url: 'http://[::1]:8080/',
    intervalSeconds: 90,
    dependsOn: ['backend', 'db'],
    http: { method: 'POST' },
  });
  t.notOk(copy.http.auth, 'credentials in the URL are not merged');
});

t.test('expected codes are expanded from classes and ranges, and header names are in lower case', async (t) => {
  const { expect } = httpComponent(await loadConfig('rich.yml', { environment, directory: fixtures }), 'copy').http;
  t.equal(expect.statusCodes?.length, 103);
  t.same(
    [200, 299, 300, 301, 404, 199, 302].map((code) => expect.statusCodes?.includes(code)),
    [true, true, true, true, true, false, false],
  );
  t.strictSame(
    [...(expect.headers ?? [])],
    [
      ['content-type', /^text\//],
      ['x-version', true],
      ['server', false],
    ],
  );
  t.strictSame(expect.bodyNotRegex, /broken/);
});

t.test('expect.json requires a status, certain values or nothing', async (t) => {
  const config = await loadConfig('rich.yml', { environment, directory: fixtures });
  const { expect } = httpComponent(config, 'copy').http;
  t.equal(expect.jsonStatus, false);
  t.strictSame(
    [...expect.jsonValues],
    [
      ['status', ['healthy', 'ok']],
      ['checks.database', [true]],
      ['gone', [null]],
    ],
  );
  t.equal(httpComponent(config, 'pm_gateway').http.expect.jsonStatus, false, 'an answer to HEAD has no body');
  const own = await loadText(
    t,
    'endpoints:\n  backend: {url: "http://x", expect: {status: 200}}\n  database: {url: "http://x", expect: {body_regex: ok}}\n  other: {url: "http://x", expect: {json: true}}\n',
  );
  t.strictSame(
    own.components
      .map(({ name }) => httpComponent(own, name).http.expect)
      .map(({ jsonStatus, healthWord }) => [jsonStatus, healthWord]),
    [
      [true, undefined],
      [false, undefined],
      [true, 'required'],
    ],
  );
});

t.test('a file of 4 MiB is read', async (t) => {
  const text = 'retries: 4\n# ';
  t.equal((await loadText(t, text + 'x'.repeat(4 * 1024 * 1024 - text.length))).retries, 4);
});

t.test('takes values from the environment as text, never as YAML', async (t) => {
  const config = await loadConfig('rich.yml', { environment, directory: fixtures });
  t.equal(
    httpComponent(config, 'interpolated').url,
    'http://localhost:8081/$%7Bliteral%7D',
    'an empty variable has its default',
  );
  t.equal(config.concurrency, 7, 'text is a number where a number is expected');
  const named = await loadText(t, 'name: "${NAME:-AI-CRM} ${PLACE:-here}"', { NAME: 'Shop' });
  t.equal(named.name, 'Shop here', 'a variable that is not set has its default');
  const { auth } = httpComponent(config, 'tokens').http;
  t.equal(auth?.kind === 'bearer' && auth.token.reveal(), 's3cret-token');

  const text = 'endpoints:\n  a:\n    url: http://x\n    body: ${BODY}\n    headers: {X-Number: "${NUMBER}"}\n';
  const hostile = httpComponent(
    await loadText(t, text, { BODY: '${NUMBER}\nurl: http://evil # *a', NUMBER: '007' }),
    'a',
  ).http;
  t.equal(hostile.body?.reveal(), '${NUMBER}\nurl: http://evil # *a');
  t.equal(hostile.headers.get('x-number')?.reveal(), '007');
});

t.test('thresholds are in milliseconds and percent, and critical is never below warning', async (t) => {
  const { thresholds } = await loadConfig('rich.yml', { environment, directory: fixtures });
  t.strictSame(thresholds.cpuUsageRatio, { warning: 0.97, critical: 0.97 });
  t.strictSame(thresholds.diskUsageRatio, { warning: 0.5, critical: 0.95 });
  t.strictSame(thresholds.responseTimeSeconds, { warning: 0.1, critical: 0.1 });
  t.strictSame((await loadText(t, 'alert_thresholds: {error_rate_percent: 20, cpu_usage_percent: 7}')).thresholds, {
    ...(await loadText(t, '')).thresholds,
    errorRateRatio: { warning: 0.2, critical: 0.2 },
    cpuUsageRatio: { warning: 0.07, critical: 0.95 },
  });
});

t.test('maintenance windows have a cron expression with a duration, or days with begin and end', async (t) => {
  const config = await loadConfig('rich.yml', { environment, directory: fixtures });
  t.strictSame(config.maintenanceWindows, [
    {
      name: 'update',
      components: ['backend', 'db'],
      timeZone: 'Europe/Berlin',
      cron: '0 2 * * 6',
      durationSeconds: 7200,
    },
    {
      name: 'window 2',
      components: 'all',
      timeZone: 'UTC',
      weekly: { days: [0, 6], startMinutes: 22 * 60 + 30, endMinutes: 26 * 60 },
    },
    {
      name: 'window 3',
      components: 'all',
      timeZone: 'UTC',
      weekly: { days: [1], startMinutes: 6 * 60, endMinutes: 30 * 60 },
    },
    {
      name: 'window 4',
      components: 'all',
      timeZone: 'Europe/Berlin',
      once: { localBeginSeconds: Date.UTC(2027, 0, 3, 22) / 1000, localEndSeconds: Date.UTC(2027, 0, 4, 2) / 1000 },
    },
    {
      name: 'window 5',
      components: 'all',
      timeZone: 'UTC',
      once: { localBeginSeconds: Date.UTC(2027, 0, 3, 22) / 1000, localEndSeconds: Date.UTC(2027, 0, 5, 6) / 1000 },
    },
  ]);
});

t.test('host, probe and channels have the configured values', async (t) => {
  const config = await loadConfig('rich.yml', { environment, directory: fixtures });
  t.strictSame(config.host, { enabled: false, rootfs: '/host', mountpoints: ['/'], devices: ['eth0'] });
  t.strictSame(config.probe.allowedTargets, ['https://*.crm.test/*', 'http://10.0.*:8000', '*://[::1]:*']);
  t.match(config.probe.modules.get('login'), {
    timeoutSeconds: 3,
    http: { method: 'GET', expect: { bodyRegex: /Sign in/, jsonStatus: false } },
  });
  const [email, slack, webhook, console] = config.alertChannels;
  t.match(email, { enabled: true, settings: { smtp_port: 587, severities: ['warning', 'critical'] } });
  t.equal(String((email?.settings as ChannelSettings<'email'>).password), '<secret>');
  t.equal(
    (slack?.settings as ChannelSettings<'slack'>).webhook_url?.reveal(),
    'https://hooks.slack.test/services/slack-from-file',
  );
  t.match(slack?.settings, { webhook_url_file: 'secrets/slack' });
  t.equal(String((webhook?.settings as ChannelSettings<'webhook'>).url), '<secret>');
  t.strictSame(console, { kind: 'console', name: 'console', enabled: false, settings: {} });
});

t.test('unusual names of components are kept as they are', async (t) => {
  const config = await loadText(
    t,
    'endpoints:\n  constructor: http://x\n  8080: http://x\n  1e3: http://x\n  true: http://x\n  a.b-c:d_e: http://x\n',
  );
  t.strictSame(config.components.map(({ name }) => name).sort(), ['1e3', '8080', 'a.b-c:d_e', 'constructor', 'true']);
});

t.test('files are found next to the configuration, in whatever folder the program runs', async (t) => {
  const directory = t.testdir({ etc: {} });
  await cp(join(fixtures, 'secrets'), join(directory, 'etc/secrets'), { recursive: true });
  const text = (await readFile(join(fixtures, 'rich.yml'), 'utf8')).replaceAll(/^    tls: \{ca_file.*\n/gm, '');
  await writeFile(join(directory, 'etc/crm.yml'), text);
  const config = await loadConfig('etc/crm.yml', { environment, directory });
  t.equal(config.source, 'etc/crm.yml', 'named as the user named it');
  t.equal(component(config, 'files').name, 'files');
});

t.test(
  "AI-CRM's own numbers: options have defaults, and a flag with the value false reduces the requests",
  async (t) => {
    const { aiCrm } = await loadText(t, 'ai_crm: {url: "https://crm.test/", login: {token: abc}}');
    t.match(aiCrm, {
      url: 'https://crm.test',
      api: 'auto',
      login: { kind: 'token' },
      timeoutSeconds: 30,
      requestsPerHour: 500,
      maxBodyBytes: 10 * 1024 * 1024,
      tls: { insecureSkipVerify: false },
    });
    t.notOk(aiCrm?.collect, 'everything that the account may read');
    t.not(aiCrm?.sampleTask.title, '');
    t.equal((await loadText(t, 'endpoints: {}')).aiCrm, undefined);
    t.strictSame(
      (await loadText(t, 'ai_crm: {url: "http://x", api: real, collect: []}')).aiCrm?.collect,
      [],
      'a section that collects nothing needs no login',
    );

    const all = { tasks: 60, agents: 60, users: 12, pm_gateway: 12, database: 120 };
    const planned = async (text: string) => {
      const config = await loadText(t, `ai_crm: {url: "http://x"}\n${text}`);
      if (config.aiCrm === undefined) throw new Error('no ai_crm');
      return Object.fromEntries(plannedRequestsPerHour({ ...config, aiCrm: config.aiCrm }));
    };
    t.strictSame(await planned(''), all);
    t.strictSame(
      await planned('business_metrics: {track_task_completion: false, enabled: true, track_unknown: false}'),
      { agents: 120, users: 12, pm_gateway: 12, database: 120 },
      'agents still need the tasks',
    );
    t.strictSame(await planned('performance_metrics: {track_response_times: false}'), {
      tasks: 60,
      agents: 30,
      users: 12,
      database: 120,
    });
    t.strictSame(await planned('business_metrics: {enabled: false}'), { agents: 30, pm_gateway: 12, database: 120 });
  },
);

t.test('every flag that has an effect lists what it switches off', async (t) => {
  t.strictSame(
    Object.fromEntries(trackingFlags.map(({ section, flag, switchesOff }) => [`${section}.${flag}`, switchesOff])),
    {
      'performance_metrics.enabled': ['agent_response', 'pm_gateway', 'http_requests'],
      'performance_metrics.track_response_times': ['agent_response', 'pm_gateway'],
      'performance_metrics.track_error_rates': ['http_requests'],
      'performance_metrics.track_throughput': ['http_requests'],
      'business_metrics.enabled': ['tasks', 'agents', 'users'],
      'business_metrics.track_task_completion': ['tasks'],
      'business_metrics.track_agent_utilization': ['agents'],
      'security_monitoring.enabled': ['failed_logins'],
      'security_monitoring.track_failed_logins': ['failed_logins'],
    },
  );
  const none = { performance_metrics: {}, business_metrics: {}, security_monitoring: {} };
  for (const { section, flag, switchesOff } of trackingFlags) {
    for (const what of switchesOff) {
      t.equal(switchedOffBy({ ...none, [section]: { [flag]: false } }, what), `${section}.${flag} is false`);
      t.equal(switchedOffBy({ ...none, [section]: { [flag]: true } }, what), undefined, 'only false has an effect');
    }
  }
  t.equal(
    switchedOffBy({ ...none, business_metrics: { enabled: false } }, 'database'),
    undefined,
    'the health of AI-CRM is always checked',
  );
});

t.test('a secret from a file is the same with a byte order mark, and in the UTF-16 of PowerShell', async (t) => {
  const files = {
    plain: Buffer.from('hunter2\n'),
    utf8: Buffer.from('\ufeffhunter2\r\n'),
    utf16: Buffer.from('\ufeffhunter2\r\n', 'utf16le'),
    latin1: Buffer.from('h\xfcnter', 'latin1'),
    mark: Buffer.from('\ufeff'),
  };
  const directory = t.testdir({});
  const load = async (name: keyof typeof files) => {
    await writeFile(join(directory, name), files[name]);
    await writeFile(
      join(directory, 'monitoring.yml'),
      `\ufeffendpoints:\n  a: {url: "http://a", auth: {bearer: {token_file: ${name}}}}\n`,
    );
    const config = await loadConfig('monitoring.yml', { environment: {}, directory });
    const { auth } = httpComponent(config, 'a').http;
    return auth?.kind === 'bearer' ? auth.token.reveal() : undefined;
  };
  for (const name of ['plain', 'utf8', 'utf16'] as const) t.equal(await load(name), 'hunter2', name);
  await t.rejects(load('latin1'), { message: /token_file: must be the name of a file of UTF-8 text/ });
  await t.rejects(load('mark'), { message: /token_file: must be the name of a file that is not empty/ });
});

t.test('a query may begin with comments, also nested ones', async (t) => {
  const source = (query: string) =>
    `sql_sources: {s: {url: "postgres://u@x", query: ${JSON.stringify(query)}, metrics: [{name: x, help: X., value: x}]}}`;
  for (const query of [' \n-- delete; from\nSELECT 1', '/* a /* nested; */ comment; */ with x as (select 1) select 1'])
    t.equal((await loadText(t, source(query))).sqlSources[0]?.query, query);
  await t.rejects(loadText(t, source('/* select */ delete from x')), { message: /must begin with select or with/ });
});
