import t from 'tap';
import { ExporterError } from '../../src/base/errors.js';
import type { ProgramConfig } from '../../src/config/sections/programs-section.js';
import {
  accessTo,
  alertmanagerNeeds,
  askStatus,
  createSilence,
  durationFlag,
  expireSilence,
  listSilences,
  readReceivers,
  timeOf,
} from '../../src/stack/alertmanager-api.js';
import { answeringProgram } from '../support/answering-program.js';
import { httpSettings } from '../support/config.js';

const from = { environment: {}, directory: '.' };
const configured: ProgramConfig = {
  url: 'http://mail:9093',
  intervalSeconds: 60,
  timeoutSeconds: 30,
  http: httpSettings(),
};

t.test('access to Alertmanager has at least ten seconds, and the job of the configuration', async (t) => {
  t.strictSame(await accessTo({}, undefined, from), {
    name: 'Alertmanager',
    flag: 'alertmanager',
    url: 'http://localhost:9093',
    timeoutSeconds: 10,
  });
  t.match(await accessTo({}, { ...configured, job: 'crm' }, from), {
    url: 'http://mail:9093',
    timeoutSeconds: 30,
    job: 'crm',
  });
  t.equal((await accessTo({}, { ...configured, timeoutSeconds: 2 }, from)).timeoutSeconds, 10);
  const directory = t.testdir({ password: 'p\n', token: 't\n' });
  const flags = {
    'alertmanager.url': 'http://other:1/',
    'alertmanager.username': 'u',
    'alertmanager.passwordFile': 'password',
  };
  t.match(await accessTo(flags, configured, { ...from, directory }), {
    url: 'http://other:1',
    auth: { kind: 'basic', username: 'u' },
  });
  t.match(await accessTo({ 'alertmanager.tokenFile': 'token' }, undefined, { ...from, directory }), {
    auth: { kind: 'bearer' },
  });
});

t.test('a command needs the credentials of the configuration only without those of a flag', async (t) => {
  const needed = (options: Parameters<typeof alertmanagerNeeds>[0]) =>
    [
      ['alertmanager', 'url'],
      ['alertmanager', 'auth'],
      ['alertmanager', 'headers'],
      ['alertmanager', 'tls'],
      ['endpoints', 'auth'],
    ]
      .filter((path) => alertmanagerNeeds(options)(path))
      .map((path) => path[1]);
  t.strictSame(needed({}), ['url', 'auth', 'headers', 'tls']);
  for (const flag of ['alertmanager.url', 'alertmanager.username', 'alertmanager.tokenFile'])
    t.strictSame(needed({ [flag]: 'x' }), ['url'], flag);
});

t.test('a duration of a flag has limits, which are allowed', async (t) => {
  const read = (text: string) => {
    try {
      return durationFlag('--for', text, { minimum: 60, maximum: 7200 });
    } catch (error) {
      if (!(error instanceof ExporterError)) throw error;
      return `${error.code}: ${error.message}`;
    }
  };
  t.strictSame(['1m', '2h', '1h30m'].map(read), [60, 7200, 5400]);
  t.equal(read('soon'), 'usage: --for must be a duration such as 30s, 2h or 1h30m, not "soon"');
  for (const text of ['59s', '3h']) t.equal(read(text), `usage: --for must be between 1m and 2h, not "${text}"`);
});

const silence = {
  matchers: [{ name: 'component', value: 'redis', isRegex: false, isEqual: true }],
  startsAtSeconds: 1_795_000_000,
  endsAtSeconds: 1_795_000_060.5,
  createdBy: 'me',
  comment: 'c',
};

