import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { parseAlertmanagerVersion } from '../../src/alertmanager/alertmanager-file.js';
import { renderAlertmanager, writeRendering } from '../../src/alertmanager/render.js';
import { integrationOf } from '../../src/alertmanager/services.js';
import { loadConfig } from '../../src/config/load.js';
import { maskedConfig } from '../../src/config/masked-config.js';
import { readReceivers } from '../../src/stack/alertmanager-api.js';
import { renderTemplate, startAlertmanager } from '../support/alertmanager.js';
import { main } from '../support/main-program.js';
import { run } from '../support/programs.js';
import { shortened } from '../support/shortened.js';
import { httpSink } from '../support/sinks.js';
import { until } from '../support/until.js';
import { bothAges, missingOf, older } from '../support/versions.js';

// Both versions of a test side by side, because they mostly wait.
t.jobs = bothAges.length;

const topic = 'arn:aws:sns:eu-central-1:123456789012:crm';
/** Every channel, with this address where Alertmanager has an option for it. */
const channels = (url: string): Readonly<Record<string, string>> => ({
  pagerduty: `{routing_key: s3cret-pager, options: {url: "${url}/pagerduty"}}`,
  opsgenie: `{api_key: s3cret-genie, options: {api_url: "${url}/opsgenie/"}}`,
  teams: `{webhook_url: "${url}/teams?s3cret"}`,
  telegram: `{bot_token: "1:s3cret", chat_id: -100200300, options: {api_url: "${url}/telegram"}}`,
  discord: `{webhook_url: "${url}/discord/s3cret"}`,
  pushover: '{user_key: s3cret-user, token: s3cret-token}',
  sns: `{topic_arn: "${topic}", access_key: AKIAs3cret, secret_key: s3cret, options: {api_url: "${url}/sns"}}`,
  receiver: `{integration: victorops, options: {api_url: "${url}/victorops/", api_key: s3cret, routing_key: team}}`,
});
/** Kinds with no special code here except the option for their text, and an unknown kind. */
const others = {
  receiver_webex: '{integration: webex, options: {room_id: r, http_config: {authorization: {credentials: s3cret}}}}',
  receiver_wechat: '{integration: wechat, options: {corp_id: c, api_secret: s3cret, to_user: "@all"}}',
};
const newOthers = {
  receiver_old_teams: '{integration: msteams, options: {webhook_url: "https://teams.test/s3cret"}}',
  receiver_jira:
    '{integration: jira, options: {api_url: "https://jira.test", project: OPS, issue_type: Bug, http_config: {basic_auth: {username: u, password: s3cret}}}}',
  receiver_rocket: '{integration: rocketchat, options: {channel: "#crm", token: s3cret, token_id: i}}',
  receiver_incident: '{integration: incidentio, options: {url: "https://incident.test/", alert_source_token: s3cret}}',
};

const without = (all: Readonly<Record<string, string>>, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));

async function rendered(t: Test, all: Readonly<Record<string, string>>, version: string, folder = t.testdir({})) {
  const lines = Object.entries(all).map(([name, settings]) => `  ${name}: ${settings}\n`);
  await writeFile(
    join(folder, 'monitoring.yml'),
    `grafana_url: https://grafana.test\nrunbooks_url: https://exporter.test/runbooks\nendpoints: {website: "http://w", a.b: "http://b"}\nheartbeats: {sync: 1h}\nalert_channels:\n${lines.join('')}`,
  );
  const config = await loadConfig('monitoring.yml', { environment: {}, directory: folder });
  const rendering = await renderAlertmanager(config, { version: parseAlertmanagerVersion(version), folder });
  return { ...rendering, config, rendering, folder };
}

