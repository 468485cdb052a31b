import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseAlertmanagerVersion } from '../../src/alertmanager/alertmanager-file.js';
import { renderAlertmanager } from '../../src/alertmanager/render.js';
import { Secret } from '../../src/config/secret.js';
import type { AlertChannel } from '../../src/config/sections/alert-channels-section.js';
import { parseNotification } from '../../src/http/alert-console.js';
import { renderTemplate, startAlertmanager } from '../support/alertmanager.js';
import { launchBrowser } from '../support/browser.js';
import { contrastScript } from '../support/contrast.js';
import { missing, run } from '../support/programs.js';
import { shortened } from '../support/shortened.js';
import { httpSink, type SunkRequest, smtpSink } from '../support/sinks.js';
import { until } from '../support/until.js';
import { bothAges, type MonitoringPrograms, missingOf, newer, older } from '../support/versions.js';

// Both versions of a test side by side, because they mostly wait.
t.jobs = bothAges.length;

type Labels = Readonly<Record<string, string>>;

interface Given {
  readonly labels: Labels;
  readonly annotations?: Labels;
  readonly startsAt?: Date;
  readonly endsAt?: Date;
  readonly generatorURL?: string;
}

const own = { job: 'ai-crm', area: 'services' };
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

/** An alert about a component, which is in the summary. */
const alert = (alertname: string, severity: string, subject: Labels): Given => ({
  labels: { alertname, severity, ...own, ...subject },
  annotations: {
    summary: `${alertname} of ${Object.values(subject).join(' ')}`,
    description: 'Reason: connect.\n"backend" <b> & frontend depend on it.',
    runbook_url: `https://runbooks.test/#${alertname.toLowerCase()}`,
    dashboard_url: '/d/aicrm-services?var-job=ai-crm&var-component=database',
  },
  startsAt: minutesAgo(3),
});

/** A real Alertmanager with all four channels and the watchdog, which end in this test. Its waits are divided by `factor`. */
async function start(t: Test, programs: MonitoringPrograms, factor = 100) {
  const [smtp, slack, webhook, console, ping] = [
    await smtpSink({ username: 'bot', password: 'open sesame' }),
    await httpSink(),
    await httpSink(),
    await httpSink(),
    await httpSink(),
  ];
  const channels: readonly AlertChannel[] = [
    {
      kind: 'email',
      name: 'email',
      enabled: true,
      settings: {
        smtp_server: '127.0.0.1',
        smtp_port: smtp.port,
        username: 'bot',
        password: new Secret('open sesame'),
        from: 'ai-crm@crm.test',
        recipients: ['a@crm.test', 'Ops <b@crm.test>'],
        use_tls: false,
      },
    },
    {
      kind: 'slack',
      name: 'slack',
      enabled: true,
      settings: { webhook_url: new Secret(`${slack.url}/services/T0/B0/x`), channel: '#ops' },
    },
    {
      kind: 'webhook',
      name: 'webhook',
      enabled: true,
      settings: {
        url: new Secret(`${webhook.url}/hook`),
        headers: new Map([['authorization', new Secret('Bearer abc')]]),
      },
    },
    {
      kind: 'console',
      name: 'console',
      enabled: true,
      settings: { url: `${console.url}/alerts`, username: 'am', password: new Secret('pw') },
    },
    { kind: 'watchdog', name: 'watchdog', enabled: true, settings: { url: new Secret(`${ping.url}/ping`) } },
  ];
  const directory = t.testdir({});
  const { text, secretFiles } = await renderAlertmanager(
    { alertChannels: channels, grafanaUrl: 'https://grafana.test', runbooksUrl: 'https://exporter.test/runbooks' },
    { version: parseAlertmanagerVersion(programs.alertmanagerVersion), folder: directory },
  );
  await mkdir(join(directory, 'secrets'));
  for (const [file, secret] of secretFiles) await writeFile(join(directory, file), secret.reveal());
  await cp('alertmanager/templates', join(directory, 'templates'), { recursive: true });
  const alertmanager = await startAlertmanager(shortened(text, factor), {
    programs,
    directory,
    args: ['--web.external-url=http://am.test:9093/', '--web.route-prefix=/'],
  });
  t.teardown(async () => {
    await alertmanager.stop();
    await Promise.all([smtp, slack, webhook, console, ping].map((sink) => sink.stop()));
  });
  const post = async (...alerts: readonly Given[]) => {
    const body = JSON.stringify(
      alerts.map(
        ({
          endsAt = new Date(Date.now() + 600_000),
          generatorURL = 'http://prometheus.test/graph?g0.expr=up',
          ...rest
        }) => ({ ...rest, endsAt, generatorURL }),
      ),
    );
    const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    t.equal(answer.status, 200, 'Alertmanager takes the alerts');
  };
  return { alertmanager, smtp, slack, webhook, console, ping, post };
}

