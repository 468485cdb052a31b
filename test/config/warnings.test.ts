import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config/load.js';
import { formatWarnings } from '../../src/config/problem.js';

/** The warnings for a configuration text, one line each; `now` as ISO 8601. */
async function warningsOf(t: Test, text: string, now = '2026-12-01T12:00:00Z'): Promise<readonly string[]> {
  const directory = t.testdir();
  await writeFile(join(directory, 'm.yml'), text);
  const { warnings } = await loadConfig('m.yml', {
    environment: {},
    directory,
    clock: { nowSeconds: () => Date.parse(now) / 1000 },
  });
  return warnings.length === 0 ? [] : formatWarnings('m.yml', warnings).split('\n');
}

const fraction = (value: string, percent: string) =>
  `${value} is ${value} %, which looks like a fraction; for ${percent} % write ${percent}`;

t.test('warns of a fraction instead of percent, in every option in percent', async (t) => {
  t.same(await warningsOf(t, 'slo: {availability_percent: 0.999}'), [
    `m.yml:1:29 slo.availability_percent: warning: ${fraction('0.999', '99.9')}`,
  ]);
  t.same(
    await warningsOf(t, 'slo: {availability_percent: 1}'),
    ['m.yml:1:29 slo.availability_percent: warning: 1 is 1 %, which looks like a fraction'],
    '100 cannot be reached',
  );
  const text = `alert_thresholds:
  cpu_usage_percent: 0.8
  memory_usage_percent: {warning: 0.85, critical: 0.95}
  disk_usage_percent: {warning: 80, critical: 0.9e2}
  error_rate_percent: {warning: 0.05, critical: 1}
endpoints:
  a: {url: "http://a", thresholds: {error_rate_percent: 0.07}}
`;
  t.same(await warningsOf(t, text), [
    `m.yml:2:22 alert_thresholds.cpu_usage_percent: warning: ${fraction('0.8', '80')}`,
    `m.yml:3:35 alert_thresholds.memory_usage_percent.warning: warning: ${fraction('0.85', '85')}`,
    `m.yml:3:51 alert_thresholds.memory_usage_percent.critical: warning: ${fraction('0.95', '95')}`,
    `m.yml:5:33 alert_thresholds.error_rate_percent.warning: warning: ${fraction('0.05', '5')}`,
    `m.yml:7:57 endpoints.a.thresholds.error_rate_percent: warning: ${fraction('0.07', '7')}`,
  ]);
});

t.test('warns of seconds instead of milliseconds, and of milliseconds instead of seconds', async (t) => {
  t.same(
    await warningsOf(
      t,
      'alert_thresholds: {response_time_ms: 2, agent_response_time_ms: {warning: 3000, critical: 7.5}, error_rate_percent: 5}\n'.replace(
        '3000',
        '3',
      ),
    ),
    [
      'm.yml:1:38 alert_thresholds.response_time_ms: warning: 2 is 2 ms; for 2 s write 2000',
      'm.yml:1:75 alert_thresholds.agent_response_time_ms.warning: warning: 3 is 3 ms; for 3 s write 3000',
      'm.yml:1:88 alert_thresholds.agent_response_time_ms.critical: warning: 7.5 is 7.5 ms; for 7.5 s write 7500',
    ],
  );
  t.same(
    await warningsOf(t, 'check_intervals: {health_checks: 30000}\nendpoints: {a: {url: "http://a", interval: 5000}}\n'),
    [
      'm.yml:1:34 check_intervals.health_checks: warning: 30000 seconds are 8h20m, which looks like milliseconds; for 30s write 30s',
      'm.yml:2:44 endpoints.a.interval: warning: 5000 seconds are 1h23m20s, which looks like milliseconds; for 5s write 5s',
    ],
  );
});

t.test('warns of milliseconds that are too short for a web server, but not for Redis', async (t) => {
  t.same(
    await warningsOf(
      t,
      'endpoints: {a: {url: "https://a", thresholds: {response_time_ms: 2}}, b: {url: "redis://b", thresholds: {response_time_ms: 2}}}\n',
    ),
    ['m.yml:1:66 endpoints.a.thresholds.response_time_ms: warning: 2 is 2 ms; for 2 s write 2000'],
  );
});