for (const programs of bothAges) {
  void t.test(
    `amtool (${programs.age}) accepts each kind of service, and /config shows none of its secrets`,
    { skip: missingOf(programs, 'amtool') },
    async (t) => {
      const known =
        programs === older
          ? { ...without(channels('https://x.test'), 'teams'), ...others }
          : { ...channels('https://x.test'), ...others, ...newOthers };
      for (const [name, settings] of [...Object.entries(known), ['all', '']] as const) {
        const { folder, rendering, text, secretChannels, config } = await rendered(
          t,
          name === 'all' ? known : { [name]: settings },
          programs.alertmanagerVersion,
        );
        await writeRendering(rendering, folder);
        const { exitCode, stdout, stderr } = run(programs.amtool, ['check-config', join(folder, 'alertmanager.yml')]);
        t.equal(exitCode, 0, `${name}: ${stdout}${stderr}`);
        t.ok(
          secretChannels.length > 0 || !text.includes('s3cret'),
          `${name}: the result names channels whose secret is in the configuration`,
        );
        t.notMatch(JSON.stringify(maskedConfig(config)), /s3cret|team"|AKIA/, name);
        t.same(
          [...readReceivers(parse(text)).values()].flat().map(({ channel }) => channel),
          name === 'all' ? Object.keys(known) : [name],
          `${name}: notify-test finds it by its name`,
        );
      }
    },
  );

  void t.test(
    `a value in options replaces a secret and its file (${programs.age} amtool)`,
    { skip: missingOf(programs, 'amtool') },
    async (t) => {
      const url = 'https://x.test/s3cret';
      const chat = '{bot_token: "1:s3cret", chat_id: 5, options: {chat_id_file: /run/chat}}';
      const twins = {
        pagerduty: '{routing_key: s3cret, options: {routing_key: other}}',
        pagerduty_file: '{routing_key_file: key, options: {routing_key: other}}',
        pagerduty_options: '{routing_key: s3cret, options: {routing_key_file: /run/key}}',
        opsgenie: '{options: {api_key_file: /run/key}}',
        discord: `{webhook_url: "${url}", options: {webhook_url: "${url}"}}`,
        telegram: '{bot_token: "1:s3cret", chat_id: 5, options: {bot_token: "1:s3cret"}}',
        pushover: '{user_key: u, token: t, options: {token: s3cret}}',
        pushover_null: '{user_key_file: key, token_file: key, options: {user_key: null, token: null}}',
        ...(programs !== older && {
          teams: `{options: {webhook_url_file: /run/key}}`,
          telegram_file: chat,
        }),
      };
      const { folder, rendering, secretFiles } = await rendered(
        t,
        twins,
        programs.alertmanagerVersion,
        t.testdir({ key: 's3cret' }),
      );
      await writeRendering(rendering, folder);
      const { exitCode, stdout, stderr } = run(programs.amtool, ['check-config', join(folder, 'alertmanager.yml')]);
      t.equal(exitCode, 0, stdout + stderr);
      t.notMatch([...secretFiles.keys()].join(), /pagerduty|discord|pushover_token/, 'no unused file is written');
    },
  );

  void t.test(
    `services get an alert and its end in our texts (${programs.age} Alertmanager)`,
    { skip: missingOf(programs, 'alertmanager'), timeout: 90_000 },
    async (t) => {
      const sink = await httpSink((path) => {
        if (path.startsWith('/telegram')) return '{"ok": true, "result": {"message_id": 1, "chat": {"id": 1}}}';
        if (!path.startsWith('/sns')) return '{}';
        return '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';
      });
      const told = without(channels(sink.url), 'pushover', ...(programs === older ? ['teams'] : []));
      const { folder, rendering, text } = await rendered(t, told, programs.alertmanagerVersion);
      await writeRendering(rendering, folder);
      const alertmanager = await startAlertmanager(shortened(text, 100), {
        programs,
        directory: folder,
        args: ['--web.external-url=http://am.test:9093/', '--web.route-prefix=/'],
      });
      t.teardown(async () => {
        await alertmanager.stop();
        await sink.stop();
      });
      const post = async (endsAt: number, annotations: Readonly<Record<string, string>>) => {
        const labels = {
          alertname: 'AiCrmComponentDown',
          severity: 'critical',
          component: 'data*base',
          job: 'ai-crm',
          area: 'services',
        };
        const alert = {
          labels,
          annotations,
          startsAt: new Date(Date.now() - 180_000),
          endsAt: new Date(endsAt),
          generatorURL: 'http://prometheus.test/graph?g0.expr=up',
        };
        const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify([alert]),
        });
        t.equal(answer.status, 200);
      };
      /** The requests to a service as one text, with decoded forms. */
      const got = (path: string) =>
        sink.requests
          .filter((request) => request.path.startsWith(`/${path}`))
          .map(({ body }) =>
            typeof body === 'string'
              ? JSON.stringify(Object.fromEntries(new URLSearchParams(body)))
              : JSON.stringify(body),
          );
      const paths = Object.keys(told).map((name) => (name === 'receiver' ? 'victorops' : name));
      const annotations = {
        summary: 'data*base is down <b>',
        description: 'Reason: connect.\n"backend" depends on it.',
        resolved: 'data*base is back',
        runbook_url: 'https://github.com/ai-crm-exporter/ai-crm-exporter/blob/main/docs/runbooks.md#aicrmcomponentdown',
        dashboard_url: '/d/aicrm-services',
      };
      await post(Date.now() + 600_000, annotations);
      await until('every service is told', () => paths.every((path) => got(path).length === 1), 30);
      await post(Date.now() - 1000, annotations);
      await until('every service is told of the end', () => paths.every((path) => got(path).length === 2), 30);

      const runbook = 'https://exporter.test/runbooks/aicrmcomponentdown';
      const expected: Readonly<Record<string, readonly [firing: readonly unknown[], resolved: readonly unknown[]]>> = {
        pagerduty: [
          ['"event_action":"trigger"', '"severity":"critical"', 'CRITICAL: data*base is down', runbook, 's3cret-pager'],
          ['"event_action":"resolve"', 's3cret-pager'],
        ],
        opsgenie: [['"priority":"P1"', 'CRITICAL: data*base is down', 'Reason: connect.', runbook], ['"source"']],
        teams: [
          ['CRITICAL: data*base is down', '**CRITICAL since', `[What to do](${runbook})`, '/d/aicrm-services)'],
          ['RESOLVED: data*base is back'],
        ],
        telegram:
          programs === older
            ? [
                ['CRITICAL since', 'data*base is down', runbook, '-100200300'],
                ['RESOLVED', 'data*base is back'],
              ]
            : [
                ['<b>data*base is down &lt;b&gt;</b>', `<a href=\\"${runbook}\\">What to do</a>`, 'HTML', '-100200300'],
                ['✅ <b>data*base is back</b>'],
              ],
        discord: [
          [
            'CRITICAL: data*base is down',
            '**CRITICAL since',
            `[What to do](${runbook})`,
            '\\"backend\\" depends on it.',
          ],
          ['RESOLVED: data*base is back'],
        ],
        sns: [
          ['"Subject":"CRITICAL: data*base is down', 'Reason: connect.', runbook, `"TopicArn":"${topic}"`],
          ['"Subject":"RESOLVED: data*base is back'],
        ],
        victorops: [
          ['"message_type":"CRITICAL"', 'CRITICAL: data*base is down', 'Reason: connect.'],
          ['"message_type":"RECOVERY"', 'data*base is back'],
        ],
      };
      for (const path of paths) {
        const [firing = '', resolved = ''] = got(path).map((body) =>
          body.replaceAll('\\u003c', '<').replaceAll('\\u003e', '>').replaceAll('\\u0026', '&'),
        );
        for (const part of expected[path]?.[0] ?? [])
          t.ok(firing.includes(String(part)), `${path}: ${part} in ${firing}`);
        for (const part of expected[path]?.[1] ?? [])
          t.ok(resolved.includes(String(part)), `${path}: ${part} in ${resolved}`);
      }
      const headers = sink.requests.find(({ path }) => path.startsWith('/opsgenie'))?.headers;
      t.equal(headers?.['authorization'], 'GenieKey s3cret-genie');
      t.ok(sink.requests.some(({ path }) => path.startsWith('/telegram/bot1:s3cret/sendMessage')));
      t.ok(sink.requests.some(({ path }) => path.startsWith('/opsgenie/v2/alerts/') && path.includes('/close')));
    },
  );
}

