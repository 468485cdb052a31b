import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import {
  defaultAlertmanagerVersion,
  parseAlertmanagerVersion,
  SecretFiles,
} from '../../src/alertmanager/alertmanager-file.js';
import { renderAlertmanager, writeRendering } from '../../src/alertmanager/render.js';
import { parseDurationSeconds } from '../../src/config/duration.js';
import { Secret } from '../../src/config/secret.js';
import type { AlertChannel } from '../../src/config/sections/alert-channels-section.js';
import type { AlertSeverity } from '../../src/config/sections/channel-choice.js';
import { run } from '../support/programs.js';
import { bothAges, missingOf, older } from '../support/versions.js';

/** Part of every secret here, and of nothing else. */
const hidden = 's3cret';

const settings = {
  email: {
    smtp_server: 'mail.crm.test',
    smtp_port: 587,
    username: 'bot@crm.test',
    password: new Secret(`${hidden}-smtp`),
    recipients: ['a@crm.test', 'Ops <b@crm.test>'],
    use_tls: true,
  },
  slack: { webhook_url: new Secret(`https://hooks.slack.test/${hidden}`), channel: '#ops', username: 'AI-CRM' },
  webhook: {
    url: new Secret(`https://hooks.test/${hidden}`),
    headers: new Map([['authorization', new Secret(`Bearer ${hidden}`)]]),
  },
  console: {
    url: 'http://exporter:10059/alerts',
    username: 'am',
    password: new Secret(`${hidden}-console`),
    log_level: 'info',
  },
  watchdog: { url: new Secret(`https://ping.test/${hidden}`) },
} as const;

/** The kinds rendered here. For the other services see services.test.ts. */
const kinds = ['email', 'slack', 'webhook', 'console', 'watchdog'] as const;

/** These channels, with these severities and some other settings. */
function channels(
  names: readonly (typeof kinds)[number][],
  severities?: readonly AlertSeverity[],
  changes: Readonly<Record<string, unknown>> = {},
): readonly AlertChannel[] {
  return names.map(
    (name) =>
      ({
        kind: name,
        name,
        enabled: true,
        settings: { ...settings[name], ...(severities && name !== 'watchdog' && { severities }), ...changes },
      }) as AlertChannel,
  );
}

const render = (alertChannels: readonly AlertChannel[], version = '0.25', grafanaUrl?: string) =>
  renderAlertmanager(
    { alertChannels, ...(grafanaUrl && { grafanaUrl }) },
    { version: parseAlertmanagerVersion(version), folder: '/etc/alertmanager' },
  );

/** The only configuration of a receiver. */
async function receiver(
  name: string,
  rendering: ReturnType<typeof render>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { receivers } = parse((await rendering).text) as { receivers: { name: string }[] };
  const [configs] = Object.values(receivers.find((each) => each.name === name) ?? {}).filter(
    Array.isArray,
  ) as unknown as readonly (readonly Record<string, unknown>[])[];
  return configs?.[0];
}

t.test(
  'the committed configuration is the one for an empty configuration (else: node dist/main.js alertmanager-config --output.dir alertmanager)',
  async (t) => {
    const { text, secretChannels, secretFiles } = await render([], defaultAlertmanagerVersion);
    t.equal(await readFile('alertmanager/alertmanager.yml', 'utf8'), text);
    t.same([secretChannels, secretFiles.size], [[], 0]);
    t.match(await receiver('console', render([])), { url: 'http://localhost:10059/alerts' });
  },
);

t.test('repeat_interval is never shorter than group_interval', async (t) => {
  interface Route {
    readonly group_interval?: string;
    readonly repeat_interval?: string;
    readonly routes?: readonly Route[];
  }
  const { route } = parse((await render(channels(kinds))).text) as { readonly route: Route };
  const all = (of: Route): readonly Route[] => [of, ...(of.routes ?? []).flatMap(all)];
  const timed = all(route).filter(({ repeat_interval: repeat }) => repeat !== undefined);
  t.ok(timed.length >= 5);
  for (const { group_interval: group = '', repeat_interval: repeat = '' } of timed) {
    t.ok(
      (parseDurationSeconds(repeat) ?? 0) >= (parseDurationSeconds(group) ?? Infinity),
      `${repeat} is not less than ${group}, of which Alertmanager would warn`,
    );
  }
});