/** The only attachment of a Slack message. */
const attachment = ({ body }: SunkRequest) =>
  (body as { attachments: Readonly<Record<string, string>>[] }).attachments[0] ?? {};

/** The alert names in all requests of a webhook. */
const namesIn = (requests: readonly SunkRequest[]) =>
  requests.flatMap(({ body }) =>
    parseNotification(JSON.stringify(body)).alerts.map(({ labels }) => labels['alertname']),
  );

/** A part of a mail, decoded. */
function part(raw: string, type: string): string {
  const [, encoded = ''] = new RegExp(`Content-Type: ${type}[^]*?\\r\\n\\r\\n([^]*?)\\r\\n--`).exec(raw) ?? [];
  return Buffer.from(
    encoded
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_hex, code: string) => String.fromCharCode(parseInt(code, 16))),
    'latin1',
  ).toString('utf8');
}

for (const programs of bothAges) {
  void t.test(
    `each channel gets one notification when an alert fires and one when it is resolved (${programs.age} Alertmanager)`,
    { skip: missingOf(programs, 'alertmanager'), buffered: true, timeout: 60_000 },
    async (t) => {
      const { smtp, slack, webhook, console, post } = await start(t, programs);
      const down = alert('AiCrmComponentDown', 'critical', { component: 'database' });
      await post(down);
      const sinks = [slack.requests, webhook.requests, console.requests];
      await until(
        'every channel has been told',
        () => smtp.mails.length > 0 && sinks.every((requests) => requests.length > 0),
        20,
      );

      const [mail] = smtp.mails;
      t.match(mail, {
        from: 'ai-crm@crm.test',
        to: ['a@crm.test', 'b@crm.test'],
        subject: 'CRITICAL: AiCrmComponentDown of database · ai-crm',
      });
      const text = part(mail?.raw ?? '', 'text/plain');
      t.match(
        text,
        /^CRITICAL since \w{3} \d+ \w{3} \d\d:\d\d \w+: AiCrmComponentDown of database\r?\n\r?\nReason: connect\.\r?\n"backend" <b> & frontend depend on it\./,
        'subject, severity, begin, then reason',
      );
      t.match(text, 'What to do: https://runbooks.test/#aicrmcomponentdown');
      t.match(text, 'Graph:      https://grafana.test/d/aicrm-services?var-job=ai-crm&var-component=database');
      t.match(
        text,
        'Silence:    http://am.test:9093/#/silences/new?filter=%7Balertname%3D%22AiCrmComponentDown%22%2C%20area%3D%22services%22%2C%20component%3D%22database%22',
      );
      const html = part(mail?.raw ?? '', 'text/html');
      t.match(html, 'href="https://grafana.test/d/aicrm-services?var-job=ai-crm&amp;var-component=database"');
      t.match(html, '&#34;backend&#34; &lt;b&gt; &amp; frontend');
      const [post1] = slack.requests;
      t.match(post1?.body, { channel: '#ops', username: undefined });
      const said = attachment(post1 as SunkRequest);
      t.match(said, {
        color: '#d1242f',
        title: '🔴 AiCrmComponentDown of database',
        title_link: 'https://grafana.test/d/aicrm-services?var-job=ai-crm&var-component=database',
      });
      t.match(
        said['fallback'],
        /^🔴 AiCrmComponentDown of database · CRITICAL since .* · ai-crm$/,
        'everything that a lock screen shows',
      );
      t.match(
        said['text'],
        /^\*CRITICAL since .*\* · ai-crm\nReason: connect\.\n"backend" &lt;b&gt; &amp; frontend depend on it\.\n<https:\/\/runbooks\.test\/#aicrmcomponentdown\|What to do> · <https:\/\/grafana\.test\/[^|>]*\|Graph> · <http:\/\/am\.test:9093\/#\/silences\/new[^|>]*\|Silence>$/,
      );
      t.match(webhook.requests, [
        { path: '/hook', headers: { authorization: 'Bearer abc' }, body: { status: 'firing' } },
      ]);
      t.match(console.requests, [
        { path: '/alerts', headers: { authorization: `Basic ${Buffer.from('am:pw').toString('base64')}` } },
      ]);

      await post({ ...down, endsAt: new Date() });
      await until(
        'every channel has been told the end',
        () => smtp.mails.length > 1 && sinks.every((requests) => requests.length > 1),
        20,
      );
      t.equal(smtp.mails[1]?.subject, 'RESOLVED: AiCrmComponentDown of database · ai-crm');
      t.match(part(smtp.mails[1]?.raw ?? '', 'text/plain'), /^RESOLVED after 3m( [\d.]+s)?, at /);
      t.match(attachment(slack.requests[1] as SunkRequest), {
        color: '#2da44e',
        title: '✅ Resolved: AiCrmComponentDown of database',
        text: /^\*RESOLVED after 3m/,
      });
      t.same(
        [smtp.mails.length, ...sinks.map((requests) => requests.length)],
        [2, 2, 2, 2],
        'and nothing is sent twice',
      );
    },
  );
}