t.test(
  'an option that a version does not know is refused by name, and a secret that it cannot read from a file is not printed',
  async (t) => {
    await t.rejects(rendered(t, { teams_ops: '{webhook_url: "https://x.test/"}' }, '0.27'), {
      code: 'config_invalid',
      message: 'alert_channels.teams_ops: Alertmanager 0.27 does not support it; use 0.28 or later',
    });
    t.match(await rendered(t, { teams: '{webhook_url: "https://x.test/"}' }, '0.28'), { secretChannels: [] });
    const telegram = { telegram: '{bot_token: "1:s3cret", chat_id: 5}' };
    t.match(await rendered(t, telegram, '0.25'), { secretChannels: ['telegram'], secretFiles: new Map() });
    t.match(await rendered(t, telegram, '0.26'), { secretChannels: [], text: /parse_mode: ""/ });
    t.match(await rendered(t, telegram, '0.28'), { secretChannels: [], text: /parse_mode: HTML/ });
    t.match(await rendered(t, { pushover: '{user_key: u, token: t}' }, '0.25'), { secretChannels: ['pushover'] });
    t.match(
      await rendered(t, { opsgenie: '{api_key: k, options: {api_url: "https://api.eu.opsgenie.com/"}}' }, '0.25'),
      {
        secretChannels: [],
        text: /api_url: https:\/\/api.eu.opsgenie.com/,
      },
    );
    const { folder } = await rendered(t, telegram, '0.25');
    t.match(
      await main(['alertmanager-config', '--alertmanager.version', '0.25', '--config.file', 'monitoring.yml'], {
        cwd: folder,
      }),
      { exitCode: 2, stdout: '', stderr: /reads the secrets of telegram only from its configuration/ },
    );
  },
);