for (const programs of bothAges) {
  t.test(
    `amtool (${programs.age}) accepts every combination of channels and severities`,
    { skip: missingOf(programs, 'amtool') },
    async (t) => {
      const directory = t.testdir({});
      const files: string[] = [];
      for (let set = 0; set < 2 ** kinds.length; set++) {
        const names = kinds.filter((_name, bit) => (set & (1 << bit)) !== 0);
        for (const severities of [undefined, ['critical'], ['info', 'warning'], []] as const) {
          const file = join(directory, `${names.join('-')}.${severities?.join('-') ?? 'all'}.yml`);
          const { text, secretChannels } = await render(
            channels(names, severities),
            programs.alertmanagerVersion,
            'https://grafana.test',
          );
          t.equal(
            secretChannels.length > 0,
            text.includes(hidden),
            'the result names the channels whose secret is in the configuration',
          );
          t.same(
            secretChannels,
            programs === older ? names.filter((name) => name === 'webhook' || name === 'watchdog') : [],
            '0.25 can read no file for it',
          );
          await writeFile(file, text);
          files.push(file);
        }
      }
      const { exitCode, stdout, stderr } = run(programs.amtool, ['check-config', ...files]);
      t.equal(
        exitCode,
        0,
        stderr ||
          stdout
            .split('\n')
            .filter((line) => line.includes('FAILED'))
            .join('\n'),
      );
      t.equal(stdout.match(/ {2}SUCCESS/g)?.length, 2 * files.length, 'configuration and templates of each');
    },
  );
}

for (const programs of bothAges) {
  t.test(
    `an alert reaches each channel that takes it through one route (${programs.age} amtool)`,
    { skip: missingOf(programs, 'amtool') },
    async (t) => {
      const directory = t.testdir({});
      const all = join(directory, 'all.yml');
      await writeFile(all, (await render(channels(kinds), programs.alertmanagerVersion)).text);
      const some = join(directory, 'some.yml');
      const chosen = [
        ...channels(['email'], ['warning', 'critical']),
        ...channels(['slack'], ['critical']),
        ...channels(['console']),
      ];
      await writeFile(
        some,
        (
          await render(
            [...chosen, { kind: 'webhook', name: 'webhook', enabled: false, settings: {} }],
            programs.alertmanagerVersion,
          )
        ).text,
      );
      const none = join(directory, 'none.yml');
      await writeFile(none, (await render(channels(['email'], ['info']), programs.alertmanagerVersion)).text);
      const table: readonly (readonly [file: string, labels: readonly string[], receivers: string])[] = [
        [
          all,
          ['alertname=AiCrmComponentDown', 'severity=critical', 'component=database'],
          'email,slack,webhook,console',
        ],
        [all, ['alertname=AiCrmComponentSlow', 'severity=warning'], 'email,slack,webhook,console'],
        [all, ['alertname=X', 'severity=info'], 'email,slack,webhook,console'],
        [all, ['alertname=AiCrmWatchdog', 'severity=none'], 'watchdog'],
        [all, ['alertname=AiCrmMaintenance', 'severity=none', 'component=database'], 'nobody'],
        [all, ['alertname=AiCrmNotifyTest', 'severity=info'], 'email,slack,webhook,console'],
        [all, ['alertname=AiCrmNotifyTest', 'severity=critical', 'channel=slack'], 'slack'],
        [all, ['alertname=AiCrmNotifyTest', 'channel=pager'], 'nobody'],
        [some, ['alertname=AiCrmComponentDown', 'severity=critical'], 'email,slack,console'],
        [some, ['alertname=AiCrmComponentSlow', 'severity=warning'], 'email,console'],
        [some, ['alertname=X', 'severity=info'], 'console'],
        [some, ['alertname=ForeignAlert', 'severity=page'], 'email,console'],
        [some, ['alertname=ForeignAlert'], 'email,console'],
        [some, ['alertname=AiCrmNotifyTest', 'channel=slack', 'severity=info'], 'slack'],
        [some, ['alertname=AiCrmWatchdog', 'severity=none'], 'watchdog'],
        [none, ['alertname=AiCrmComponentDown', 'severity=critical'], 'nobody'],
        ['alertmanager/alertmanager.yml', ['alertname=AiCrmComponentDown', 'severity=critical'], 'console'],
        ['alertmanager/alertmanager.yml', ['alertname=ForeignAlert'], 'console'],
      ];
      for (const [file, labels, receivers] of table)
        t.equal(
          run(programs.amtool, ['config', 'routes', 'test', `--config.file=${file}`, ...labels]).stdout.trim(),
          receivers,
          labels.join(' '),
        );
    },
  );
}