for (const programs of bothAges) {
  void t.test(
    `a resolved outage shows its own times and the past tense; without an address there is no link (${programs.age} Alertmanager)`,
    { skip: missingOf(programs, 'alertmanager'), buffered: true, timeout: 60_000 },
    async (t) => {
      const { smtp, slack, post } = await start(t, programs);
      const down: Given = {
        ...alert('AiCrmComponentDown', 'critical', { component: 'payments' }),
        annotations: {
          summary: 'payments is down: HTTP 500',
          description: 'payments has failed every probe.',
          since: 'Mon 23 Nov 09:32 UTC',
          resolved: 'payments is back: was down for 3 min 35 s, 09:32–09:35 UTC',
          runbook_url:
            'https://github.com/ai-crm-exporter/ai-crm-exporter/blob/main/docs/runbooks.md#aicrmcomponentdown',
          dashboard_url: '/d/aicrm-services',
        },
      };
      await post(down);
      await until('both have been told', () => smtp.mails.length === 1 && slack.requests.length === 1, 20);
      t.match(
        part(smtp.mails[0]?.raw ?? '', 'text/plain'),
        /^CRITICAL since Mon 23 Nov 09:32 UTC: payments is down: HTTP 500\r?\n\r?\npayments has failed every probe\./,
      );
      t.match(
        part(smtp.mails[0]?.raw ?? '', 'text/plain'),
        'What to do: https://exporter.test/runbooks/aicrmcomponentdown\r\n',
      );
      t.match(part(smtp.mails[0]?.raw ?? '', 'text/html'), 'href="https://exporter.test/runbooks/aicrmcomponentdown"');
      t.match(
        attachment(slack.requests[0] as SunkRequest)['text'],
        /^\*CRITICAL since Mon 23 Nov 09:32 UTC\* · ai-crm\n.*\n<https:\/\/exporter\.test\/runbooks\/aicrmcomponentdown\|What to do> · </,
      );
      await post({ ...down, endsAt: new Date() });
      await until('both have been told the end', () => smtp.mails.length === 2 && slack.requests.length === 2, 20);
      t.equal(smtp.mails[1]?.subject, 'RESOLVED: payments is back: was down for 3 min 35 s, 09:32–09:35 UTC · ai-crm');
      const end = part(smtp.mails[1]?.raw ?? '', 'text/plain');
      t.match(
        end,
        /^RESOLVED, began Mon 23 Nov 09:32 UTC: payments is back: was down for 3 min 35 s, 09:32–09:35 UTC\r?\n/,
      );
      for (const over of [end, part(smtp.mails[1]?.raw ?? '', 'text/html'), JSON.stringify(slack.requests[1]?.body)])
        t.notMatch(over, /is down|has failed|What to do/);
      t.match(attachment(slack.requests[1] as SunkRequest), {
        title: '✅ payments is back: was down for 3 min 35 s, 09:32–09:35 UTC',
        text: /^\*RESOLVED, began Mon 23 Nov 09:32 UTC\* · ai-crm\n<[^|]+\|Graph>$/,
      });

      await post({
        labels: { alertname: 'Bare', severity: 'critical' },
        annotations: { summary: 'A test', description: 'Nothing to do.' },
        generatorURL: '',
      });
      await until('both have been told the bare one', () => smtp.mails.length === 3 && slack.requests.length === 3, 20);
      for (const type of ['text/plain', 'text/html'])
        t.notMatch(part(smtp.mails[2]?.raw ?? '', type), /Graph|What to do|href=""/, type);
      const bare = attachment(slack.requests[2] as SunkRequest);
      t.match(bare['text'], /^\*CRITICAL since .*\*\nNothing to do\.\n<http:\/\/am\.test[^|]*\|Silence>$/);
      t.equal(bare['title_link'] ?? '', '');
    },
  );
}

