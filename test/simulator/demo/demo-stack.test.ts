import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { prepareGrafana } from '../../../simulator/demo/demo-grafana.js';
import { preparePrometheus } from '../../../simulator/demo/demo-monitoring.js';
import { ask } from '../../support/ask.js';
import { cleanEnvironment, missing, start } from '../../support/programs.js';
import { until } from '../../support/until.js';

/** For waits of half a minute while five other tests run. */
const patienceSeconds = 90;

t.setTimeout(240_000);

const skip = missing('prometheus') || missing('prometheus-alertmanager');

/** The demo command that follows, with its own folder for temporary files. `path` replaces PATH. */
async function demo(
  t: Test,
  options: { readonly program?: string; readonly path?: string; readonly args?: readonly string[] } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'demo-'));
  const args = [
    options.program ?? 'dist/main.js',
    'demo',
    '--web.listen-address',
    '127.0.0.1:0',
    ...(options.args ?? []),
  ];
  const program = start(process.execPath, args, {
    environment: {
      ...cleanEnvironment(),
      TMPDIR: folder,
      ...(options.path === undefined ? {} : { PATH: options.path }),
    },
  });
  t.teardown(async () => {
    await program.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    program,
    folder,
    says: (text: string | RegExp, seconds = 30) =>
      until(
        `it says ${text}: ${program.output()}`,
        () => (typeof text === 'string' ? program.output().includes(text) : text.test(program.output())),
        seconds,
      ),
  };
}

/** Running programs that have a path of this folder in their arguments. */
async function programsOf(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    const commandLine = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '');
    if (/^\d+$/.test(pid) && commandLine.includes(folder)) found.push(commandLine.replaceAll('\0', ' '));
  }
  return found;
}

/** A shell script in place of a program. */
async function fake(folder: string, name: string, script: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

t.test(
  'a database that is down is reported on the console with only the shipped files, and Ctrl-C leaves nothing behind',
  { skip },
  async (t) => {
    const clone = await mkdtemp(join(tmpdir(), 'clone-'));
    t.teardown(() => rm(clone, { recursive: true, force: true }));
    for (const part of [
      'dist',
      'alertmanager/templates',
      'prometheus/prometheus.yml',
      'prometheus/rules',
      'grafana/dashboards',
      'grafana/provisioning',
      'grafana/grafana.ini',
      'package.json',
    ])
      await cp(part, join(clone, part), { recursive: true });
    const startedAt = performance.now();
    const { program, folder, says } = await demo(t, {
      program: join(clone, 'dist/main.js'),
      args: ['--fault', 'database-down'],
    });
    const tell = (step: string) => t.comment(`${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${step}`);

    await says('Ctrl-C stops everything');
    tell('the exporter serves');
    await says(/Prometheus is ready after [\d.]+ s/);
    tell('Prometheus is ready');
    await says(/Alertmanager is ready after [\d.]+ s/);
    tell('Alertmanager is ready');
    await says('✖ postgres: CRITICAL (connection refused by ');
    tell('the exporter has seen it');
    const prometheusUrl = /Prometheus is ready after .*: (http:\S+)\//.exec(program.output())?.[1] ?? '';
    const alerts = async () =>
      (
        JSON.parse((await ask(`${prometheusUrl}/api/v1/alerts`)).text) as {
          readonly data: {
            readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[];
          };
        }
      ).data.alerts;
    const isDown = async (state: string) =>
      (await alerts()).some((alert) => alert.labels['alertname'] === 'AiCrmComponentDown' && alert.state === state);
    await until(
      'the alert is pending or firing',
      async () => (await isDown('pending')) || (await isDown('firing')),
      patienceSeconds,
    );
    tell('the alert is pending');
    await until('the alert fires', () => isDown('firing'), patienceSeconds);
    tell('the alert fires');
    await says('✖ alert critical postgres: postgres is down: no connection\n', patienceSeconds);
    tell('the notification is on the console');

    const { data } = JSON.parse((await ask(`${prometheusUrl}/api/v1/rules`)).text) as {
      readonly data: { readonly groups: readonly { readonly file: string }[] };
    };
    t.same(
      [...new Set(data.groups.map(({ file }) => file))].sort(),
      (await readdir('prometheus/rules'))
        .filter((file) => file.endsWith('.yml'))
        .map((file) => join(clone, 'prometheus/rules', file))
        .sort(),
      'its rules are the shipped ones',
    );
    t.ok((await programsOf(folder)).length >= 2, 'programs can be found by their folder');

    program.signal('SIGINT');
    t.equal(await program.exitCode, 0);
    t.match(program.output(), /Stopping everything …\n$/);
    t.same(await programsOf(folder), []);
    t.same(await readdir(folder), []);
  },
);

t.test('SIGTERM during the start leaves nothing behind', { skip }, async (t) => {
  const { program, folder, says } = await demo(t);
  await says('Ctrl-C stops everything');
  program.signal('SIGTERM');
  t.equal(await program.exitCode, 0);
  t.same(await programsOf(folder), []);
  t.same(await readdir(folder), []);
});

t.test('when the demo is killed, its programs and folders are removed', { skip }, async (t) => {
  const { program, folder, says } = await demo(t);
  await says(/Prometheus is ready/);
  t.ok((await programsOf(folder)).some((commandLine) => commandLine.includes('prometheus')));
  program.signal('SIGKILL');
  await until('its programs have ended', async () => (await programsOf(folder)).length === 0, 20);
  t.same(await readdir(folder), []);
});

t.test('the demo ends when its npm has ended', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-'));
  const command = [
    '"$@" & echo; wait',
    'sh',
    process.execPath,
    'dist/main.js',
    'demo',
    '--web.listen-address',
    '127.0.0.1:0',
  ];
  const shell = start('sh', ['-c', ...command], {
    environment: { ...cleanEnvironment(), TMPDIR: folder, npm_lifecycle_event: 'demo' },
  });
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await until('Prometheus is ready', () => shell.output().includes('Prometheus is ready'), 30);
  shell.signal('SIGTERM');
  // The output closes only when the demo has ended, too.
  await shell.exitCode;
  t.match(shell.output(), /Stopping everything …\n$/);
  t.same(await programsOf(folder), []);
  t.same(await readdir(folder), []);
});