t.test('warns of a flag without effect, whatever its value is', async (t) => {
  const text =
    'business_metrics: {track_task_completion: false, sales: 5}\nsecurity_monitoring: {log_security_events: true, levels: [a], track_failed_login: {a: b}}\n';
  t.same(await warningsOf(t, text), [
    'm.yml:1:50 business_metrics.sales: warning: this flag has no effect',
    'm.yml:2:23 security_monitoring.log_security_events: warning: this flag has no effect',
    'm.yml:2:50 security_monitoring.levels: warning: this flag has no effect',
    'm.yml:2:63 security_monitoring.track_failed_login: warning: this flag has no effect, did you mean "track_failed_logins"?',
  ]);
});

t.test('warns of a timeout below the critical response time, at the place where it is set', async (t) => {
  const message = (timeout: string, critical: string) =>
    `warning: a probe fails after its timeout of ${timeout}, so the critical response time of ${critical} is never reached: lower it or raise the timeout`;
  t.same(
    await warningsOf(t, 'endpoints:\n  a: {url: "http://a", timeout: 3s}\n  b: {url: "http://b", timeout: 5s}\n'),
    [`m.yml:2:33 endpoints.a.timeout: ${message('3s', '5s')}`],
  );
  t.same(
    await warningsOf(
      t,
      'alert_thresholds: {response_time_ms: {warning: 5000, critical: 20000}}\nendpoints: {a: "http://a", b: "http://b", c: {url: "http://c", timeout: 25s}}\n',
    ),
    [`m.yml:1:38 alert_thresholds.response_time_ms: ${message('10s', '20s')}`],
    'once, not for every component',
  );
  t.same(
    await warningsOf(
      t,
      'endpoints: {a: {url: "http://a", thresholds: {response_time_ms: {warning: 5000, critical: 12000}}}}\n',
    ),
    [`m.yml:1:65 endpoints.a.thresholds.response_time_ms: ${message('10s', '12s')}`],
  );
});

const mail = (settings: string) =>
  `alert_channels:\n  email: {smtp_server: ${settings}, from: a@b.test, recipients: [a@b.test]}\n`;

const serversWithLogin = `smtp.gmail.com smtp.googlemail.com smtp.office365.com smtp-mail.outlook.com smtp.live.com
  smtp.azurecomm.net smtp.sendgrid.net smtp.mailgun.org smtp.eu.mailgun.org smtp.mandrillapp.com smtp.sparkpostmail.com
  smtp.eu.sparkpostmail.com smtp.resend.com smtp.elasticemail.com smtp.mailersend.net smtp.postmarkapp.com
  smtp-broadcasts.postmarkapp.com live.smtp.mailtrap.io sandbox.smtp.mailtrap.io mail.smtp2go.com mail-eu.smtp2go.com
  email-smtp.eu-west-1.amazonaws.com email-smtp-fips.us-east-1.amazonaws.com smtp.email.eu-frankfurt-1.oci.oraclecloud.com
  in.mailjet.com in-v3.mailjet.com smtp-relay.brevo.com smtp-relay.sendinblue.com smtp.mail.yahoo.com smtp.mail.me.com
  smtp.aol.com smtp.yandex.ru smtp.qq.com smtp.exmail.qq.com smtp.163.com mail.gmx.net smtp.gmx.de smtp.web.de
  smtp.t-online.de securesmtp.t-online.de posteo.de smtp.zoho.eu smtppro.zoho.com smtp.ionos.co.uk smtp.1und1.de
  smtp.strato.com smtp.mailbox.org smtp.fastmail.com smtp.protonmail.ch smtp.purelymail.com ssl0.ovh.net mail.gandi.net
  mail.infomaniak.com mail.your-server.de`.split(/\s+/);