for (const programs of bothAges) {
  void t.test(
    `several alerts about one thing are one notification; the watchdog repeats and goes to its own channel only (${programs.age} Alertmanager)`,
    { skip: missingOf(programs, 'alertmanager'), buffered: true, timeout: 60_000 },
    async (t) => {
      // The waits are longer than a busy machine needs to accept thirty alerts.
      const { smtp, slack, webhook, ping, post } = await start(t, programs, 20);
      // The alerts begin now: Alertmanager sends an alert that is older than group_wait without waiting for the others.
      const startsAt = new Date();
      const agents = Array.from({ length: 25 }, (_, i) => ({
        ...alert('AiCrmAgentResponseSlow', 'warning', { area: 'agents', agent: `agent-${String(i).padStart(2, '0')}` }),
        startsAt,
      }));
      const watchdog = { labels: { alertname: 'AiCrmWatchdog', severity: 'none' } };
      await post(
        watchdog,
        alert('AiCrmMaintenance', 'none', { component: 'frontend' }),
        ...agents,
        alert('AiCrmComponentDegraded', 'warning', { component: 'backend' }),
        { labels: { alertname: 'Foreign' } },
      );
      await until(
        'three groups',
        () => webhook.requests.length >= 3 && slack.requests.length >= 3 && smtp.mails.length >= 3,
        20,
      );
      await until('the watchdog has been heard twice', () => ping.requests.length >= 2, 20);
      t.same(new Set(namesIn(ping.requests)), new Set(['AiCrmWatchdog']));
      t.equal(webhook.requests.length, 3, 'agents, component, foreign');
      t.notOk(namesIn(webhook.requests).some((name) => name === 'AiCrmWatchdog' || name === 'AiCrmMaintenance'));
      t.ok(
        smtp.mails.some(
          ({ subject }) => subject === 'WARNING (25 alerts): AiCrmAgentResponseSlow of agents agent-00 … · ai-crm',
        ),
      );
      t.ok(
        smtp.mails.some(({ subject }) => subject === 'ALERT: Foreign'),
        'an alert without any label is not lost',
      );
      const many = slack.requests.map(attachment).find(({ title }) => title?.includes('25 alerts'));
      t.equal(many?.['text']?.match(/^• AiCrm/gm)?.length, 10);
      t.match(many?.['text'], '• … 25 in all');
    },
  );
}

for (const programs of bothAges) {
  void t.test(
    `maintenance suppresses only the alerts that it covers (${programs.age} Alertmanager)`,
    { skip: missingOf(programs, 'alertmanager'), buffered: true, timeout: 60_000 },
    async (t) => {
      const { alertmanager, post } = await start(t, programs);
      const database = { component: 'database' };
      const lost = { job: 'lost-crm' };
      const calm = { job: 'calm-crm' };
      // The rules avoid unnecessary alerts. An alert that fires anyway was notified before, so that its end must be notified, too.
      await post(
        alert('AiCrmComponentDown', 'critical', database),
        alert('AiCrmComponentSlow', 'critical', database),
        alert('AiCrmComponentSlow', 'warning', database),
        alert('AiCrmExporterDown', 'critical', { area: 'exporter', ...lost }),
        alert('AiCrmComponentDown', 'critical', { ...lost, component: 'database' }),
        alert('AiCrmMaintenance', 'none', { component: 'frontend', scope: 'component' }),
        alert('AiCrmComponentDown', 'critical', { component: 'frontend' }),
        alert('AiCrmAvailabilityBurnRate', 'warning', { component: 'frontend', area: 'slo' }),
        alert('AiCrmMaintenance', 'none', { ...calm, scope: 'all' }),
        alert('AiCrmTransactionFailing', 'critical', { ...calm, transaction: 'assign' }),
        alert('AiCrmHostDiskHigh', 'warning', { ...calm, area: 'host', instance: 'a:1', mountpoint: '/' }),
        alert('AiCrmExporterReloadFailed', 'warning', { ...calm, area: 'exporter', instance: 'a:1' }),
        { labels: { alertname: 'Foreign', severity: 'warning', ...calm, component: 'frontend', instance: 'c:1' } },
      );
      interface Listed {
        readonly labels: Labels;
        readonly status: { readonly state: string };
      }
      const list = async () => (await alertmanager.get('/alerts')) as readonly Listed[];
      const shown = ({ labels: { alertname, severity, job, component, instance, mountpoint, transaction } }: Listed) =>
        [
          alertname?.replace('AiCrm', ''),
          severity,
          job === 'ai-crm' ? undefined : job,
          component,
          instance,
          mountpoint,
          transaction,
        ]
          .filter((text) => text !== undefined)
          .join(' ');
      const suppressed = async () =>
        (await list())
          .filter(({ status }) => status.state === 'suppressed')
          .map(shown)
          .sort();
      const expected = [
        'AvailabilityBurnRate warning frontend',
        'ComponentDown critical frontend',
        'HostDiskHigh warning calm-crm a:1 /',
        'TransactionFailing critical calm-crm assign',
      ];
      // Alertmanager decides which alerts are suppressed after it has accepted them.
      await until('Alertmanager has made up its mind', async () => (await suppressed()).length >= expected.length, 20);
      t.same(await suppressed(), expected);
    },
  );
}