t.test('missing programs are named with how to get them, and the rest runs', async (t) => {
  const { program, says } = await demo(t, { path: '/nonexistent' });
  await says('✔ backend: HEALTHY');
  t.match(program.output(), ' Grafana: not on PATH; https://grafana.com/grafana/download\n');
  t.match(program.output(), ' Prometheus: not on PATH; apt install prometheus or https://prometheus.io/download/\n');
  t.match(
    program.output(),
    ' Alertmanager: not on PATH; apt install prometheus-alertmanager or https://prometheus.io/download/\n',
  );
  program.signal('SIGINT');
  t.equal(await program.exitCode, 0);
});

t.test('--no-stack runs only the exporter, and does not mention the other programs', async (t) => {
  const { program, says } = await demo(t, { args: ['--no-stack'] });
  await says('✔ backend: HEALTHY');
  t.notMatch(program.output(), /Prometheus|Alertmanager|Grafana/);
  program.signal('SIGINT');
  t.equal(await program.exitCode, 0);
});

t.test('a program that is too old or not the right one is named and left out', async (t) => {
  const path = t.testdir();
  await fake(path, 'prometheus', 'echo "prometheus, version 2.41.0 (branch: HEAD)"');
  await fake(path, 'alertmanager', 'echo "alertmanager, version 0.34.0"');
  await fake(path, 'grafana', 'echo "grafana version 13.2.3"');
  const { program, says } = await demo(t, { path });
  await says('✔ backend: HEALTHY');
  t.match(
    program.output(),
    ` Prometheus: ${path}/prometheus is too old: version 2.41.0, but 2.42 or later is required; apt install`,
  );
  t.match(program.output(), ' Alertmanager: not started: it needs Prometheus\n');
  // The second form is for a machine with Grafana, whose files it finds.
  t.match(
    program.output(),
    / Grafana: (?:\S+\/grafana is incomplete: files that belong to it are missing; https:\/\/grafana\.com\/grafana\/download|not started: it needs Prometheus)\n/,
  );
});

