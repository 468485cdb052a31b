import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../support/main-program.js';

const config = `alert_channels:
  email: {smtp_server: mail.test, username: bot, password: s3cret-smtp, recipients: [a@crm.test]}
  webhook: {url: "https://hooks.test/s3cret-url", headers: {Authorization: "Bearer \${TOKEN}"}}
  console: false
`;
const environment = { TOKEN: 's3cret-token' };

t.test('writes configuration, templates and secrets, which only their owner may read', async (t) => {
  const cwd = t.testdir({ 'monitoring.yml': config });
  const output = join(cwd, 'am');
  // Existing files are replaced, whatever their mode.
  await mkdir(join(output, 'secrets'), { recursive: true });
  await writeFile(join(output, 'secrets/email_password'), 'old');
  await chmod(join(output, 'secrets/email_password'), 0o644);
  const { exitCode, stdout, stderr } = await main(
    ['alertmanager-config', '--output.dir', 'am', '--alertmanager.dir', '/etc/am'],
    { cwd, environment },
  );
  t.same([exitCode, stderr], [0, '']);
  t.notMatch(stdout, 's3cret');
  t.same(
    stdout.trim().split('\n').sort(),
    [
      'alertmanager.yml',
      'secrets/email_password',
      'secrets/webhook_authorization',
      'secrets/webhook_url',
      'templates/aicrm.tmpl',
      'templates/email.tmpl',
      'templates/services.tmpl',
      'templates/slack.tmpl',
    ].map((file) => join(output, file)),
    'it lists the written files',
  );
  const mode = async (file: string) => ((await stat(join(output, file))).mode & 0o777).toString(8);
  for (const name of ['email_password', 'webhook_authorization', 'webhook_url'])
    t.equal(await mode(`secrets/${name}`), '600');
  t.same(
    [await mode('secrets'), await mode('alertmanager.yml'), await mode('templates/email.tmpl')],
    ['700', '644', '644'],
  );
  t.equal(
    await readFile(join(output, 'secrets/email_password'), 'utf8'),
    's3cret-smtp',
    'without a line end, which Alertmanager 0.25 would take for a part of it',
  );
  t.equal(await readFile(join(output, 'secrets/webhook_authorization'), 'utf8'), 's3cret-token');
  const text = await readFile(join(output, 'alertmanager.yml'), 'utf8');
  t.notMatch(text, 's3cret');
  t.match(text, 'auth_password_file: /etc/am/secrets/email_password');
  for (const folder of ['', 'secrets', 'templates'])
    t.notOk(
      (await readdir(join(output, folder))).some((name) => /-/.test(name)),
      'nothing half written is left',
    );

  t.match(
    await main(['alertmanager-config', '--output.dir', 'am', '--alertmanager.version', '0.25'], { cwd, environment }),
    { exitCode: 0 },
  );
  t.match(await readFile(join(output, 'alertmanager.yml'), 'utf8'), 'url: https://hooks.test/s3cret-url');
  t.equal(await mode('alertmanager.yml'), '600', 'a configuration that contains a secret has the mode of a secret');
});

t.test('prints the configuration without secrets', async (t) => {
  const cwd = t.testdir({ 'monitoring.yml': config });
  const { exitCode, stdout, stderr } = await main(['alertmanager-config'], { cwd, environment });
  t.equal(exitCode, 0);
  t.match(stdout, /^# Configuration of Alertmanager[^]*url_file: \/etc\/alertmanager\/secrets\/webhook_url\n/);
  t.equal(
    stderr,
    'secrets are not printed; --output.dir writes them: /etc/alertmanager/secrets/email_password, /etc/alertmanager/secrets/webhook_authorization, /etc/alertmanager/secrets/webhook_url\n',
  );
  t.notMatch(stdout + stderr, 's3cret');
  t.match(await main(['alertmanager-config', '--alertmanager.version', '0.25'], { cwd, environment }), {
    exitCode: 2,
    stdout: '',
    stderr:
      'ai-crm-exporter: Alertmanager 0.25 reads the secrets of webhook only from its configuration, and secrets are never printed: use --output.dir\n',
  });
});

t.test('reports a failure in one line', async (t) => {
  const cwd = t.testdir({
    'monitoring.yml': 'retries: many\n',
    'sound.yml': '',
    file: '',
    'tokens.yml': 'alert_channels: {webhook: {url: "http://a", headers: {X-Key: s3cret}}}',
  });
  const answers: readonly (readonly [args: readonly string[], exitCode: number, stderr: string])[] = [
    [[], 1, `ai-crm-exporter: ${join(cwd, 'monitoring.yml')}:1:10 retries: must be a whole number, not "many"\n`],
    [['--config.file', 'none.yml'], 1, 'ai-crm-exporter: none.yml: no such file\n'],
    [
      ['--config.file', 'sound.yml', '--output.dir', 'a/b'],
      1,
      `ai-crm-exporter: ${join(cwd, 'a/b')}: its parent folder does not exist; create it first\n`,
    ],
    [
      ['--config.file', 'sound.yml', '--output.dir', 'file'],
      1,
      `ai-crm-exporter: ${join(cwd, 'file')}: a part of the path is a file instead of a folder; choose another path\n`,
    ],
    [
      ['--config.file', 'sound.yml', '--alertmanager.dir', 'am'],
      2,
      'ai-crm-exporter: --alertmanager.dir must be an absolute path, not "am"\n',
    ],
    [
      ['--config.file', 'sound.yml', '--alertmanager.version', 'new'],
      2,
      'ai-crm-exporter: --alertmanager.version must be a version such as 0.34, not "new"\n',
    ],
    [
      ['--config.file', 'tokens.yml', '--alertmanager.version', '0.25'],
      1,
      'ai-crm-exporter: alert_channels.webhook.headers.x-key: Alertmanager 0.25 can send only the header Authorization; other headers need 0.28 or later\n',
    ],
  ];
  for (const [args, exitCode, stderr] of answers)
    t.same(await main(['alertmanager-config', ...args], { cwd }), { exitCode, stdout: '', stderr });
  t.match(await main(['alertmanager-config', '--config.file', 'sound.yml', '--output.dir', 'new'], { cwd }), {
    exitCode: 0,
    stderr: '',
  });
  t.same(
    (await readdir(join(cwd, 'new'))).sort(),
    ['alertmanager.yml', 'templates'],
    'without secrets there is no folder for them',
  );
});
