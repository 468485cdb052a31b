import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { parseAlertmanagerVersion } from '../../src/alertmanager/alertmanager-file.js';
import { renderAlertmanager } from '../../src/alertmanager/render.js';
import { loadConfig } from '../../src/config/load.js';
import { readReceivers } from '../../src/stack/alertmanager-api.js';
import { run } from '../support/programs.js';
import { bothAges, missingOf } from '../support/versions.js';

const endpoints = `endpoints:
  shop: {url: "http://shop", labels: {team: crm, tier: 1}, group: Web shop}
  'a.b': {url: "http://a", labels: {team: "o\\"neill"}, group: Web shop}
  reports: {url: "http://reports", severity: warning, labels: {team: reports}}
`;
const heartbeats = `heartbeats:
  nightly_backup: {every: 1d, labels: {team: crm, tier: 1}}
  sync: 1h
`;
const channels = `alert_channels:
  slack: {webhook_url: "https://slack.test/s3cret", mention: "@here"}
  slack_crm: {webhook_url: "https://slack.test/s3cret-2", labels: {team: [crm, 'o"neill'], tier: 1}, severities: [critical]}
  webhook_shop: {url: "https://hooks.test/s3cret-3", components: [shop, a.b], groups: [Web shop]}
  email_reports: {smtp_server: mail.test, recipients: [r@crm.test], labels: {team: reports}}
  webhook_jobs: {url: "https://hooks.test/s3cret-4", components: [sync, nightly_backup]}
`;

async function configured(t: Test, text: string) {
  const directory = t.testdir({});
  await writeFile(join(directory, 'monitoring.yml'), text);
  return loadConfig('monitoring.yml', { environment: {}, directory });
}

async function rendered(t: Test, text: string, version = '0.34') {
  const config = await configured(t, text);
  return renderAlertmanager(config, { version: parseAlertmanagerVersion(version), folder: t.testdirName });
}

for (const programs of bothAges) {
  t.test(
    `Alertmanager (${programs.age}) sends an alert once to each channel that selects it`,
    { skip: missingOf(programs, 'amtool') },
    async (t) => {
      const file = join(t.testdir({}), 'alertmanager.yml');
      await writeFile(file, (await rendered(t, endpoints + heartbeats + channels, programs.alertmanagerVersion)).text);
      const check = run(programs.amtool, ['check-config', file]);
      t.match(check, { exitCode: 0 }, check.stdout + check.stderr);
      const receivers = (labels: Readonly<Record<string, string>>) =>
        run(programs.amtool, [
          'config',
          'routes',
          'test',
          `--config.file=${file}`,
          ...Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
        ]).stdout.trim();
      const down = { alertname: 'AiCrmComponentDown', severity: 'critical' };
      t.equal(
        receivers({ ...down, component: 'shop', team: 'crm', tier: '1', group: 'Web shop' }),
        'slack,slack_crm,webhook_shop',
      );
      t.equal(
        receivers({ ...down, component: 'shop', team: 'crm', tier: '1' }),
        'slack,slack_crm',
        'all selectors must match',
      );
      t.equal(receivers({ ...down, component: 'x', team: 'o"neill', tier: '1' }), 'slack,slack_crm');
      t.equal(receivers({ ...down, component: 'shop', severity: 'warning', team: 'crm', tier: '1' }), 'slack');
      t.equal(receivers({ ...down, component: 'aXb', group: 'Web shop' }), 'slack', 'a dot is a dot');
      t.equal(
        receivers({ ...down, severity: 'warning', component: 'reports', team: 'reports' }),
        'email_reports,slack',
      );
      t.equal(receivers({ alertname: 'AiCrmHostCpuHigh', severity: 'critical', instance: 'a' }), 'slack');
      t.equal(
        receivers({ alertname: 'AiCrmComponentsDown', severity: 'critical' }),
        'email_reports,slack,slack_crm,webhook_shop',
        'an alert about many components goes to all channels for components, and not to channels for jobs only',
      );
      const failed = { alertname: 'AiCrmHeartbeatFailed', severity: 'critical' };
      t.equal(receivers({ ...failed, component: 'sync' }), 'slack,webhook_jobs', 'a job is selected by its name');
      t.equal(
        receivers({ ...failed, component: 'nightly_backup', team: 'crm', tier: '1' }),
        'slack,slack_crm,webhook_jobs',
        'and by its labels',
      );
      t.equal(receivers({ alertname: 'AiCrmNotifyTest', severity: 'critical', channel: 'slack_crm' }), 'slack_crm');
    },
  );
}

