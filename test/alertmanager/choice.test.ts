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
  'a.b': {url: "http://a", labels: {team: "o\\"neill"}}
  reports: {url: "http://reports", severity: warning, labels: {team: reports}}
`;
const channels = `alert_channels:
  slack: {webhook_url: "https://slack.test/s3cret", mention: "@here"}
  slack_crm: {webhook_url: "https://slack.test/s3cret-2", labels: {team: [crm, 'o"neill'], tier: 1}, severities: [critical]}
  webhook_shop: {url: "https://hooks.test/s3cret-3", components: [shop, a.b], groups: [Web shop]}
  email_reports: {smtp_server: mail.test, recipients: [r@crm.test], labels: {team: reports}}
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
    `Alertmanager (${programs.age}) gives an alert to the channels that chose it, and each once`,
    { skip: missingOf(programs, 'amtool') },
    async (t) => {
      const file = join(t.testdir({}), 'alertmanager.yml');
      await writeFile(file, (await rendered(t, endpoints + channels, programs.alertmanagerVersion)).text);
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
      t.equal(receivers({ ...down, component: 'shop', team: 'crm', tier: '1' }), 'slack,slack_crm', 'all must hold');
      t.equal(receivers({ ...down, component: 'x', team: 'o"neill', tier: '1' }), 'slack,slack_crm');
      t.equal(receivers({ ...down, component: 'shop', severity: 'warning', team: 'crm', tier: '1' }), 'slack');
      t.equal(receivers({ ...down, component: 'aXb', group: 'Web shop' }), 'slack', 'a point is a point');
      t.equal(
        receivers({ ...down, severity: 'warning', component: 'reports', team: 'reports' }),
        'email_reports,slack',
      );
      t.equal(receivers({ alertname: 'AiCrmHostCpuHigh', severity: 'critical', instance: 'a' }), 'slack');
      t.equal(
        receivers({ alertname: 'AiCrmComponentsDown', severity: 'critical' }),
        'email_reports,slack,slack_crm,webhook_shop',
        'components that go down together are told to all who watch some',
      );
      t.equal(receivers({ alertname: 'AiCrmNotifyTest', severity: 'critical', channel: 'slack_crm' }), 'slack_crm');
    },
  );
}

t.test('several channels of a kind are receivers of their own, with secrets of their own', async (t) => {
  const { text, secretFiles } = await rendered(t, endpoints + channels);
  t.same(
    [...secretFiles.keys()],
    ['secrets/slack_webhook_url', 'secrets/slack_crm_webhook_url', 'secrets/webhook_shop_url'],
  );
  t.notMatch(text, /s3cret/);
  const ways = [...readReceivers(parse(text))].flatMap(([, each]) => each.map(({ channel }) => channel));
  t.same(ways, ['email_reports', 'slack', 'slack_crm', 'webhook_shop'], 'under their own names for notify-test');
  t.match(text, /\{\{ if \$critical \}\}<!here>\{\{ end \}\}/, 'only a critical alert mentions somebody');
});

t.test('what no channel takes, and what a channel chose in vain, is told by --config.check', async (t) => {
  const warnings = async (text: string) =>
    (await configured(t, text)).warnings.map(({ path, message }) => `${path.join('.')}: ${message}`);
  t.same(await warnings(endpoints + channels), [], 'one channel takes everything');
  const hook = 'webhook: {url: "https://hooks.test/x"';
  t.same(
    await warnings(`${endpoints}alert_channels:\n  ${hook}, severities: [critical]}\n`),
    [],
    'nobody wants warnings',
  );
  t.same(await warnings(`${endpoints}alert_channels:\n  ${hook}, labels: {team: [crm, cmr]}, groups: [Shop]}\n`), [
    'alert_channels.webhook.labels.team: no component has the team "cmr"',
    'alert_channels.webhook.groups: no component has the group "Shop"',
    'alert_channels: no channel gets critical alerts about shop, a.b, the host, the exporter and the whole: add a channel without components, labels and groups',
    'alert_channels: no channel gets warning alerts about shop, a.b, reports, the host, the exporter and the whole: add a channel without components, labels and groups',
  ]);
});