t.test(
  'a mail is readable on a phone, in light and dark',
  { skip: missing('chromium') || missing('amtool'), timeout: 60_000 },
  async (t) => {
    const directory = t.testdir({});
    const long = 'a-name-that-does-not-end-'.repeat(8);
    const listed = ['critical', 'warning', 'info', 'page', 'critical'].map((severity, i) => ({
      status: i === 4 ? 'resolved' : 'firing',
      labels: { alertname: 'AiCrmComponentDown', severity, component: long, job: 'ai-crm' },
      annotations: {
        summary: `${long} does not answer`,
        description: 'Reason: connect.',
        runbook_url: 'https://runbooks.test/',
      },
      startsAt: '2026-11-23T03:12:10Z',
      endsAt: '2026-11-23T04:12:10Z',
      generatorURL: 'http://prometheus.test/',
    }));
    const documents: Readonly<Record<string, readonly unknown[]>> = {
      one: listed.slice(0, 1),
      over: listed.slice(4),
      several: listed,
    };
    const browser = await launchBrowser();
    t.teardown(() => browser.close());
    for (const [name, alerts] of Object.entries(documents)) {
      const data = join(directory, `${name}.json`);
      await writeFile(
        data,
        JSON.stringify({
          receiver: 'email',
          status: name === 'over' ? 'resolved' : 'firing',
          alerts,
          groupLabels: {},
          commonLabels: { job: 'ai-crm' },
          commonAnnotations: {},
          externalURL: 'http://am.test',
        }),
      );
      const render = (programs: MonitoringPrograms) => renderTemplate(programs, 'aicrm.email.html', data, 'html');
      const { stdout, stderr, exitCode } = render(older);
      t.equal(exitCode, 0, stderr);
      if (missingOf(newer, 'amtool') === false)
        t.equal(render(newer).stdout, stdout, `${name}: the newer Alertmanager writes the same`);
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ colorScheme, viewport: { width: 400, height: 800 } });
        await page.setContent(stdout);
        t.ok(
          (await page.evaluate<number>('document.documentElement.scrollWidth')) <= 400,
          `${name}, ${colorScheme}: no wider than the phone`,
        );
        const texts = await page.evaluate<readonly { text: string; ratio: number }[]>(contrastScript);
        t.ok(texts.length > 3);
        for (const { text, ratio } of texts)
          t.ok(ratio >= 4.5, `${name}, ${colorScheme}: ${text.slice(0, 60)} has contrast ${ratio.toFixed(1)}`);
        await page.close();
      }
    }
  },
);

for (const programs of bothAges) {
  t.test(
    `Prometheus (${programs.age}) accepts the shipped prometheus.yml, also with its examples switched on`,
    { skip: missingOf(programs, 'promtool') },
    async (t) => {
      const directory = t.testdir({
        targets: { 'ai-crm-backend.json': '[{"targets": ["crm:8000"]}]' },
        secrets: { exporter_password: 'x', grafana_cloud_token: 'x' },
      });
      await cp('prometheus/rules', join(directory, 'rules'), { recursive: true });
      const shipped = (await readFile('prometheus/prometheus.yml', 'utf8')).replaceAll(
        '/etc/prometheus/',
        `${directory}/`,
      );
      // A comment of prose has one or three spaces after "#", an example has none.
      const withExamples = shipped.replace(/^( *)#(?=[-a-z]| {2}\S| {4,})/gm, '$1');
      t.not(withExamples, shipped);
      for (const [name, text] of Object.entries({ shipped, examples: withExamples })) {
        const file = join(directory, `${name}.yml`);
        await writeFile(file, text);
        const { exitCode, stdout, stderr } = run(programs.promtool, ['check', 'config', file]);
        t.equal(exitCode, 0, stdout + stderr);
        t.notMatch(stdout, 'WARNING');
        t.match(stdout, 'rules found');
      }
      for (const word of ['remote_write', 'replica', 'basic_auth', 'X-Scope-OrgID'])
        t.match(withExamples, new RegExp(`^(?!.*#).*${word}`, 'm'), `${word} is in force`);
    },
  );
}
