import { chmod, chown, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import t from 'tap';
import { ask } from './support/ask.js';
import { type ComposeService, readCompose, readEnvironmentFile } from './support/compose.js';
import { main, startMain } from './support/main-program.js';
import { asNobody, isRoot, nobody, openFolder } from './support/nobody.js';
import { missing, run, start } from './support/programs.js';
import { closedPort } from './support/raw-server.js';
import { until } from './support/until.js';

const { services } = await readCompose();
const service = (name: string): ComposeService => services[name] ?? (t.fail(`there is no service ${name}`) as never);
const usualConfig = '/etc/ai-crm-exporter';

/** All files of the containers, in a folder of this machine by container path. */
const root = await openFolder('compose-');
t.teardown(() => rm(root, { recursive: true, force: true }));
const here = (path: string) => join(root, path);
/** A command of the file, with container paths moved below the root of this test. */
const moved = (args: readonly string[] = []) =>
  args.map((argument) =>
    argument.replace(
      /(^|=)(\/(?:etc|var|run|prometheus|alertmanager)\b)/g,
      (_whole, before: string, path: string) => `${before}${here(path)}`,
    ),
  );
/** The variables of the file that name the configuration of a service. */
const configured = (name: string, among = services) => ({
  AICRM_CONFIG_FILE: here(among[name]?.environment?.['AICRM_CONFIG_FILE'] ?? 'nowhere'),
});

await cp('deploy/compose', here(usualConfig), { recursive: true });
// A developer may have a running stack with secrets.
await rm(here(`${usualConfig}/secrets`), { recursive: true });
await mkdir(here(`${usualConfig}/secrets`));
await cp('prometheus', here('/etc/prometheus'), { recursive: true });
// As in a fresh clone after the steps of the guide.
run('chmod', ['-R', 'a+rX', root]);
await writeFile(
  here('/etc/prometheus/prometheus.yml'),
  (await readFile('prometheus/prometheus.yml', 'utf8')).replaceAll('/etc/prometheus', here('/etc/prometheus')),
);
for (const folder of [
  '/var/lib/ai-crm-exporter/alertmanager',
  '/var/lib/ai-crm-exporter/grafana-admin',
  '/prometheus',
  '/alertmanager',
])
  await mkdir(here(folder), { recursive: true });

t.test('the exporter takes its command and its configuration as they are', async (t) => {
  const { exitCode, stdout, stderr } = await main([...moved(service('exporter').command), '--config.check'], {
    cwd: here('/etc'),
    environment: configured('exporter'),
  });
  t.match({ exitCode, stdout, stderr }, { exitCode: 0, stdout: /monitoring\.yml: ok, 2 components\n$/, stderr: '' });
});

/** Runs the one-shot service as the stack does. Its output folder becomes the folder of Alertmanager. */
const render = (environment: NodeJS.ProcessEnv = {}, configFile = 'monitoring.yml') =>
  main(
    moved(service('alertmanager-config').command).map((argument) =>
      argument.replace(/^--alertmanager\.dir=.*/, '--alertmanager.dir=/etc/alertmanager'),
    ),
    {
      cwd: here('/etc'),
      environment: {
        ...environment,
        AICRM_CONFIG_FILE: configured('alertmanager-config').AICRM_CONFIG_FILE.replace(/monitoring\.yml$/, configFile),
      },
    },
  );

t.test(
  'the configuration of Alertmanager is made from monitoring.yml, and Alertmanager accepts it',
  { skip: missing('amtool') },
  async (t) => {
    t.match(await render(), { exitCode: 0, stderr: '' });
    const file = here('/var/lib/ai-crm-exporter/alertmanager/alertmanager.yml');
    t.match(run('amtool', ['check-config', file]), { exitCode: 0, stdout: /SUCCESS/ });
    t.match(await readFile(file, 'utf8'), 'url: http://exporter:10059/alerts');
    t.match(
      service('alertmanager').command,
      { 0: '--config.file=/etc/alertmanager/alertmanager.yml' },
      'this is its mount path',
    );
  },
);

t.test('secrets are at the path that Alertmanager knows, and only its user may read them', async (t) => {
  await writeFile(here(`${usualConfig}/secrets/slack_url`), 'https://hooks.test/s3cret\n');
  await writeFile(
    here(`${usualConfig}/secret.yml`),
    'alert_channels: {slack: {webhook_url_file: secrets/slack_url}, email: {smtp_server: mail.test, username: bot, password: "${SMTP_PASSWORD}", recipients: [a@crm.test]}}\n',
  );
  t.match(await render({ SMTP_PASSWORD: 's3cret' }, 'secret.yml'), { exitCode: 0, stderr: '' });
  const folder = here('/var/lib/ai-crm-exporter/alertmanager');
  const text = await readFile(join(folder, 'alertmanager.yml'), 'utf8');
  const files = [...text.matchAll(/\S*_file: (\S+)/g)].map(([, path = '']) => path);
  t.equal(files.length, 2, text);
  for (const path of files) {
    t.ok(path.startsWith('/etc/alertmanager/secrets/'), path);
    t.equal((await stat(path.replace('/etc/alertmanager', folder))).mode & 0o777, 0o600, path);
  }
  t.notMatch(text, 's3cret');
  t.equal(service('alertmanager-config').user, service('alertmanager').user);
  t.match(await render({}, 'secret.yml'), {
    exitCode: 1,
    stderr: /secret\.yml:1:\d+ alert_channels\.email\.password: environment variable SMTP_PASSWORD is not set\n$/,
  });
  await rm(here(`${usualConfig}/secrets/slack_url`));
  t.match(await render({ SMTP_PASSWORD: 's3cret' }, 'secret.yml'), { exitCode: 1, stderr: /slack_url/ });
  t.match(await render(), { exitCode: 0 });
});

for (const [name, program, path] of [
  ['prometheus', 'prometheus', '/-/ready'],
  ['alertmanager', 'prometheus-alertmanager', '/-/ready'],
] as const) {
  const tool = service(name).healthcheck?.test?.[1]?.replace('/bin/', '') ?? '';
  t.test(
    `${name} takes its flags and files, and its health check shows whether it runs`,
    { skip: missing(program) || missing(tool) },
    async (t) => {
      const port = await closedPort();
      await cp(here('/var/lib/ai-crm-exporter/alertmanager'), here('/etc/alertmanager'), { recursive: true });
      const check = (service(name).healthcheck?.test ?? [])
        .slice(2)
        .map((argument) => argument.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
      const healthy = () => run(tool, check).exitCode === 0;
      t.notOk(healthy(), 'it does not run yet');
      const running = start(program, [...moved(service(name).command), `--web.listen-address=127.0.0.1:${port}`], {
        cwd: root,
      });
      t.teardown(() => running.stop());
      let hasEnded = false;
      void running.exitCode.then(() => (hasEnded = true));
      await until(
        `${name} is ready`,
        async () => hasEnded || (await ask(`http://127.0.0.1:${port}${path}`).catch(() => undefined))?.status === 200,
        30,
      );
      t.notOk(hasEnded, running.output());
      t.ok(healthy());
    },
  );
}

t.test('the demo watches everything that its simulated AI-CRM has, and all of it is up', async (t) => {
  const demo = await readCompose(await readEnvironmentFile('deploy/compose/demo.env'));
  t.match(await readFile('deploy/compose/demo.env', 'utf8'), /^COMPOSE_PROFILES=demo$/m);
  const crm = demo.services['crm'];
  t.same(crm?.profiles, ['demo']);
  // A container has its own ports and name. Here both must be replaced.
  const simulation = startMain([
    ...(crm?.command ?? []).map((argument) => argument.replace('0.0.0.0', '127.0.0.1')),
    '--port.base=0',
  ]);
  t.teardown(() => simulation.stop());
  const usual: Readonly<Record<string, number>> = {
    backend: 8000,
    frontend: 3000,
    monitoring: 5000,
    postgres: 5432,
    redis: 6379,
  };
  const places = () =>
    new Map(
      [...simulation.output().matchAll(/^(\w+) +\w+:\/\/[\w.]+:(\d+)$/gm)].map(([, name = '', port = '']) => [
        name,
        port,
      ]),
    );
  await until('it says where its services are', () => places().has('control'), 20);
  const pageCheck = (crm?.healthcheck?.test ?? [])
    .slice(1)
    .map((argument) => argument.replace(':8001/', `:${places().get('control')}/`));
  t.equal(run(pageCheck[0] ?? '', pageCheck.slice(1)).exitCode, 0, 'its health check');

  const file = here(`${usualConfig}/demo.yml`);
  for (const name of ['exporter', 'alertmanager-config'])
    t.equal(configured(name, demo.services).AICRM_CONFIG_FILE, file, name);
  const moves = (text: string) =>
    Object.entries(usual).reduce(
      (moved, [name, port]) => moved.replaceAll(`//crm:${port}`, `//127.0.0.1:${places().get(name)}`),
      text,
    );
  const text = moves(await readFile(file, 'utf8'));
  t.notMatch(text, '//crm:', 'every port is one that the simulation has');
  await writeFile(file, text.replace('rootfs: /host', 'rootfs: /').replace(/^alertmanager:\n.*\n/m, ''));
  const { stdout } = await main(['check', '--json'], {
    cwd: here('/etc'),
    environment: configured('exporter', demo.services),
  });
  const report = JSON.parse(stdout) as {
    readonly components: readonly { readonly name: string; readonly reading: { readonly up: boolean } }[];
  };
  t.equal(report.components.length, 7);
  for (const { name, reading } of report.components) t.equal(reading.up, true, name);
});

t.test('the password of Grafana', async (t) => {
  const [given = '', kept = ''] = moved(service('grafana-password').command);
  const [shell = 'sh', script = ''] = moved(service('grafana-password').entrypoint ?? []);
  // Root may read everything. To test a refusal, the command runs as the user of the container.
  const [program, ...args] = asNobody([shell, script, given, kept], { PATH: process.env['PATH'] }, 0);
  const decide = () => run(program, args);
  const password = () => readFile(kept, 'utf8');
  const quiet = { exitCode: 0, stdout: '', stderr: '' };
  if (isRoot) await chown(resolve(kept, '..'), nobody, 0);

  await t.test('is random if none is given, is kept, and its place is printed once', async (t) => {
    t.same(decide(), {
      ...quiet,
      stdout:
        "grafana-password: made a password for Grafana's user admin; read it with: docker compose exec grafana cat /run/grafana-admin/password\n",
    });
    const first = await password();
    t.match(first, /^[\w-]{32}\n$/);
    t.equal((await stat(kept)).mode & 0o777, 0o440, 'Grafana reads it through its group');
    t.same(decide(), quiet);
    t.equal(await password(), first);
    const grafana = service('grafana');
    t.equal(grafana.environment?.['GF_SECURITY_ADMIN_PASSWORD__FILE'], '/run/grafana-admin/password');
    t.equal(grafana.user?.split(':')[1], service('grafana-password').user?.split(':')[1], 'its group');
    await rm(kept);
    decide();
    t.not(await password(), first, 'another stack gets another password');
  });

  await t.test('is the given one; a change is reported, since Grafana takes it only at its first start', async (t) => {
    await rm(kept);
    await writeFile(given, 'open sesame\n');
    t.same(decide(), quiet);
    t.equal(await password(), 'open sesame\n');
    t.same(decide(), quiet);
    await writeFile(given, 'another\n');
    t.match(decide(), {
      exitCode: 0,
      stdout: /^grafana-password: the password has changed, but Grafana keeps .*\n$/,
      stderr: '',
    });
    t.equal(await password(), 'another\n');
    t.match(await readFile('docs/docker.md', 'utf8'), /^## Passwords and secrets$/m, 'the message names this section');
    t.same(await readdir(resolve(kept, '..')), ['password'], 'nothing half written is left');
  });

  await t.test('is refused in one line if its file is empty, not a file, or not readable', async (t) => {
    const refused = (reason: RegExp) =>
      t.match(decide(), {
        exitCode: 1,
        stdout: '',
        stderr: new RegExp(`^grafana-password: \\S+ ${reason.source}[^\\n]*\\n$`),
      });
    await writeFile(given, ' \n');
    refused(/is empty: /);
    await chmod(given, 0o000);
    refused(/cannot be read by user \d+: /);
    await chmod(resolve(given, '..'), 0o600);
    refused(/cannot be entered by user \d+: /);
    await chmod(resolve(given, '..'), 0o755);
    await rm(given, { force: true });
    await mkdir(given);
    refused(/is not a file: /);
    t.equal(await password(), 'another\n', 'the earlier password stays');
  });
});