/** The servers with the warning that they accept no mail without a login. */
async function withWarning(t: Test, servers: readonly string[]): Promise<readonly string[]> {
  const channels = servers.map((server, index) => `email_${index}: {smtp_server: ${server}, recipients: [a@b.test]}`);
  const lines = await warningsOf(t, `alert_channels: {${channels.join(', ')}}`);
  return lines.map((line) => line.replace(/^\S+ \S+: warning: (\S+) accepts no mail without a login: .*/, '$1'));
}

t.test('warns of a mail server that needs a login', async (t) => {
  t.same(await warningsOf(t, mail('SMTP.Gmail.com.')), [
    'm.yml:2:24 alert_channels.email.smtp_server: warning: smtp.gmail.com accepts no mail without a login: set username and password',
  ]);
  t.strictSame(await withWarning(t, serversWithLogin), serversWithLogin);
  const others = serversWithLogin.flatMap((server) => [`x${server}`, `${server}x`]);
  t.strictSame(await withWarning(t, others), [], 'other servers with a similar name');
});

t.test('warns of a login that is sent without encryption', async (t) => {
  t.same(await warningsOf(t, mail('mail.crm.test, username: u, password: p, use_tls: false')), [
    'm.yml:2:74 alert_channels.email.use_tls: warning: the login goes to the mail server without encryption',
  ]);
});

t.test('a host name that only begins or ends like a local name is another machine', async (t) => {
  for (const server of ['localhost.crm.test', 'my.localhost', '127.0.0.1.crm.test'])
    t.match(await warningsOf(t, mail(`${server}, username: u, password: p, use_tls: false`)), [
      /the login goes to the mail server without encryption/,
    ]);
});

t.test('warns of an empty file, with its meaning', async (t) => {
  const meaning =
    'warning: the file has no settings: the exporter probes the default addresses of AI-CRM on this machine';
  for (const text of ['', '\n', '# later\n', '{}\n', '{ // later\n}', '// later\n/* much later */', '\uFEFF'])
    t.same(await warningsOf(t, text), [`m.yml:1:1: ${meaning}`], JSON.stringify(text));
});

t.test('does not warn of plausible values', async (t) => {
  const sound = [
    'alert_thresholds: {cpu_usage_percent: 80, error_rate_percent: {warning: 0.1, critical: 0.5}, response_time_ms: 200}\nslo: {availability_percent: 99.9}\n',
    'check_intervals: {health_checks: 30, detailed_analysis: 1h}\nendpoints: {a: {url: "http://a", interval: 3600}, b: {url: "http://b", timeout: 6}}\n',
    // The default timeout depends on the interval.
    'endpoints: {a: {url: "http://a", interval: 2s}}\n',
    'endpoints: {cache: {url: "redis://cache", thresholds: {response_time_ms: 5}}}\n',
    // Here the default timeout depends on the interval, too.
    'alert_thresholds: {response_time_ms: 1000}\nendpoints: {a: {url: "http://a", interval: 2s}}\n',
    'endpoints: {a: "grpcs://a:443", b: "grpc://b:80", c: "https://c:443", d: "ws://d:80", e: "icmp://e"}\n',
    mail('localhost, username: u, password: p, use_tls: false'),
    mail('127.0.0.1, username: u, password: p, use_tls: false'),
    mail('"::1", username: u, password: p, use_tls: false'),
    mail('mail.crm.test, username: u, password: p, smtp_port: 465, use_tls: false'),
    mail('mail.crm.test'),
    mail('smtp-relay.gmail.com'),
    mail('crm-test.mail.protection.outlook.com'),
    mail('smtp.gmail.com, username: u, password: p'),
    mail('smtp.gmail.com, enabled: false'),
    'host: {enabled: false}\n',
  ];
  for (const text of sound) t.same(await warningsOf(t, text), [], text);
  t.same(
    (await loadConfig(undefined, { environment: {}, directory: t.testdir() })).warnings,
    [],
    'and without a file neither',
  );
});

