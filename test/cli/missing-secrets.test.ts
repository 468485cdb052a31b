import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config/load.js';
import { main } from '../support/main-program.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';

// The program starts about twenty times.
t.setTimeout(90_000);

const directory = await mkdtemp(join(tmpdir(), 'missing-secrets-'));
t.teardown(() => rm(directory, { recursive: true, force: true }));

const well = await rawServer((socket) => socket.end(httpAnswer('{"status":"healthy"}')));
t.teardown(() => well.stop());

/** As on a machine with systemd: a user other than root has neither the variable nor the files. */
const file = join(directory, 'monitoring.yml');
await writeFile(
  file,
  `endpoints:
  backend: {url: "http://127.0.0.1:${well.port}/", expect: {json: true}}
  frontend: {url: "http://127.0.0.1:${well.port}/", depends_on: [hidden]}
  database: {url: "postgres://ops@db/crm", auth: {basic: {username: ops, password_file: "\${CREDENTIALS_DIRECTORY}/db"}}}
  cache: {url: "redis://:\${REDIS_PASSWORD}@cache:6379"}
  hidden: \${HIDDEN_URL}
  secured: {url: "https://crm.test", tls: {cert_file: nowhere.crt, key_file: nowhere.key}, headers: {X-Key: "\${API_KEY}"}}
ai_crm: {url: "\${CRM_URL}", login: {username: ops, password_file: nowhere}}
json_sources:
  shop: {url: "https://shop.test/", auth: {bearer: {token: "\${SHOP_TOKEN}"}}, metrics: [{name: shop_things, help: Things., path: $.things}]}
  agents: {url: "https://crm.test/agents", use_login: true, metrics: [{name: shop_others, help: Others., path: $.x}]}
  unclear: {url: "\${UNCLEAR_URL}", metrics: [{name: shop_more, help: More., path: $.x}]}
transactions: {buy: {steps: [{name: look, path: /, auth: {bearer: {token_file: nowhere}}}]}}
alertmanager: {url: "http://127.0.0.1:1", job: crm, auth: {bearer: {token_file: nowhere}}}
alert_channels:
  email: {smtp_server: "\${SMTP_SERVER}", username: ops, password_file: "\${CREDENTIALS_DIRECTORY}/smtp", recipients: [ops@crm.test]}
  slack: {webhook_url: "\${SLACK_URL}"}
maintenance_windows: [{name: nightly, cron: "0 2 * * *", duration: 1h}]
host: {enabled: false}
`,
);
const token = join(directory, 'token');
await writeFile(token, 'abc\n');
await writeFile(join(directory, 'sample.json'), '{"things": 3}');

const run = (...args: readonly string[]) => main([...args, '--config.file', file], { cwd: directory });
const own = ['--alertmanager.token-file', token];
const nobodyThere = /^ai-crm-exporter: no answer of Alertmanager at http:\/\/127\.0\.0\.1:1: connection refused/;

t.test('serve, check and --config.check need every secret, and report all missing ones at once', async (t) => {
  const missing = [
    'CREDENTIALS_DIRECTORY is',
    'REDIS_PASSWORD',
    'HIDDEN_URL',
    'API_KEY',
    'CRM_URL',
    'SHOP_TOKEN',
    'UNCLEAR_URL',
    'SMTP_SERVER',
    'SLACK_URL',
    'cert_file',
    'alertmanager.auth.bearer.token_file',
  ];
  for (const [args, exitCode] of [
    [['serve'], 1],
    [['check'], 3],
    [['--config.check'], 1],
  ] as const) {
    const ended = await run(...args);
    t.equal(ended.exitCode, exitCode);
    for (const word of missing) t.match(ended.stderr, word, `${args.join(' ')}: ${word}`);
  }
});

t.test('maintenance needs only the secret of Alertmanager, not those of probes, channels and AI-CRM', async (t) => {
  const start = await run('maintenance', 'start', '--component', 'backend', 'hidden', '--for', '1h', ...own);
  t.match(start, { exitCode: 1, stderr: nobodyThere }, 'also for a component whose whole address is a secret');
  t.match(await run('maintenance', 'stop', '--component', 'database', ...own), { exitCode: 1, stderr: nobodyThere });
  t.match(await run('maintenance', 'list', ...own), { exitCode: 1, stdout: /nightly/, stderr: nobodyThere });
  t.match(await run('maintenance', 'start', '--component', 'hiden', '--for', '1h', ...own), {
    exitCode: 2,
    stderr: /did you mean "hidden"\?/,
  });
});