t.test('silences are listed, created and ended', async (t) => {
  const { client, questions } = await answeringProgram(t, ({ method, path }) => {
    if (path === '/api/v2/silence/a%2Fb') return '';
    if (path !== '/api/v2/silences') return undefined;
    return method === 'POST'
      ? { silenceID: 'new' }
      : [
          {
            ...silence,
            id: 's',
            status: { state: 'active' },
            startsAt: '2026-11-18T11:06:40Z',
            endsAt: '2026-11-18T11:07:40.5Z',
          },
        ];
  });
  t.strictSame(await listSilences(client), [{ id: 's', ...silence }]);
  const withMore = { ...silence, matchers: silence.matchers.map((matcher) => ({ ...matcher, other: 1 })) };
  t.equal(await createSilence(client, withMore), 'new');
  t.same(JSON.parse(questions[1]?.body ?? ''), {
    matchers: silence.matchers,
    startsAt: '2026-11-18T11:06:40.000Z',
    endsAt: '2026-11-18T11:07:40.500Z',
    createdBy: 'me',
    comment: 'c',
  });
  await expireSilence(client, 'a/b');
  t.strictSame(
    questions.map(({ method }) => method),
    ['GET', 'POST', 'DELETE'],
  );
  t.equal(timeOf(0.25), '1970-01-01T00:00:00.250Z');
});

t.test('another program instead of Alertmanager is recognised', async (t) => {
  const { client, url } = await answeringProgram(t, () => ({ status: 'success' }));
  const code = 'program_failed';
  await t.rejects(listSilences(client), {
    code,
    message: `${url}: the answer is not a list of silences; check --alertmanager.url`,
  });
  await t.rejects(createSilence(client, silence), {
    code,
    message: `${url}: the answer does not have the id of the new silence; check with "maintenance list"`,
  });
  await t.rejects(askStatus(client), {
    code,
    message: `${url}: the answer is not the status of an Alertmanager; check --alertmanager.url`,
  });
});

t.test('the status has the version and the receivers of the configuration', async (t) => {
  const config = { original: 'receivers: [{name: team, email_configs: [{to: a}]}, {name: nobody}]\n' };
  let versionInfo: object | undefined = { version: '0.28.0' };
  const { client } = await answeringProgram(t, ({ path }) =>
    path === '/api/v2/status' ? { versionInfo, config } : undefined,
  );
  const receivers = new Map([
    ['team', [{ channel: 'email', integration: 'email' }]],
    ['nobody', []],
  ]);
  t.strictSame(await askStatus(client), { version: '0.28.0', receivers });
  versionInfo = undefined;
  t.strictSame(await askStatus(client), { version: 'unknown', receivers });
});

t.test('the channels of receivers that were written by hand are recognised', async (t) => {
  const receivers = readReceivers({
    receivers: [
      {
        name: 'team',
        email_configs: [{}],
        webhook_configs: [{ url: 'http://exporter:10059/alerts' }, { url: '<secret>' }],
        pagerduty_configs: [{}],
      },
      { name: 'watchdog', webhook_configs: [{ url: '<secret>' }] },
      7,
    ],
  });
  t.strictSame(
    receivers.get('team')?.map((way) => way.channel),
    ['email', 'console', 'webhook', 'pagerduty'],
  );
  t.strictSame(receivers.get('watchdog'), [{ channel: 'watchdog', integration: 'webhook' }]);
  t.equal(readReceivers('nonsense').size, 0);
});

t.test('the receivers of "alertmanager-config" have the names of their channels, also in a fragment', async (t) => {
  const channelsOf = (name: string, key: string, config: unknown = {}) =>
    readReceivers({ receivers: [{ name, [key]: [config] }] })
      .get(name)
      ?.map(({ channel }) => channel);
  t.strictSame(channelsOf('slack_ops', 'slack_configs'), ['slack_ops']);
  t.strictSame(channelsOf('ai-crm-slack_ops', 'slack_configs'), ['slack_ops']);
  t.strictSame(channelsOf('console', 'webhook_configs'), ['console']);
  t.strictSame(channelsOf('slack_ops', 'email_configs'), ['email'], 'another integration');
  t.strictSame(channelsOf('team', 'email_configs', { url: 'http://e/alerts' }), ['email']);
  t.strictSame(channelsOf('team', 'webhook_configs', { url: 'http://e/hook' }), ['webhook']);
  t.strictSame(channelsOf('team', 'webhook_configs', { url: 'http://e/crm/alerts' }), ['console'], 'behind a proxy');
  t.strictSame(channelsOf('team', 'webhook_configs', 7), ['webhook']);
  const receivers = readReceivers({
    receivers: [{ email_configs: [{}] }, { name: 'a', email_configs: 7, x_configsy: [{}] }],
  });
  t.strictSame([...receivers], [['a', []]], 'what is no list of integrations is no channel');
});