t.test('warns of a channel that the monitoring document switches on without recipients', async (t) => {
  const needs = (what: string) => `warning: true is not enough: write a mapping with ${what}`;
  t.same(await warningsOf(t, 'alert_channels:\n  email: true\n  slack: true\n  webhook: true\n  console: true\n'), [
    `m.yml:2:3 alert_channels.email: ${needs('smtp_server, and recipients')}`,
    `m.yml:3:3 alert_channels.slack: ${needs('webhook_url or webhook_url_file')}`,
    `m.yml:4:3 alert_channels.webhook: ${needs('url or url_file')}`,
  ]);
});

t.test('warns of a single maintenance in the past, and of times that the clock of its zone skips', async (t) => {
  const windows = (...given: readonly string[]) =>
    ['maintenance_windows:', ...given.map((once) => `  - {once: ${once}, time_zone: Europe/Berlin}`), ''].join('\n');
  const past = windows('2026-12-01T10:00/13:00', '2026-12-01T12:59/13:01', '2026-10-25T02:10/02:50');
  t.same(await warningsOf(t, past), [
    'm.yml:2:12 maintenance_windows[0].once: warning: ended at 2026-12-01T13:00 in Europe/Berlin: remove it, or write another date',
    'm.yml:4:12 maintenance_windows[2].once: warning: ended at 2026-10-25T02:50 in Europe/Berlin: remove it, or write another date',
  ]);
  t.same(await warningsOf(t, past, '2026-12-01T11:59:00Z'), [
    'm.yml:4:12 maintenance_windows[2].once: warning: ended at 2026-10-25T02:50 in Europe/Berlin: remove it, or write another date',
  ]);
  const skipped = (effect: string) => `warning: the clock of Europe/Berlin skips ${effect}`;
  const spring = windows(
    '2027-03-28T02:30/04:00',
    '2027-03-28T01:30/02:15',
    '2027-03-28T02:10/02:50',
    '2027-03-28T01:59/03:00',
    '2026-12-31T02:30/02:50',
  );
  t.same(await warningsOf(t, spring), [
    `m.yml:2:12 maintenance_windows[0].once: ${skipped('2027-03-28T02:30: the window begins at 2027-03-28T03:00')}`,
    `m.yml:3:12 maintenance_windows[1].once: ${skipped('2027-03-28T02:15: the window ends at 2027-03-28T03:00')}`,
    `m.yml:4:12 maintenance_windows[2].once: ${skipped('2027-03-28T02:10: the window is empty; write times that exist on this day')}`,
  ]);
});

t.test('warns of a port where TLS begins differently than the URL says', async (t) => {
  const text = `endpoints:
  a: {url: "tcp://mail:465", starttls: smtp}
  b: smtps://mail:587
  c: {url: "imaps://mail:143"}
  d: http://crm:443/health
  e: https://crm:80/
  f: {url: "ws://crm:443/live"}
  g: grpcs://crm:80
`;
  t.same(await warningsOf(t, text), [
    'm.yml:2:12 endpoints.a.url: warning: port 465 has TLS from the first byte: write smtps://host without starttls',
    'm.yml:3:6 endpoints.b: warning: port 587 begins without TLS: write tcp://host:587 with "starttls: smtp"',
    'm.yml:4:12 endpoints.c.url: warning: port 143 begins without TLS: write tcp://host:143 with "starttls: imap"',
    'm.yml:5:6 endpoints.d: warning: port 443 has TLS from the first byte: write https://',
    'm.yml:6:6 endpoints.e: warning: port 80 has no TLS: write http://',
    'm.yml:7:12 endpoints.f.url: warning: port 443 has TLS from the first byte: write wss://',
    'm.yml:8:6 endpoints.g: warning: port 80 has no TLS: write grpc://',
  ]);
  t.same(
    await warningsOf(
      t,
      'endpoints: {a: {url: "tcp://m:25", starttls: smtp}, b: "smtps://m", c: "tcp://m:465", d: "smtps://m:2525", e: "tls://m:25"}',
    ),
    [],
  );
});

t.test('warns of a component with the name of the badge of the whole', async (t) => {
  t.same(await warningsOf(t, 'endpoints: {overall: "http://a"}'), [
    'm.yml:1:13 endpoints.overall: warning: /badge/overall.svg shows the overall level; rename the component to give it a badge, too',
  ]);
});
