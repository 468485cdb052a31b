import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startAlertmanager } from '../support/alertmanager.js';
import { main } from '../support/main-program.js';
import { closedPort } from '../support/raw-server.js';
import { httpSink, smtpSink } from '../support/sinks.js';
import { bothAges, type MonitoringPrograms, missingOf } from '../support/versions.js';

// Alertmanager retries failed notifications with growing pauses.
t.setTimeout(300_000);
// Side by side, because both mostly wait.
t.jobs = bothAges.length;

const directory = await mkdtemp(join(tmpdir(), 'notify-test-'));
t.teardown(() => rm(directory, { recursive: true, force: true }));
await writeFile(join(directory, 'monitoring.yml'), 'endpoints: {a: "http://127.0.0.1:1/"}\n');

for (const programs of bothAges) {
  void t.test(
    `with a real Alertmanager (${programs.age})`,
    { skip: missingOf(programs, 'alertmanager'), buffered: true },
    (t) => withRealAlertmanager(t, programs),
  );
}

async function withRealAlertmanager(t: Test, programs: MonitoringPrograms): Promise<void> {
  const smtp = await smtpSink({ username: 'monitor', password: 'right' });
  const slack = await httpSink();
  const webhook = await httpSink();
  const exporter = await httpSink();
  /** A receiver for each channel, as `alertmanager-config` makes them. `route` is generated or written by hand. */
  const configWith = ({ password = 'right', route }: { readonly password?: string; readonly route: unknown }) =>
    JSON.stringify({
      route,
      receivers: [
        {
          name: 'email',
          email_configs: [
            {
              to: 'ops@crm.test',
              from: 'ai-crm@crm.test',
              smarthost: `127.0.0.1:${smtp.port}`,
              auth_username: 'monitor',
              auth_password: password,
              require_tls: false,
              send_resolved: true,
            },
          ],
        },
        { name: 'slack', slack_configs: [{ api_url: `${slack.url}/services/hunter2`, channel: '#ops' }] },
        { name: 'webhook', webhook_configs: [{ url: `${webhook.url}/hook` }] },
        { name: 'console', webhook_configs: [{ url: `${exporter.url}/alerts` }] },
        { name: 'nobody' },
      ],
    });
  const channels = ['email', 'slack', 'webhook', 'console'];
  const apart = {
    receiver: 'nobody',
    group_by: ['...'],
    group_wait: '0s',
    routes: channels.map((receiver) => ({ receiver, matchers: [`channel=~"${receiver}|"`], continue: true })),
  };
  const together = {
    receiver: 'nobody',
    group_by: ['...'],
    group_wait: '0s',
    routes: channels.map((receiver) => ({ receiver, continue: true })),
  };
  const alertmanager = await startAlertmanager(configWith({ route: apart }), { programs });
  t.teardown(() => Promise.all([alertmanager, smtp, slack, webhook, exporter].map((running) => running.stop())));
  const notifyTest = (...args: readonly string[]) =>
    main(['notify-test', '--alertmanager.url', alertmanager.url, ...args], { cwd: directory });

  await t.test('every channel gets one marked alert, and then its resolved notification', async (t) => {
    const {
      versionInfo: { version },
    } = (await alertmanager.get('/status')) as { readonly versionInfo: { readonly version: string } };
    t.ok(version.startsWith(programs.alertmanagerVersion), version);
    t.match(await notifyTest(), {
      exitCode: 0,
      stdout: `AiCrmNotifyTest with severity critical to Alertmanager ${version} at ${alertmanager.url}\nemail    delivered\nslack    delivered\nwebhook  delivered\nconsole  delivered\n`,
      stderr: '',
    });
    t.match(
      [smtp.mails.length, slack.requests.length, webhook.requests.length, exporter.requests.length],
      [1, 1, 1, 1],
    );
    t.match(webhook.requests[0]?.body, {
      status: 'firing',
      alerts: [
        {
          labels: { alertname: 'AiCrmNotifyTest', severity: 'critical', test: 'true' },
          annotations: { summary: 'Test of the notifications, nothing is wrong' },
        },
      ],
    });
    const active = (await alertmanager.get('/alerts?active=true')) as readonly unknown[];
    t.same(active, [], 'the test alert is over');
  });

  await t.test('a wrong SMTP password is reported, with the reason if the log can be read', async (t) => {
    await alertmanager.reconfigure(configWith({ password: 'wrong', route: apart }));
    const { exitCode, stdout } = await notifyTest('--alertmanager.log', alertmanager.logFile, '--severity', 'warning');
    t.equal(exitCode, 1);
    t.match(
      stdout,
      /^email {4}failed \(\d+ attempts\): .*auth: 535 "?Invalid username or password"?\nslack {4}delivered\nwebhook {2}delivered\nconsole {2}delivered\n$/m,
    );
    t.ok(smtp.refusedLogins() >= 3);
    t.match(await notifyTest('--channel', 'email'), {
      exitCode: 1,
      stdout: /^email {2}failed \(\d+ attempts\); the reason is in the log of Alertmanager/m,
    });
    t.match(await notifyTest('--channel', 'slack', 'console'), {
      exitCode: 0,
      stdout: /^slack {4}delivered\nconsole {2}delivered\n$/m,
    });
  });

  await t.test('webhook and console are distinguished as far as the routes and the log allow', async (t) => {
    webhook.answerWith(500);
    t.match(
      (await notifyTest('--channel', 'webhook', 'console')).stdout,
      /^webhook {2}failed .*\nconsole {2}delivered\n$/m,
      'each has its own test alert',
    );
    await alertmanager.reconfigure(configWith({ route: together }));
    const { exitCode, stdout } = await notifyTest();
    t.equal(exitCode, 1);
    t.match(
      stdout,
      /^email {4}delivered\nslack {4}delivered\nwebhook {2}failed, or console did: 1 of 2 were delivered, .*\nconsole {2}failed, or webhook did/m,
    );
    t.match(
      (await notifyTest('--alertmanager.log', alertmanager.logFile)).stdout,
      /^webhook {2}failed \(\d+ attempts\): .*500.*\nconsole {2}delivered\n$/m,
    );
    exporter.answerOnceWith(503);
    t.match(
      (await notifyTest('--alertmanager.log', alertmanager.logFile)).stdout,
      /^webhook {2}failed \(\d+ attempts\): .*500.*\nconsole {2}delivered\n$/m,
      'at the second attempt',
    );
    webhook.answerWith(200);
  });

  await t.test('a notification that is not sent is reported with the reason', async (t) => {
    await alertmanager.reconfigure(configWith({ route: { receiver: 'slack', group_by: ['...'], group_wait: '0s' } }));
    t.match(await notifyTest('--channel', 'email', 'slack'), {
      exitCode: 1,
      stdout: /^email {2}not routed: the alert went to slack; see the routes of Alertmanager\nslack {2}delivered\n$/m,
    });
    await alertmanager.reconfigure(configWith({ route: { receiver: 'slack', group_wait: '1m' } }));
    t.match(await notifyTest('--channel', 'slack', '--timeout', '1s'), {
      exitCode: 1,
      stdout: /^slack {2}nothing was sent within 1 s; wait longer with --timeout/m,
    });
    await alertmanager.reconfigure(configWith({ route: apart }));
    t.match(
      await main(['maintenance', 'start', '--all', '--for', '1h', '--alertmanager.url', alertmanager.url], {
        cwd: directory,
      }),
      { exitCode: 0 },
    );
    t.match(await notifyTest('--channel', 'slack'), {
      exitCode: 1,
      stdout: /^slack {2}silenced: end the silence \("maintenance stop --id [0-9a-f-]{36}"\) and try again\n$/m,
    });
  });

  await t.test('the alert has the labels that the routes of others need', async (t) => {
    await alertmanager.reconfigure(
      configWith({
        route: {
          receiver: 'nobody',
          group_by: ['...'],
          group_wait: '0s',
          routes: [{ receiver: 'slack', matchers: ['namespace="monitoring"', 'team=~"a=b.*"'] }],
        },
      }),
    );
    t.match(await main(['maintenance', 'stop', '--all', '--alertmanager.url', alertmanager.url], { cwd: directory }), {
      exitCode: 0,
    });
    t.match(await notifyTest('--channel', 'slack'), { exitCode: 1, stdout: /not routed/ });
    t.match(await notifyTest('--channel', 'slack', '--label', 'namespace=monitoring', 'team=a=b, c'), {
      exitCode: 0,
      stdout: /^slack {2}delivered\n$/m,
    });
    t.match(await notifyTest('--label', 'name space=x'), {
      exitCode: 2,
      stdout: '',
      stderr: 'ai-crm-exporter: --label: expected NAME=VALUE with a name of Prometheus, found "name space=x"\n',
    });
    t.match(await notifyTest('--label', 'namespace='), { exitCode: 2, stdout: '', stderr: /expected NAME=VALUE/ });
    t.match(await notifyTest('--label', 'severity=none'), {
      exitCode: 2,
      stdout: '',
      stderr: 'ai-crm-exporter: --label: the test alert sets the label severity itself; choose another name\n',
    });
  });

  await t.test('without a usable Alertmanager or channel the exit code is 2', async (t) => {
    const nowhere = `http://127.0.0.1:${await closedPort()}`;
    t.match(await notifyTest('--alertmanager.url', nowhere), {
      exitCode: 2,
      stdout: '',
      stderr: `ai-crm-exporter: no answer of Alertmanager at ${nowhere}: connection refused; start it, or check --alertmanager.url\n`,
    });
    t.match(await notifyTest('--alertmanager.url', slack.url), {
      exitCode: 2,
      stderr: /the answer is not JSON, so it is not Alertmanager/,
    });
    t.match(await notifyTest('--channel', 'sms'), {
      exitCode: 2,
      stderr: 'ai-crm-exporter: --channel: there is no channel "sms"; use one of email, slack, webhook, console\n',
    });
    t.match(await notifyTest('--timeout', 'soon'), { exitCode: 2, stderr: /--timeout must be a duration/ });
    t.match(await notifyTest('--alertmanager.log', 'gone'), {
      exitCode: 2,
      stderr: 'ai-crm-exporter: --alertmanager.log: gone: cannot be read (ENOENT)\n',
    });
    await alertmanager.reconfigure('route: {receiver: nobody}\nreceivers: [{name: nobody}]\n');
    t.match(await notifyTest(), {
      exitCode: 2,
      stderr:
        'ai-crm-exporter: there is no channel to test: neither alert_channels nor the receivers of Alertmanager have one\n',
    });
  });
}
