import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { startAiCrm } from '../../simulator/ai-crm.js';
import { runProgram } from '../../src/cli/program.js';
import { startAlertmanager } from '../support/alertmanager.js';
import { startExporterOf } from '../support/demo-exporter.js';
import { main } from '../support/main-program.js';
import { startPrometheus } from '../support/prometheus.js';
import { closedPort, rawServer } from '../support/raw-server.js';
import { shortened } from '../support/shortened.js';
import { httpSink } from '../support/sinks.js';
import { surroundings } from '../support/surroundings.js';
import { until } from '../support/until.js';
import { bothAges, type MonitoringPrograms, missingOf } from '../support/versions.js';

// Prometheus updates some facts every 15 seconds, and on a busy machine later.
t.setTimeout(600_000);
// Side by side, because both mostly wait.
t.jobs = bothAges.length;
const patienceSeconds = 150;

interface Document {
  readonly level: string;
  readonly ai_crm: { readonly level: string | null };
  readonly programs: Readonly<
    Record<string, { readonly running: boolean; readonly version: string | null; readonly error: string | null } | null>
  >;
  readonly rules: {
    readonly groups: number;
    readonly missing_groups: readonly string[];
    readonly missing_rules: readonly unknown[];
  } | null;
  readonly alerts:
    | readonly { readonly name: string; readonly component: string | null; readonly state: string }[]
    | null;
  readonly notifications:
    | readonly {
        readonly integration: string;
        readonly delivered_at: string | null;
        readonly failed_at: string | null;
      }[]
    | null;
  readonly findings: readonly {
    readonly subject: string;
    readonly level: string;
    readonly message: string;
    readonly remedy: string | null;
  }[];
}

const nowhere = `http://127.0.0.1:${await closedPort()}`;
const directory = await mkdtemp(join(tmpdir(), 'status-'));
t.teardown(() => rm(directory, { recursive: true, force: true }));
await writeFile(join(directory, 'monitoring.yml'), 'endpoints: {}\n');
const secret = 'glsa_hunter2';
await writeFile(join(directory, 'token'), `${secret}\n`);
const boards = await Promise.all(
  (await readdir('grafana/dashboards'))
    .filter((file) => file.endsWith('.json'))
    .map(
      async (file) =>
        JSON.parse(await readFile(join('grafana/dashboards', file), 'utf8')) as {
          readonly uid: string;
          readonly title: string;
        },
    ),
);

type Urls = Readonly<Partial<Record<'exporter' | 'prometheus' | 'alertmanager' | 'grafana', string>>>;

/** Programs without an address get an unused one, so that no test finds a program of this machine. */
const argumentsOf = (urls: Urls, args: readonly string[]) => [
  'status',
  ...(['exporter', 'prometheus', 'alertmanager', 'grafana'] as const).flatMap((name) => [
    `--${name}.url`,
    urls[name] ?? nowhere,
  ]),
  ...args,
];

/** Runs the shipped program. */
const status = (urls: Urls, ...args: readonly string[]) => main(argumentsOf(urls, args), { cwd: directory });

/** The same in this process and as JSON, for many repetitions. */
async function document(urls: Urls, ...args: readonly string[]): Promise<Document> {
  const process = surroundings(directory);
  await runProgram(argumentsOf(urls, ['--json', ...args]), '0.0.0', process);
  return JSON.parse(process.printed()) as Document;
}

/** A short pause, because many requests would slow Prometheus down. */
const pause = () => new Promise<false>((resolve) => setTimeout(() => resolve(false), 300));

/** The findings about one subject, as level and text. */
const said = ({ findings }: Document, subject: string) =>
  findings.filter((finding) => finding.subject === subject).map(({ level, message }) => `${level}: ${message}`);

/** A server that answers like Grafana's API; with a token only to clients that have it. */
async function grafana(
  t: Test,
  {
    version = '13.2.3',
    uids = boards.map(({ uid }) => uid),
    token,
  }: { readonly version?: string; readonly uids?: readonly string[]; readonly token?: string } = {},
): Promise<string> {
  return httpServer(t, ({ url = '', headers }) => {
    if (url === '/api/health') return [200, JSON.stringify({ database: 'ok', version, commit: 'NA' })];
    if (token !== undefined && headers.authorization !== `Bearer ${token}`) return [401, '{"message":"Unauthorized"}'];
    return url.startsWith('/api/search?type=dash-db&tag=ai-crm')
      ? [200, JSON.stringify(uids.map((uid) => ({ uid, type: 'dash-db', tags: ['ai-crm'] })))]
      : [404, '{"message":"Not found"}'];
  });
}

