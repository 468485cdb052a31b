import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { type NotifyTestOptions, notifyTest } from '../../src/cli/notify-test.js';
import { answeringProgram } from '../support/answering-program.js';
import { surroundings } from '../support/surroundings.js';

/** The receivers of an Alertmanager. */
const everyReceiver = [
  { name: 'slack', slack_configs: [{}] },
  { name: 'webhook', webhook_configs: [{ url: 'http://hook.example/' }] },
  { name: 'console', webhook_configs: [{ url: 'http://exporter.example/alerts' }] },
  { name: 'watchdog', webhook_configs: [{ url: 'http://switch.example/' }] },
];

interface World {
  readonly settings?: string;
  readonly receivers?: readonly object[];
  /** The receivers that get an alert for this channel. */
  readonly routes?: (channel: string) => readonly string[];
  readonly options?: Partial<NotifyTestOptions>;
}

/** Runs `notify-test` with an Alertmanager that delivers at once. Its channels, what was printed, and the exit code. */
async function tested(
  t: Test,
  { settings = '', receivers = everyReceiver, routes = (channel) => [channel], options = {} }: World,
) {
  const counts = new Map<string, number>();
  const labels: Record<string, string>[] = [];
  const { url } = await answeringProgram(t, ({ method, path, body }) => {
    if (path === '/api/v2/status')
      return { versionInfo: { version: '0.34.0' }, config: { original: stringify({ receivers }) } };
    if (path === '/metrics')
      return `# TYPE x counter\n${[...counts].map(([key, count]) => `alertmanager_notification_requests_total{${key}} ${count}\n`).join('')}`;
    if (path !== '/api/v2/alerts') return undefined;
    const channel = labels.at(-1)?.['channel'] ?? '';
    if (method === 'GET') return [{ receivers: routes(channel).map((name) => ({ name })), status: {} }];
    const [alert] = JSON.parse(body) as [{ labels: Record<string, string>; endsAt: string }];
    if (Date.parse(alert.endsAt) <= Date.now()) return {};
    labels.push(alert.labels);
    for (const name of routes(alert.labels['channel'] ?? '')) {
      const integration = name === 'slack' ? 'slack' : 'webhook';
      const key = `integration="${integration}",receiver_name="${name}"`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return {};
  });
  const directory = t.testdir({ 'monitoring.yml': `endpoints: {}\nalertmanager: {url: "${url}"}\n${settings}` });
  const process = surroundings(directory);
  const exitCode = await notifyTest({ severity: 'critical', timeout: '2s', ...options } as NotifyTestOptions, process);
  return { exitCode, labels, channels: labels.map(({ channel }) => channel), url, ...process };
}

t.test(
  'without channels in the configuration those of Alertmanager are tested, but not the dead man’s switch',
  async (t) => {
    const { exitCode, channels, printed, complained, url } = await tested(t, {});
    t.same(channels, ['slack', 'webhook', 'console']);
    t.equal(
      printed(),
      `AiCrmNotifyTest with severity critical to Alertmanager 0.34.0 at ${url}\nslack    delivered\nwebhook  delivered\nconsole  delivered\n`,
    );
    t.equal(complained(), '');
    t.equal(exitCode, 0);
  },
);

t.test('the enabled channels of the configuration are tested, and their secrets are not needed', async (t) => {
  const settings = `alert_channels:
  slack: {webhook_url_file: gone}
  webhook: {enabled: false, url: "http://hook.example/"}
  watchdog: {url: "http://switch.example/"}
`;
  t.match(await tested(t, { settings }), { exitCode: 0, channels: ['slack'] });
  const other = { 'config.file': 'other.yml' };
  const missing = await tested(t, { settings, options: other });
  t.match(missing, { exitCode: 2, channels: [] });
  t.match(missing.complained(), /^ai-crm-exporter: other\.yml: no such file\n$/);
});

t.test('--channel names the channels to test, each once; an unknown one is an error with the known ones', async (t) => {
  const named = (channel: readonly string[], world: World = {}) => tested(t, { ...world, options: { channel } });
  t.match(await named(['console', 'webhook', 'console']), { exitCode: 0, channels: ['console', 'webhook'] });
  const unknown = await named(['slack', 'x'.repeat(70)]);
  t.match(unknown, { exitCode: 2, channels: [] });
  t.equal(
    unknown.complained(),
    `ai-crm-exporter: --channel: there is no channel "${'x'.repeat(64)}"; use one of slack, webhook, console\n`,
  );
  t.match(
    (await named(['slack'], { receivers: [] })).complained(),
    /there is no channel "slack"; alert_channels has none\n$/,
  );
});

t.test('without any channel there is nothing to test', async (t) => {
  const none = await tested(t, { receivers: [] });
  t.equal(none.exitCode, 2);
  t.match(
    none.complained(),
    /^ai-crm-exporter: there is no channel to test: neither alert_channels nor the receivers of Alertmanager have one\n$/,
  );
});

t.test('one alert that reaches several channels tests them all', async (t) => {
  const { exitCode, channels, printed } = await tested(t, { routes: () => ['slack', 'webhook', 'console'] });
  t.same(channels, ['slack']);
  t.match(printed(), /\nslack {4}delivered\nwebhook {2}delivered\nconsole {2}delivered\n$/);
  t.equal(exitCode, 0);
});

t.test('a channel that gets nothing makes the exit code 1, and the others are tested all the same', async (t) => {
  const routes = (channel: string) => (channel === 'webhook' ? ['nobody'] : [channel]);
  const { exitCode, channels, printed } = await tested(t, { routes });
  t.same(channels, ['slack', 'webhook', 'console']);
  t.match(
    printed(),
    /\nslack {4}delivered\nwebhook {2}not routed: the alert went to nobody; .*\nconsole {2}delivered\n$/,
  );
  t.equal(exitCode, 1);
});

t.test(
  'the alert has the severity and labels of the flags, and a wrong flag is refused before any alert',
  async (t) => {
    const flags = { severity: 'warning', label: ['namespace=crm'], channel: ['slack'] } as const;
    const { labels, printed } = await tested(t, { options: flags });
    t.match(labels, [{ severity: 'warning', namespace: 'crm', channel: 'slack' }]);
    t.match(printed(), 'AiCrmNotifyTest with severity warning to');
    for (const options of [
      { timeout: '0s' },
      { timeout: '2h' },
      { label: ['a'] },
      { 'alertmanager.log': 'gone.log' },
    ]) {
      const refused = await tested(t, { options });
      t.match(refused, { exitCode: 2, channels: [] }, JSON.stringify(options));
      t.match(refused.complained(), /^ai-crm-exporter: .+\n$/);
    }
  },
);