t.test(
  'a program that dies is reported with its last line, under either of its names, and the others go on',
  async (t) => {
    const path = t.testdir();
    await fake(
      path,
      'prometheus',
      'test "$1" = --version && echo "prometheus, version 3.14.0" && exit\necho first; echo \'time=2026-01-01T00:00:00Z level=ERROR source=main.go:1 msg="no space left"\' >&2; exit 1',
    );
    await fake(path, 'alertmanager', 'echo nonsense');
    await fake(
      path,
      'prometheus-alertmanager',
      'test "$1" = --version && echo "alertmanager, version 0.34.0" && exit\nexec sleep 600',
    );
    await fake(path, 'home/bin/grafana', 'test "$1" = --version && echo "grafana version 9.5.1" && exit');
    await fake(path, 'home/conf/defaults.ini', '');
    const { program, folder, says } = await demo(t, { path: `${path}/home/bin:${path}:/usr/bin:/bin` });
    await says(' ✖ Prometheus stopped: msg="no space left"\n');
    await says('✔ backend: HEALTHY');
    t.match(program.output(), ' Alertmanager 0.34.0 is starting\n');
    t.match(
      program.output(),
      / Grafana: \S+home\/bin\/grafana is too old: version 9\.5\.1, but 10\.0 or later is required;/,
    );
    program.signal('SIGINT');
    t.equal(await program.exitCode, 0);
    t.same(await programsOf(folder), []);
    t.same(await readdir(folder), []);
  },
);

t.test('the prepared prometheus.yml has the addresses of the demo, and no target that does not run', async (t) => {
  const folder = t.testdir();
  const launch = await preparePrometheus(
    { file: '/bin/prometheus', version: '2.42.0', folder, environment: {}, url: 'http://127.0.0.1:9999' },
    { 'exporter:10059': '127.0.0.1:1', 'localhost:9090': '127.0.0.1:9999', 'alertmanager:9093': null },
  );
  t.ok(launch.args.includes('--web.listen-address=127.0.0.1:9999'));
  const shipped = await readFile('prometheus/prometheus.yml', 'utf8');
  const made = await readFile(join(folder, 'prometheus.yml'), 'utf8');
  const withoutPlaces = (text: string) =>
    JSON.stringify(parse(text), (key, value: unknown) =>
      ['targets', 'rule_files', 'files'].includes(key) ? undefined : value,
    );
  t.equal(withoutPlaces(made), withoutPlaces(shipped), 'the rest is as shipped');
  t.notMatch(made, /exporter:10059|localhost:9090|alertmanager:9093|\/etc\//);
  t.match(made, `rule_files:\n  - ${process.cwd()}/prometheus/rules/*.yml\n`);
});

t.test('the prepared provisioning of Grafana has the addresses of the demo, and only existing files', async (t) => {
  const home = t.testdir({
    bin: { grafana: '' },
    conf: { 'defaults.ini': '' },
    data: { 'plugins-bundled': { prometheus: {} } },
    demo: {},
  });
  const folder = join(home, 'demo');
  const urls = { 'http://prometheus:9090': 'http://127.0.0.1:2', 'http://alertmanager:9093': null };
  const launch = await prepareGrafana(
    {
      file: join(home, 'bin/grafana'),
      version: '13.2.3',
      folder,
      environment: { PATH: '/bin', GF_SECURITY_ADMIN_PASSWORD: 'ours' },
      url: 'http://127.0.0.1:3',
    },
    urls,
  );
  t.same(launch.args, ['server', '--homepath', home, '--config', join(folder, 'grafana.ini')]);
  t.same(launch.environment, { PATH: '/bin' }, 'settings of another Grafana do not apply');
  const ini = await readFile(join(folder, 'grafana.ini'), 'utf8');
  t.match(ini, `default_home_dashboard_path = ${folder}/dashboards/aicrm-overview.json\n`);
  t.match(ini, `bundled_plugins = ${home}/data/plugins-bundled\n`);
  t.match(ini, 'http_addr = 127.0.0.1\nhttp_port = 3\n');
  t.match(ini, 'preinstall_disabled = true\n');
  t.same(
    (await readdir(join(folder, 'dashboards'))).sort(),
    (await readdir('grafana/dashboards')).filter((name) => name.endsWith('.json')).sort(),
  );
  const { datasources } = parse(await readFile(join(folder, 'provisioning/datasources/ai-crm.yml'), 'utf8')) as {
    readonly datasources: readonly object[];
  };
  t.match(datasources, [{ uid: 'aicrm-prometheus', url: 'http://127.0.0.1:2', isDefault: true }]);
  t.equal(datasources.length, 1, 'and none for missing programs');
  t.match(parse(await readFile(join(folder, 'provisioning/dashboards/ai-crm.yml'), 'utf8')), {
    providers: [{ folderUid: 'aicrm', options: { path: join(folder, 'dashboards') } }],
  });
});