t.test('secrets are in files if the version of Alertmanager can read them from files', async (t) => {
  const { text, secretChannels, secretFiles } = await render(channels(kinds), '0.34');
  t.same(secretChannels, []);
  t.notMatch(text, hidden);
  t.same(
    [...secretFiles].map(([file, secret]) => [file, secret.reveal()]),
    [
      ['secrets/email_password', 's3cret-smtp'],
      ['secrets/slack_webhook_url', 'https://hooks.slack.test/s3cret'],
      ['secrets/webhook_authorization', 's3cret'],
      ['secrets/webhook_url', 'https://hooks.test/s3cret'],
      ['secrets/console_password', 's3cret-console'],
      ['secrets/watchdog_url', 'https://ping.test/s3cret'],
    ],
  );
  for (const file of secretFiles.keys()) t.match(text, `/etc/alertmanager/${file}`, 'with the full path');
  const inline = await render(channels(kinds), '0.27');
  t.same(
    inline.secretChannels,
    ['webhook', 'watchdog'],
    'before 0.28 Alertmanager crashes with a file for a URL, or does not know it',
  );
  t.notOk(inline.secretFiles.has('secrets/webhook_url'));
});

t.test('mail: TLS, sender and recipients', async (t) => {
  const mail = (changes: Readonly<Record<string, unknown>>) =>
    receiver('email', render(channels(['email'], undefined, changes)));
  t.match(await mail({}), {
    to: 'a@crm.test, Ops <b@crm.test>',
    from: 'bot@crm.test',
    smarthost: 'mail.crm.test:587',
    require_tls: true,
    auth_username: 'bot@crm.test',
    send_resolved: true,
  });
  t.match(
    await mail({ smtp_port: 465 }),
    { smarthost: 'mail.crm.test:465', require_tls: false },
    'TLS from the beginning: 0.25 would look for STARTTLS inside it',
  );
  t.match(await mail({ use_tls: false }), { require_tls: false });
  t.match(await mail({ from: 'CRM <crm@crm.test>' }), { from: 'CRM <crm@crm.test>' });
  t.match(await mail({ username: '', password: new Secret(''), from: '' }), {
    from: 'ai-crm@mail.crm.test',
    auth_username: undefined,
    auth_password_file: undefined,
  });
  t.match(await mail({ smtp_server: '::1', username: 'bot' }), { smarthost: '[::1]:587', from: 'ai-crm@localhost' });
  t.match(
    await mail({ recipients: ['{{x}}@crm.test'] }),
    { to: '{{ "{{" }}x}}@crm.test' },
    'it is text there, not a template',
  );
});

t.test('Slack uses the channel of the webhook unless the configuration sets one', async (t) => {
  t.match(
    await receiver('slack', render(channels(['slack'], undefined, { channel: undefined, username: undefined }))),
    { channel: '', username: '', send_resolved: true },
  );
  t.match(await receiver('slack', render(channels(['slack']))), { channel: '#ops', username: 'AI-CRM' });
});