t.test('several channels of a kind are separate receivers with separate secrets', async (t) => {
  const { text, secretFiles } = await rendered(t, endpoints + heartbeats + channels);
  t.same(
    [...secretFiles.keys()],
    [
      'secrets/slack_webhook_url',
      'secrets/slack_crm_webhook_url',
      'secrets/webhook_shop_url',
      'secrets/webhook_jobs_url',
    ],
  );
  t.notMatch(text, /s3cret/);
  const ways = [...readReceivers(parse(text))].flatMap(([, each]) => each.map(({ channel }) => channel));
  t.same(
    ways,
    ['email_reports', 'slack', 'slack_crm', 'webhook_shop', 'webhook_jobs'],
    'with their own names for notify-test',
  );
  t.match(text, /\{\{ if \$critical \}\}<!here>\{\{ end \}\}/, 'only critical alerts mention people');
});

const hook = 'webhook: {url: "https://hooks.test/x"';

async function warnings(t: Test, text: string): Promise<readonly string[]> {
  return (await configured(t, text)).warnings.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

t.test('--config.check reports alerts that no channel takes, and selectors that match nothing', async (t) => {
  t.same(await warnings(t, endpoints + heartbeats + channels), [], 'one channel takes everything');
  t.same(
    await warnings(
      t,
      `${endpoints}alert_channels:\n  ${hook}, labels: {team: [crm, cmr]}, groups: [Web shop, Shop]}\n`,
    ),
    [
      'alert_channels.webhook.labels.team: no component and no job has the team "cmr"',
      'alert_channels.webhook.groups: no component and no job has the group "Shop"',
      'alert_channels: no channel gets critical alerts about a.b, the host, the exporter and the overall level: add a channel without components, labels and groups',
      'alert_channels: no channel gets warning alerts about a.b, reports, the host, the exporter and the overall level: add a channel without components, labels and groups',
    ],
  );
});

t.test(
  'an alert whose severity no channel takes is reported, unless others about the same thing are taken',
  async (t) => {
    const only = (severity: string) => `alert_channels:\n  ${hook}, severities: [${severity}]}\n`;
    t.same(
      await warnings(t, `endpoints: {a: "http://a"}\n${only('critical')}`),
      [],
      'with severities: [critical] nobody wants warnings',
    );
    t.same(await warnings(t, `${endpoints}heartbeats: {sync: {every: 1h, severity: warning}}\n${only('critical')}`), [
      'alert_channels: no channel gets warning alerts about reports, sync: add warning to the severities of webhook',
    ]);
    t.same(await warnings(t, endpoints + only('warning')), [
      'alert_channels: no channel gets critical alerts about shop, a.b, the host, the exporter and the overall level: add critical to the severities of webhook',
    ]);
    t.same(
      await warnings(t, 'endpoints: {a: "http://a"}\nalert_channels: {watchdog: {url: "https://hooks.test/x"}}\n'),
      [
        'alert_channels: no channel gets critical alerts about a, the host, the exporter and the overall level: add a channel without components, labels and groups',
      ],
      'the watchdog channel takes only its own alert',
    );
    t.same(await warnings(t, 'alert_channels: {email: false}\n'), [], 'without any channel there is no warning');
  },
);

t.test('a selector that matches nothing is reported with its place', async (t) => {
  const chosen = async (choice: string) =>
    warnings(t, `${endpoints}alert_channels:\n  slack: {webhook_url: "https://slack.test/x"}\n  ${hook}, ${choice}}\n`);
  t.same(await chosen('components: [a.b, shop], labels: {team: crm}'), [
    'alert_channels.webhook.components.0: the channel gets no alerts about a.b, which has the team "o\\"neill"',
  ]);
  t.same(await chosen('components: [reports, shop], severities: [critical]'), [
    'alert_channels.webhook.components.0: the channel gets no alerts about reports, which never have the severity critical',
  ]);
  t.same(await chosen('components: [reports, shop], groups: [Web shop]'), [
    'alert_channels.webhook.components.0: the channel gets no alerts about reports, which has no group',
  ]);
  t.same(await chosen('labels: {team: reports, tier: 1}'), [
    'alert_channels.webhook: no component and no job has all the labels and groups of this channel',
  ]);
  t.same(await chosen('labels: {team: reports}, severities: [critical]'), [
    'alert_channels.webhook.severities: the alerts that the channel selects never have the severity critical',
  ]);
  t.same(await chosen('labels: {team: [reports, crm]}, severities: [critical]'), []);
});

t.test('heartbeat jobs are selected and missed like components', async (t) => {
  const jobs =
    'endpoints: {a: "http://a"}\nheartbeats: {nightly: {every: 1d, labels: {team: crm}, group: Office}, sync: 1h}\n';
  t.same(
    await warnings(
      t,
      `${jobs}alert_channels:\n  ${hook}, components: [a, sync]}\n  slack: {webhook_url: "https://slack.test/x", severities: [warning]}\n`,
    ),
    [
      'alert_channels: no channel gets critical alerts about nightly, the host, the exporter and the overall level: add critical to the severities of slack',
    ],
  );
  t.same(
    await warnings(
      t,
      `${jobs}alert_channels:\n  ${hook}}\n  slack: {webhook_url: "https://slack.test/x", labels: {team: crm}, groups: [Office]}\n`,
    ),
    [],
  );
});