t.test('a configuration with every kind of channel matches its golden file', async (t) => {
  const all = {
    email:
      '{smtp_server: mail.crm.test, username: bot, password: s3cret, recipients: [a@crm.test, b@crm.test], hello: crm.test, severities: [critical, info]}',
    slack: '{webhook_url: "https://slack.test/s3cret", mention: "@channel", components: [website, "a.b"]}',
    slack_other: '{webhook_url: "https://slack.test/s3cret2", mention: "<@U1>", labels: {team: crm}}',
    slack_jobs: '{webhook_url: "https://slack.test/s3cret3", components: [sync], severities: [warning]}',
    slack_mixed: '{webhook_url: "https://slack.test/s3cret4", components: [sync, website]}',
    webhook: '{url: "https://hooks.test/{{s3cret}}", headers: {X-Key: s3cret, Authorization: "Bearer s3cret"}}',
    console: '{username: am, password: s3cret}',
    watchdog: '{url: "https://ping.test/s3cret"}',
    ...channels('https://service.test'),
    ...others,
    ...newOthers,
    receiver_mattermost: '{integration: mattermost, options: {webhook_url: "https://mattermost.test/s3cret"}}',
  };
  const { email, slack } = all;
  for (const [name, version, kinds] of [
    ['new', '0.34', all],
    ['old', '0.25', without(all, 'teams', 'webhook', ...Object.keys(newOthers))],
    ['fragment', '0.34', { email, slack }],
  ] as const) {
    const golden = `test/fixtures/golden/alertmanager-${name}.yml`;
    const { config } = await rendered(t, kinds, version);
    const { file, text, secretChannels, secretFiles } = await renderAlertmanager(config, {
      version: parseAlertmanagerVersion(version),
      folder: '/am',
      isFragment: name === 'fragment',
    });
    const found = `${text}# Secrets in this file: ${secretChannels.join(' ')}\n${[...secretFiles]
      .map(([file, secret]) => `# ${file}: ${secret.reveal()}\n`)
      .join('')}`;
    t.equal(file, name === 'fragment' ? 'fragment.yml' : 'alertmanager.yml');
    if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(golden, found);
    t.equal(
      found,
      await readFile(golden, 'utf8'),
      `run with UPDATE_GOLDEN=1 to renew ${golden}, and read the difference`,
    );
  }
});

t.test('options of the user win over generated ones', async (t) => {
  const { text } = await rendered(
    t,
    { pushover: '{user_key: u, token: t, options: {priority: "1", sound: siren}, severities: [critical]}' },
    '0.34',
  );
  const { receivers } = parse(text) as { readonly receivers: readonly Readonly<Record<string, unknown>>[] };
  t.match(
    receivers.find(({ name }) => name === 'pushover'),
    {
      pushover_configs: [{ priority: '1', sound: 'siren', url_title: 'What to do' }],
    },
  );
});

t.test(
  'a value in options, or its file, replaces the one of its channel, and an empty one replaces nothing',
  async (t) => {
    const entry = async (kind: string, settings: string) => {
      const { text, secretFiles } = await rendered(t, { [kind]: settings }, '0.34');
      const { receivers } = parse(text) as { readonly receivers: readonly Readonly<Record<string, unknown>>[] };
      const [configs] = Object.values(receivers.find(({ name }) => name === kind) ?? {}).filter(Array.isArray);
      const found: Readonly<Record<string, unknown>> = {
        ...(configs as Readonly<Record<string, unknown>>[] | undefined)?.[0],
        secrets: secretFiles.size,
      };
      return found;
    };
    const byFile = await entry('opsgenie', '{api_key: k, options: {api_key_file: /own/key, priority: null}}');
    t.match(byFile, { api_key_file: '/own/key', priority: /P1/, secrets: 0 });
    t.match(await entry('opsgenie', '{api_key: k, options: {api_key: own}}'), { api_key: 'own', secrets: 0 });
    t.notOk('api_key_file' in (await entry('opsgenie', '{api_key: k, options: {api_key: own}}')));
    t.strictSame((await entry('sns', `{topic_arn: "${topic}"}`))['sigv4'], {
      region: 'eu-central-1',
    });
    const other = await entry('sns', `{options: {topic_arn: "${topic}"}}`);
    t.strictSame([other['topic_arn'], other['sigv4']], [topic, {}], 'a topic in options says no region');
    const chat = await entry('telegram', '{bot_token: "1:s3cret", chat_id: 5, options: {chat_id_file: /run/chat}}');
    t.notOk('chat_id' in chat, 'Alertmanager refuses both');
  },
);

t.test('a channel is named if its options may hold a secret', async (t) => {
  for (const [options, holds] of [
    ['{api_url: "https://x.test"}', false],
    ['{api_url: "http://x.test:8080/"}', false],
    ['{api_url: "https://x.test/hook"}', true],
    ['{api_url: "https://x.test/?key=s3cret"}', true],
    ['{api_url: "https://u:s3cret@x.test/"}', true],
    ['{http_config: {proxy_url: "http://proxy.test/https://x.test/"}}', true],
    ['{url_text: Help}', false],
    ['{api_key: s3cret}', true],
    ['{api_key_file: /run/key}', false],
    ['{http_config: {basic_auth: {password: s3cret}}}', true],
    ['{http_config: {basic_auth: null}}', false],
    ['{fields: [{title: a}]}', false],
  ] as const) {
    const { secretChannels } = await rendered(t, { receiver: `{integration: other, options: ${options}}` }, '0.34');
    t.same(secretChannels, holds ? ['receiver'] : [], options);
  }
});

t.test('each kind of channel has its integration in Alertmanager', (t) => {
  t.strictSame(
    (['email', 'slack', 'webhook', 'console', 'watchdog', 'teams', 'pagerduty', 'receiver'] as const).map(
      integrationOf,
    ),
    ['email', 'slack', 'webhook', 'webhook', 'webhook', 'msteamsv2', 'pagerduty', undefined],
  );
  t.end();
});

interface Given {
  readonly status: 'firing' | 'resolved';
  readonly summary: string;
  readonly description: string;
}

t.test(
  'texts stay within the limit of each service, for any number of alerts and any content',
  { skip: missingOf(older, 'amtool') },
  async (t) => {
    const file = join(t.testdir({}), 'data.json');
    const text = async (template: string, given: readonly Given[], type: 'text' | 'html' = 'text') => {
      const alerts = given.map(({ status, summary, description }) => ({
        status,
        labels: { alertname: 'AiCrmComponentDown', severity: 'critical', component: 'c'.repeat(63), job: 'ai-crm' },
        annotations: { summary, description, runbook_url: `https://runbooks.test/#${'r'.repeat(60)}` },
        startsAt: '2026-11-23T03:12:10Z',
        endsAt: '2026-11-23T04:12:10Z',
        generatorURL: `http://prometheus.test/graph?g0.expr=${'e'.repeat(660)}`,
      }));
      const status = given.some((one) => one.status === 'firing') ? 'firing' : 'resolved';
      const commonLabels = alerts[0]?.labels;
      await writeFile(
        file,
        JSON.stringify({ status, alerts, commonLabels, commonAnnotations: {}, externalURL: 'http://am.test' }),
      );
      const made = renderTemplate(older, template, file, type);
      t.equal(made.exitCode, 0, made.stderr);
      return made.stdout;
    };
    const long: Given = {
      status: 'firing',
      summary: `é[x] ${'s'.repeat(400)}`,
      description: `*d* ${'d\n'.repeat(3000)}`,
    };
    const many = Array.from({ length: 50 }, () => long);
    for (const given of [[long], many, many.map((one) => ({ ...one, status: 'resolved' as const }))]) {
      const lengths = {
        discord: [...(await text('aicrm.markdown', given))].length,
        telegram: [...(await text('aicrm.telegram', given, 'html'))].length,
        pushover: [...(await text('aicrm.brief', given))].length,
      };
      t.ok(lengths.discord <= 2048 && lengths.telegram <= 4096 && lengths.pushover <= 1024, JSON.stringify(lengths));
      t.match(await text('aicrm.sns.subject', given), /^[A-Z][ -~]{10,98}\n?$/);
    }
    const said = await text('aicrm.markdown', [long]);
    t.match(said, /\n\n\\\*d\\\* d\n\nd\n\n/, 'no markup, and the lines stay in Teams');
    t.match(said, '[Graph](http://prometheus.test/', 'the address is short enough');
    t.match(
      await text('aicrm.markdown', many),
      /- é\\\[x\\\] s+…, CRITICAL since .*\n- … 50 in all\n\n\[Silence all\]/,
    );
    t.match(await text('aicrm.brief', many), /• é\[x\] s+…\n… 50 in all\n?$/);
    t.match(
      await text('aicrm.telegram', [{ ...long, status: 'resolved', summary: 'a is down' }], 'html'),
      /^✅ <b>Resolved: a is down<\/b>\nRESOLVED after 1h, at /,
    );
  },
);