t.test('headers: all that Alertmanager can send are written in the form that it knows', async (t) => {
  const webhook = (headers: Readonly<Record<string, string>>, version: string) =>
    receiver(
      'webhook',
      render(
        channels(['webhook'], undefined, {
          headers: new Map(Object.entries(headers).map(([name, value]) => [name, new Secret(value)])),
        }),
        version,
      ),
    );
  const folder = '/etc/alertmanager/secrets';
  t.match(await webhook({ authorization: 'Token abc', 'content-type': 'application/json; charset=utf-8' }, '0.25'), {
    http_config: {
      authorization: { type: 'Token', credentials_file: `${folder}/webhook_authorization` },
      http_headers: undefined,
    },
  });
  t.match(await webhook({ authorization: `basic ${Buffer.from('u:p:w').toString('base64')}` }, '0.25'), {
    http_config: { basic_auth: { username: 'u', password_file: `${folder}/webhook_password` } },
  });
  t.match(await webhook({ 'x-api-key': hidden }, '0.28'), {
    http_config: { http_headers: { 'x-api-key': { files: [`${folder}/webhook_header_x-api-key`] } } },
  });
  t.equal((await webhook({}, '0.25'))?.['http_config'], undefined);
  await t.rejects(webhook({ 'x-a': hidden, 'x-b': hidden }, '0.27'), {
    code: 'config_invalid',
    message: ['x-a', 'x-b']
      .map(
        (name) =>
          `alert_channels.webhook.headers.${name}: Alertmanager 0.27 can send only the header Authorization; other headers need 0.28 or later`,
      )
      .join('\n'),
  });
  t.equal(
    (await webhook({ 'content-type': 'application/json; charset=utf-8' }, '0.25'))?.['http_config'],
    undefined,
    'Alertmanager sends it by itself',
  );
});

t.test('a channel that is only switched on with true is refused, with the missing options', async (t) => {
  const switched = kinds.map((name) => ({ kind: name, name, enabled: true, settings: {} }) as AlertChannel);
  await t.rejects(render(switched), {
    code: 'config_invalid',
    expose: true,
    message: [
      'alert_channels.email: true is not enough: use a mapping with smtp_server and recipients',
      'alert_channels.slack: true is not enough: use a mapping with webhook_url',
      'alert_channels.webhook: true is not enough: use a mapping with url',
      'alert_channels.watchdog: true is not enough: use a mapping with url',
    ].join('\n'),
  });
  t.match(
    await receiver('console', render([{ kind: 'console', name: 'console', enabled: true, settings: {} }])),
    { url: 'http://localhost:10059/alerts' },
    'the console needs nothing',
  );
});

t.test('versions are read in any form that people write', async (t) => {
  for (const text of ['0.25', 'v0.25.0', '0.27.1'])
    t.match(parseAlertmanagerVersion(text), { readsUrlFiles: false, sendsHeaders: false }, text);
  for (const text of ['0.28', '0.34.0', '0.100', '1.0', 'v2.1.3'])
    t.match(parseAlertmanagerVersion(text), { readsUrlFiles: true, sendsHeaders: true }, text);
  for (const text of ['0.24', '0.9.1', '', 'latest', '0', '0.25-rc1', '99999.1'])
    t.throws(() => parseAlertmanagerVersion(text), { code: 'usage' }, text);
});

t.test('the files are written whole, the secrets only for their owner, and the configuration last', async (t) => {
  const folder = join(t.testdir({}), 'am');
  const rendering = await render(channels(['slack']), '0.34');
  const modes = async () => {
    const names = (await readdir(folder, { recursive: true })).filter((name) => name !== 'templates');
    return Object.fromEntries(
      await Promise.all(
        names.map(async (name) => [name, ((await stat(join(folder, name))).mode & 0o777).toString(8)] as const),
      ),
    );
  };
  const templates = (await readdir('alertmanager/templates')).map((name) => `templates/${name}`);
  const wanted = {
    ...Object.fromEntries(templates.map((name) => [name, '644'])),
    secrets: '700',
    'secrets/slack_webhook_url': '600',
    'alertmanager.yml': '644',
  };
  const paths = [...templates, 'secrets/slack_webhook_url', 'alertmanager.yml'].map((name) => join(folder, name));
  t.same(await writeRendering(rendering, folder), paths);
  t.same(await modes(), wanted);
  await chmod(join(folder, 'secrets'), 0o755);
  t.same(await writeRendering(rendering, folder), paths, 'a second time over the first one');
  t.same(await modes(), wanted, 'and no temporary file stays');
  t.equal(await readFile(join(folder, 'alertmanager.yml'), 'utf8'), rendering.text);
  t.equal(await readFile(join(folder, 'secrets/slack_webhook_url'), 'utf8'), 'https://hooks.slack.test/s3cret');
});