async function httpServer(
  t: Test,
  answer: (request: IncomingMessage) => readonly [status: number, body: string],
): Promise<string> {
  const server = createServer((request, response) => {
    const [code, body] = answer(request);
    response.writeHead(code, { 'content-type': body.startsWith('<') ? 'text/html' : 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

for (const programs of bothAges) {
  void t.test(
    `with a real Prometheus and Alertmanager (${programs.age})`,
    { skip: missingOf(programs, 'prometheus', 'alertmanager'), buffered: true },
    (t) => withRealPrograms(t, programs),
  );
}

async function withRealPrograms(t: Test, programs: MonitoringPrograms): Promise<void> {
  const aiCrm = await startAiCrm();
  // A probe that was late because of this busy machine must not cause an alert.
  const exporter = await startExporterOf(
    aiCrm,
    `host: {enabled: false}\nendpoints: {backend: "${aiCrm.urls.backend}/health", redis: "${aiCrm.urls.redis}"}\ncheck_intervals: {health_checks: 1}\nretry_interval: 1s\nslo: {availability_percent: 50}\nalert_thresholds: {error_rate_percent: 100, response_time_ms: 60000}\n`,
  );
  const webhook = await httpSink();
  const alertmanager = await startAlertmanager(
    JSON.stringify({
      route: { receiver: 'webhook', group_by: ['...'], group_wait: '0s', group_interval: '1s', repeat_interval: '2s' },
      receivers: [{ name: 'webhook', webhook_configs: [{ url: `${webhook.url}/hook` }] }],
    }),
    { programs },
  );
  const rules = (await readdir('prometheus/rules')).filter((file) => file.endsWith('.yml'));
  const files = Object.fromEntries(
    await Promise.all(
      rules.map(async (file) => [file, shortened(await readFile(join('prometheus/rules', file), 'utf8'), 15)] as const),
    ),
  );
  const targets = (port: number) => [{ targets: [`127.0.0.1:${port}`] }];
  const prometheusConfig = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: rules,
    alerting: { alertmanagers: [{ static_configs: targets(alertmanager.port) }] },
    scrape_configs: [
      { job_name: 'ai-crm', static_configs: targets(exporter.port) },
      { job_name: 'alertmanager', static_configs: targets(alertmanager.port) },
    ],
  };
  const prometheus = await startPrometheus(JSON.stringify(prometheusConfig), {
    programs,
    files,
    args: ['--rules.alert.resend-delay=1s'],
  });
  let isExporterUp = true;
  t.teardown(() =>
    Promise.all([isExporterUp ? exporter.stop() : undefined, prometheus.stop(), alertmanager.stop(), webhook.stop()]),
  );
  const urls = {
    exporter: exporter.url,
    prometheus: prometheus.url,
    alertmanager: alertmanager.url,
    grafana: await grafana(t),
  };
  let last: Document | undefined;
  const becomes = (what: string, isTrue: (document: Document) => boolean) =>
    until(what, async () => isTrue((last = await document(urls))) || pause(), patienceSeconds).catch((error: unknown) =>
      t.fail(`${String(error)}: ${JSON.stringify(last?.findings.filter(({ level }) => level !== 'healthy'))}`, {
        last,
      }),
    );

  await t.test(
    'a healthy state shows every program, the connections between them, and the last notification',
    async (t) => {
      await becomes(
        'all is well',
        (now) => now.level === 'healthy' && now.notifications?.some(({ delivered_at: at }) => at !== null) === true,
      );
      const { exitCode, stdout, stderr } = await status(urls);
      t.equal(exitCode, 0);
      t.equal(stderr, '');
      t.match(
        stdout,
        new RegExp(`^Monitoring is HEALTHY {2}\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC\\n
✔ HEALTHY {3}exporter {7}\\S+ at ${exporter.url}
✔ HEALTHY {3}Prometheus {5}\\d+\\.\\d+\\S* at ${prometheus.url}
✔ HEALTHY {3}Alertmanager {3}\\d+\\.\\d+\\S* at ${alertmanager.url}
✔ HEALTHY {3}Grafana {8}13\\.2\\.3 at ${urls.grafana}
✔ HEALTHY {3}scrape {9}127\\.0\\.0\\.1:${exporter.port} of job ai-crm: (?:just now|\\d+ s ago), in [\\d.]+ ms
✔ HEALTHY {3}rules {10}\\d+ groups with \\d+ rules, \\d+ not evaluated yet
✔ HEALTHY {3}boards {9}all ${boards.length} are there
✔ HEALTHY {3}hand-over {6}alerts of Prometheus arrive at Alertmanager
✔ HEALTHY {3}notifications {2}webhook: last delivered [\\d.]+ m?s ago
✔ HEALTHY {3}alerts {9}none fires
✔ HEALTHY {3}AI-CRM {9}2 components
$`),
      );
    },
  );

  await t.test(
    'a component that is down shows its alert with component and time, also when it is silenced',
    async (t) => {
      await aiCrm.faults.set('redis', { kind: 'refuse' });
      await becomes(
        'it fires',
        ({ alerts }) =>
          alerts?.some(({ name, component }) => name === 'AiCrmComponentDown' && component === 'redis') === true,
      );
      t.match(
        last?.alerts?.find(({ name }) => name === 'AiCrmComponentDown'),
        {
          severity: 'critical',
          component: 'redis',
          about: 'redis',
          state: 'firing',
          summary: /^redis is down/,
          runbook_url: /#aicrmcomponentdown$/,
          since: /^\d{4}-.*Z$/,
          since_seconds: Number,
        },
      );
      const { exitCode, stdout } = await status(urls);
      t.equal(exitCode, 2);
      t.match(
        stdout,
        /\n✖ CRITICAL {2}alerts {9}1 critical.*\n {12}→ see the list below\n✖ CRITICAL {2}AI-CRM {9}redis CRITICAL\n {12}→ see why at http\S+\n/,
      );
      t.match(
        stdout,
        /\n✖ critical {2}AiCrmComponentDown redis since \d{4}-\S+ \S+ UTC \([\d.]+ m?s\): redis is down: no connection\n {12}→ https:\S+#aicrmcomponentdown\n/,
      );
      t.match(
        await main([
          'maintenance',
          'start',
          '--component',
          'redis',
          '--for',
          '1h',
          '--alertmanager.url',
          alertmanager.url,
          '--config.file',
          exporter.configFile,
        ]),
        { exitCode: 0 },
      );
      t.match(
        (await document(urls)).alerts?.find(({ name }) => name === 'AiCrmComponentDown'),
        { state: 'silenced' },
      );
      t.match(
        (await document({ ...urls, prometheus: nowhere })).alerts?.find(({ name }) => name === 'AiCrmComponentDown'),
        { state: 'silenced', component: 'redis' },
        'Alertmanager reports alerts when Prometheus does not',
      );
      await aiCrm.faults.lift('redis');
    },
  );

  await t.test('failed notifications are reported', async (t) => {
    webhook.answerWith(500);
    await becomes('it is noticed', (now) =>
      said(now, 'notifications').some((line) => /^critical: webhook: failed [\d.]+ m?s ago, last delivered/.test(line)),
    );
    t.match(
      last?.findings.find(({ subject }) => subject === 'notifications')?.remedy,
      /log of Alertmanager; test it with .*notify-test/,
    );
    t.match(
      last?.notifications?.find(({ integration }) => integration === 'webhook'),
      { failed_at: /Z$/, failed_attempts: Number },
    );
    webhook.answerWith(200);
  });

  await t.test(
    'reports a Prometheus with missing and failing rules, no scrape of the exporter and no Alertmanager',
    async (t) => {
      const broken = (files['exporter.alerts.yml'] ?? '')
        .replace(
          'vector(1)',
          'vector(1) + on () (label_replace(vector(1), "x", "1", "", "") or label_replace(vector(1), "x", "2", "", ""))',
        )
        .replace('AiCrmExporterReloadFailed', 'AiCrmExporterOther');
      const other = await startPrometheus(
        JSON.stringify({
          global: { evaluation_interval: '1s' },
          rule_files: ['*.rules.yml'],
          scrape_configs: [{ job_name: 'self', static_configs: targets(1) }],
        }),
        { programs, files: { 'a.rules.yml': broken } },
      );
      t.teardown(() => other.stop());
      const asked = () => document({ ...urls, prometheus: other.url });
      await until(
        'the rule has failed',
        async () => said((last = await asked()), 'rules').some((line) => line.includes(' fails: ')),
        20,
      );
      const now = last as unknown as Document;
      const shipped = Object.values(files).reduce(
        (count, text) => count + (parse(text) as { readonly groups: readonly unknown[] }).groups.length,
        0,
      );
      t.match(said(now, 'rules'), [
        new RegExp(
          `^warning: ${shipped - 1} of ${shipped} groups are not loaded: aicrm-\\S+, .* and ${shipped - 11} more$`,
        ),
        'warning: missing: AiCrmExporterReloadFailed of aicrm-exporter',
        /^warning: AiCrmWatchdog of aicrm-exporter fails: found duplicate series/,
      ]);
      t.match(now.rules, {
        groups: 1,
        missing_groups: Array,
        missing_rules: [
          { group: 'aicrm-exporter', name: 'AiCrmExporterReloadFailed', type: 'alert', severity: 'warning' },
        ],
      });
      t.equal(now.rules?.missing_groups.length, shipped - 1);
      t.same(said(now, 'scrape'), ['critical: Prometheus scrapes no ai-crm-exporter']);
      t.match(
        now.findings.find(({ subject }) => subject === 'scrape')?.remedy,
        `{job_name: ai-crm, static_configs: [{targets: ["127.0.0.1:${exporter.port}"]}]}`,
      );
      t.same(said(now, 'hand-over'), ['critical: Prometheus has no Alertmanager to send alerts to']);
      t.match(said(now, 'notifications'), [/^warning: Prometheus does not scrape Alertmanager/]);
      for (const { level, remedy, subject } of now.findings)
        if (level !== 'healthy') t.type(remedy, 'string', `${subject} has a remedy`);
    },
  );

  await t.test('reports wrong programs behind the addresses', async (t) => {
    const now = await document({
      exporter: prometheus.url,
      prometheus: alertmanager.url,
      alertmanager: prometheus.url,
      grafana: exporter.url,
    });
    t.match(said(now, 'exporter'), [`critical: GET ${prometheus.url}/api/status: 404, not found`]);
    t.match(said(now, 'Prometheus'), [`critical: GET ${alertmanager.url}/api/v1/status/buildinfo: 404, not found`]);
    t.match(said(now, 'Alertmanager'), [`critical: GET ${prometheus.url}/api/v2/status: 404, not found`]);
    t.match(said(now, 'Grafana'), [`warning: GET ${exporter.url}/api/health: 404, not found`]);
    t.match(
      now.findings.find(({ subject }) => subject === 'Prometheus')?.remedy,
      'give the address of Prometheus: --prometheus.url, or leave it out: --without prometheus',
    );
  });

  await t.test('reports an exporter that is down', async (t) => {
    await exporter.stop();
    isExporterUp = false;
    // A scrape that the stop interrupts is reset. Only the next one is refused.
    await becomes('Prometheus notices', (now) => said(now, 'scrape').some((line) => /^critical.*refused/.test(line)));
    const now = last as unknown as Document;
    t.match(said(now, 'exporter'), [`critical: no answer of ai-crm-exporter at ${exporter.url}: connection refused`]);
    t.match(said(now, 'scrape'), [
      /^critical: 127\.0\.0\.1:\d+ of job ai-crm: Get "http:\/\/127\.0\.0\.1:\d+\/…": .*connection refused, (?:just now|\d+ s ago)$/,
    ]);
    t.same(said(now, 'AI-CRM'), ['unknown: not known without the exporter']);
    t.match(now.programs['exporter'], { running: false, version: null });
  });
}

t.test('reports when no program runs, and when there is no network', async (t) => {
  const none = await document({});
  t.same(
    none.findings.map(({ subject, level }) => `${subject} ${level}`),
    [
      'exporter critical',
      'Prometheus critical',
      'Alertmanager critical',
      'Grafana warning',
      'scrape unknown',
      'rules unknown',
      'notifications unknown',
      'alerts unknown',
      'AI-CRM unknown',
    ],
  );
  t.match(none, {
    alerts: null,
    rules: null,
    scrapes: null,
    boards: null,
    notifications: null,
    ai_crm: { level: null },
  });
  const { exitCode, stdout } = await status(
    { prometheus: 'http://nowhere.invalid:9090' },
    '--without',
    'grafana',
    'alertmanager',
  );
  t.equal(exitCode, 2);
  t.match(
    stdout,
    /✖ CRITICAL {2}Prometheus {5}no answer of Prometheus at http:\/\/nowhere\.invalid:9090: (?:the name is unknown|the name cannot be resolved now|no answer in time)\n {12}→ start it, or give its address: --prometheus\.url, or leave it out: --without prometheus\n/,
  );
  t.notMatch(stdout, /Grafana|Alertmanager|notifications/);
});

t.test('reports programs that are starting, hang, answer too much, use another protocol or are too old', async (t) => {
  const starting = await httpServer(t, () => [503, 'Service Unavailable']);
  const html = await httpServer(t, () => [200, '<html>hello</html>']);
  const endless = await httpServer(t, () => [200, ' '.repeat(11 * 1024 * 1024)]);
  const hanging = await rawServer(() => {});
  const mail = await rawServer((socket) => socket.end('220 mail.example.com ESMTP\r\n'));
  t.teardown(() => Promise.all([hanging.stop(), mail.stop()]));
  const first = await document({ exporter: starting, prometheus: starting, alertmanager: html, grafana: endless });
  t.same(said(first, 'exporter'), [`warning: GET ${starting}/api/status: 503, it is not ready`]);
  t.same(said(first, 'Prometheus'), [`warning: GET ${starting}/api/v1/status/buildinfo: 503, it is not ready`]);
  t.match(first.programs['prometheus'], { running: true, version: null });
  t.same(said(first, 'Alertmanager'), [
    `critical: ${html}/api/v2/status: the answer is not JSON, so it is not Alertmanager`,
  ]);
  t.same(said(first, 'Grafana'), [`warning: no answer of Grafana at ${endless}: the answer is too large`]);
  const old = await httpServer(t, ({ url }) => [
    200,
    url === '/api/v1/status/buildinfo' ? '{"data":{"version":"2.41.0"}}' : '{}',
  ]);
  const second = await document(
    {
      exporter: `http://127.0.0.1:${hanging.port}`,
      alertmanager: `http://127.0.0.1:${mail.port}`,
      prometheus: old,
      grafana: await grafana(t, { version: '9.5.21' }),
    },
    '--timeout',
    '2s',
  );
  t.same(said(second, 'exporter'), [
    `critical: no answer of ai-crm-exporter at http://127.0.0.1:${hanging.port}: no answer in time`,
  ]);
  t.same(said(second, 'Alertmanager'), [
    `critical: the program at http://127.0.0.1:${mail.port} does not speak HTTP, so it is not Alertmanager`,
  ]);
  t.same(said(second, 'Prometheus'), ['warning: 2.41.0 is too old: 2.42 is needed']);
  t.match(said(second, 'rules'), [/^unknown: not known: .*the answer is not a list of rules/]);
  t.same(said(second, 'Grafana'), ['warning: 9.5.21 is too old: 10.0 is needed']);
});

t.test('Grafana lists missing boards only with valid credentials', async (t) => {
  const some = boards.filter(({ uid }) => uid !== 'aicrm-host');
  const closed = await grafana(t, { token: secret, uids: some.map(({ uid }) => uid) });
  const refused = await document({ grafana: closed });
  t.same(said(refused, 'Grafana'), [`healthy: 13.2.3 at ${closed}`]);
  t.same(said(refused, 'boards'), ['unknown: not known: Grafana lists its boards only after a login']);
  t.match(refused.findings.find(({ subject }) => subject === 'boards')?.remedy, '--grafana.token-file');
  const { stdout, stderr } = await status({ grafana: closed }, '--json', '--grafana.token-file', 'token');
  t.same(said(JSON.parse(stdout) as Document, 'boards'), [`warning: 1 of ${boards.length} are missing: AI-CRM / Host`]);
  t.match(JSON.parse(stdout), { boards: { missing: [{ uid: 'aicrm-host', title: 'AI-CRM / Host' }] } });
  t.notMatch(stdout + stderr, secret);
});

t.test('wrong flags and configurations are reported, and of the configuration only addresses are needed', async (t) => {
  t.match(await status({}, '--timeout', 'soon'), { exitCode: 3, stdout: '', stderr: /--timeout must be a duration/ });
  t.match(await status({ grafana: 'http://admin:hunter2@localhost' }), {
    exitCode: 3,
    stdout: '',
    stderr:
      'ai-crm-exporter: --grafana.url: the URL contains credentials; they belong under --grafana.username and --grafana.password-file\n',
  });
  t.match(await status({}, '--grafana.token-file', 'gone'), {
    exitCode: 3,
    stderr: 'ai-crm-exporter: --grafana.token-file: gone: cannot be read (ENOENT)\n',
  });
  t.match(await status({}, '--without', 'exporter'), { exitCode: 3, stderr: /'exporter' is invalid/ });
  await writeFile(join(directory, 'broken.yml'), 'endpoints: {a: "${UNSET_HERE}", b: 7}\n');
  const broken = await document({}, '--config.file', 'broken.yml');
  t.match(said(broken, 'configuration'), [
    /^unknown: broken\.yml:1:\d+ endpoints\.b: must be a URL or a mapping with a url, not 7$/,
  ]);
  await writeFile(
    join(directory, 'elsewhere.yml'),
    `endpoints: {}\ngrafana_url: ${nowhere}/grafana\nalertmanager: {url: "${nowhere}/alerts", job: crm}\n`,
  );
  const { stdout } = await main(
    ['status', '--config.file', 'elsewhere.yml', '--exporter.url', nowhere, '--prometheus.url', nowhere, '--json'],
    { cwd: directory },
  );
  t.match(JSON.parse(stdout), {
    programs: { alertmanager: { url: `${nowhere}/alerts` }, grafana: { url: `${nowhere}/grafana` } },
  });
});

t.test('variables of the environment set the addresses, before the configuration and after flags', async (t) => {
  const at = (name: string) => `${nowhere}/${name}`;
  await writeFile(
    join(directory, 'links.yml'),
    `endpoints: {}\ngrafana_url: ${at('links')}\nalertmanager: {url: "${at('configured')}"}\n`,
  );
  const environment = {
    AICRM_CONFIG_FILE: 'links.yml',
    AICRM_EXPORTER_URL: at('exporter'),
    AICRM_PROMETHEUS_URL: at('prometheus'),
    AICRM_GRAFANA_URL: at('grafana'),
    AICRM_ALERTMANAGER_URL: '',
  };
  const urls = async (...args: readonly string[]) => {
    const { stdout } = await main(['status', '--json', ...args], { cwd: directory, environment });
    const { programs } = JSON.parse(stdout) as {
      readonly programs: Readonly<Record<string, { readonly url: string }>>;
    };
    return Object.fromEntries(Object.entries(programs).map(([name, { url }]) => [name, url]));
  };
  const expected = {
    exporter: at('exporter'),
    prometheus: at('prometheus'),
    alertmanager: at('configured'),
    grafana: at('grafana'),
  };
  t.same(await urls(), expected, 'an empty variable counts as missing');
  t.same(await urls('--grafana.url', at('flag')), { ...expected, grafana: at('flag') });
  const refused = await main(['status'], {
    cwd: directory,
    environment: { ...environment, AICRM_PROMETHEUS_URL: 'prometheus:9090' },
  });
  t.match(refused, { exitCode: 3, stdout: '', stderr: /^ai-crm-exporter: AICRM_PROMETHEUS_URL: [^\n]+\n$/ });
});

t.test('the result has the name from the configuration', async (t) => {
  const exporter = await startExporterOf(
    await startAiCrm(),
    `name: Shop\nhost: {enabled: false}\nendpoints: {front: "${nowhere}"}\n`,
  );
  t.teardown(() => exporter.stop());
  const without = ['--without', 'prometheus', 'alertmanager', 'grafana'];
  const { stdout } = await status({ exporter: exporter.url }, ...without);
  t.match(stdout, /\n✖ CRITICAL {2}Shop {11}front CRITICAL\n/);
  t.notMatch(stdout, 'AI-CRM');
  t.match(await document({ exporter: exporter.url }, ...without), { ai_crm: { name: 'Shop', level: 'critical' } });
  await writeFile(join(directory, 'shop.yml'), 'name: Shop for customers everywhere\nendpoints: {}\n');
  t.match(
    (await status({}, '--config.file', 'shop.yml', ...without)).stdout,
    /\n\? UNKNOWN {3}Shop for customers ever… {2}not known without the exporter\n/,
    'from the local configuration if the exporter does not have it',
  );
});