t.test('without credentials on the command line, the secret of Alertmanager is needed', async (t) => {
  const { stderr, exitCode } = await run('maintenance', 'start', '--component', 'backend', '--for', '1h');
  t.equal(exitCode, 1);
  t.match(
    stderr,
    /^ai-crm-exporter: \S+monitoring\.yml:14:\d+ alertmanager\.auth\.bearer\.token_file: must be the name of a file that exists, not "nowhere"\n$/,
  );
});

t.test('notify-test needs no secret of a channel, alertmanager-config only those of channels', async (t) => {
  t.match(await run('notify-test', ...own), { exitCode: 2, stderr: nobodyThere });
  const { stderr, exitCode } = await run('alertmanager-config');
  t.equal(exitCode, 1);
  t.same(
    [...stderr.matchAll(/^(?:ai-crm-exporter: )?\S+monitoring\.yml:\d+:\d+ (\S+): /gm)].map(([, path]) => path),
    ['alert_channels.email.smtp_server', 'alert_channels.email.password_file', 'alert_channels.slack.webhook_url'],
  );
});

t.test('map needs no secret, and names a missing one if the source depends on it', async (t) => {
  t.match(await run('map', '--source', 'shop', '--file', 'sample.json'), {
    exitCode: 0,
    stdout: /^shop_things 3$/m,
    stderr: '',
  });
  t.match(await run('map', '--source', 'unclear', '--file', 'sample.json'), {
    exitCode: 1,
    stderr: /json_sources\.unclear\.url: environment variable UNCLEAR_URL is not set\n$/,
  });
  t.match(await run('map', '--source', 'shopp', '--file', 'sample.json'), {
    exitCode: 2,
    stderr: /there is no source "shopp"/,
  });
});

t.test('status needs addresses only', async (t) => {
  const { stdout } = await run(
    'status',
    '--without',
    'prometheus',
    'grafana',
    '--exporter.url',
    'http://127.0.0.1:1',
    ...own,
  );
  t.match(stdout, 'http://127.0.0.1:1');
  t.notMatch(stdout, /environment variable|--config\.check/);
});

t.test('check --component needs only the secrets of these components', async (t) => {
  t.match(await run('check', '--component', 'backend'), { exitCode: 0, stdout: /^backend: HEALTHY/ });
  const two = await run('check', '--component', 'backend', 'cache');
  t.match(two, {
    exitCode: 3,
    stderr: /^ai-crm-exporter: \S+ endpoints\.cache\.url: environment variable REDIS_PASSWORD is not set\n$/,
  });
});

t.test('other errors are reported, also in parts that the command does not use', async (t) => {
  const broken = join(directory, 'broken.yml');
  await writeFile(
    broken,
    'endpoints:\n  backend: {url: "http://a", intervall: 5}\n  other: {url: "http://b", auth: {bearer: {token: "${"}}}\n  third: {url: "http://c", auth: {bearer: {token: "${TOKEN}"}}}\n',
  );
  const { stderr } = await main(['maintenance', 'start', '--all', '--for', '1h', '--config.file', broken]);
  t.match(stderr, /endpoints\.backend\.intervall: unknown key/);
  t.match(stderr, /endpoints\.other\.auth\.bearer\.token: "\$\{" must be followed by/);
  t.notMatch(stderr, 'third');
});

t.test('only the parts with missing secrets are left out of the configuration', async (t) => {
  const config = await loadConfig(file, { environment: {}, directory, needs: () => false });
  t.same(config.componentNames, ['backend', 'frontend', 'database', 'cache', 'hidden', 'secured']);
  t.notOk(config.components.some(({ name }) => name === 'hidden'));
  t.same(
    config.maintenanceWindows.map(({ name }) => name),
    ['nightly'],
  );
  const whole = await loadConfig(file, {
    environment: { CREDENTIALS_DIRECTORY: directory, HIDDEN_URL: 'http://h' },
    directory,
    needs: () => false,
  });
  t.ok(
    whole.components.some(({ name }) => name === 'hidden'),
    'existing secrets are used',
  );
});