t.test(
  'a configuration that holds a secret is only for its owner, and one without secrets has no folder for them',
  async (t) => {
    const folder = t.testdir({});
    await writeRendering(await render(channels(['watchdog']), '0.25'), folder);
    t.equal((await stat(join(folder, 'alertmanager.yml'))).mode & 0o777, 0o600);
    t.same((await readdir(folder)).sort(), ['alertmanager.yml', 'templates']);
  },
);

t.test('a folder whose parent is missing is not made, and a failed write leaves no file behind', async (t) => {
  const rendering = await render(channels(['slack']), '0.34');
  const folder = t.testdir({ 'alertmanager.yml': { inside: '' } });
  await t.rejects(writeRendering(rendering, join(folder, 'a/b')), { code: 'ENOENT', syscall: 'mkdir' });
  await t.rejects(writeRendering(rendering, folder), { code: 'EISDIR' });
  t.same((await readdir(folder)).sort(), ['alertmanager.yml', 'secrets', 'templates']);
  const linked = t.testdir({ templates: t.fixture('symlink', 'gone') });
  await t.rejects(writeRendering(rendering, linked), { code: 'ENOENT', syscall: 'open' });
});

t.test('a name is used by one secret file', async (t) => {
  const files = new SecretFiles('/am');
  t.equal(files.put('a', new Secret('x')), '/am/secrets/a');
  t.throws(() => files.put('a', new Secret('y')), new Error('secret file secrets/a already exists'));
});

t.test('an invalid version is told with an example, and an old one with the lowest that is supported', (t) => {
  t.throws(() => parseAlertmanagerVersion('latest'), {
    message: '--alertmanager.version must be a version such as 0.34, not "latest"',
  });
  t.throws(() => parseAlertmanagerVersion('0.24'), {
    message: '--alertmanager.version: 0.25 or later is required, not 0.24',
  });
  t.equal(parseAlertmanagerVersion('v0.34.12').text, '0.34');
  t.end();
});

t.test('alerts that no channel takes go to nobody, and the only channel for a severity needs no branch', async (t) => {
  const { route } = parse((await render(channels(['slack'], ['info']))).text) as {
    readonly route: { readonly routes: readonly Readonly<Record<string, unknown>>[] };
  };
  t.match(route.routes.slice(3), [
    { receiver: 'nobody', matchers: ['severity="critical"'], repeat_interval: '1h' },
    { receiver: 'slack', matchers: ['severity="info"'], repeat_interval: '1d' },
    { receiver: 'nobody', repeat_interval: '12h' },
  ]);
});

t.test('a channel that is switched off has no receiver, and no other one replaces it', async (t) => {
  const off = channels(['email', 'slack']).map((channel) => ({ ...channel, enabled: false }));
  const { receivers } = parse((await render([...off, ...channels(['webhook'])])).text) as {
    readonly receivers: readonly { readonly name: string }[];
  };
  t.same(
    receivers.map(({ name }) => name),
    ['nobody', 'watchdog', 'webhook'],
  );
});

t.test('mail and console log in only with a name and a password', async (t) => {
  const incomplete = [{ password: undefined }, { username: '' }, { username: undefined }];
  for (const changes of incomplete) {
    const [mail, console] = [
      await receiver('email', render(channels(['email'], undefined, changes))),
      await receiver('console', render(channels(['console'], undefined, changes))),
    ];
    t.strictSame(
      [mail?.['auth_username'], mail?.['auth_password_file'], console?.['http_config']],
      [undefined, undefined, undefined],
      JSON.stringify(changes),
    );
  }
});
