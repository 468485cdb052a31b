import { cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config/load.js';
import { ask } from '../support/ask.js';
import { asNobody, openFolder } from '../support/nobody.js';
import { cleanEnvironment, run, start } from '../support/programs.js';
import { closedPort } from '../support/raw-server.js';
import { until } from '../support/until.js';

const script = resolve('deploy/systemd/install.sh');
const program = '/usr/local/lib/ai-crm-exporter';
const command = '/usr/local/bin/ai-crm-exporter';
const unit = '/etc/systemd/system/ai-crm-exporter.service';
const config = '/etc/ai-crm-exporter/monitoring.yml';
const environment = '/etc/default/ai-crm-exporter';

/** Why a test is skipped without this program, which CI does not have. */
const unlessInstalled = (name: string) => (run('which', [name]).exitCode === 0 ? false : `${name} is not installed`);

/** A folder that everybody can read, removed after the test. */
async function folder(t: { teardown(end: () => Promise<void>): void }): Promise<string> {
  const path = await openFolder('systemd-');
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Runs the script with these arguments and this DESTDIR. */
function install(destination: string, ...args: readonly string[]) {
  const { exitCode, stdout, stderr } = run('bash', [script, ...args], {
    environment: { ...cleanEnvironment(), DESTDIR: destination },
  });
  return { exitCode, lines: stdout.trimEnd().split('\n'), stderr };
}

/** Every file and folder below: path → mode and content. */
async function tree(root: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of (await readdir(root, { recursive: true })).sort()) {
    const path = join(root, name);
    const facts = await stat(path);
    found.set(
      `/${name}`,
      `${(facts.mode & 0o7777).toString(8)} ${facts.isDirectory() ? 'folder' : (await readFile(path)).toString('base64')}`,
    );
  }
  return found;
}

t.test('a second installation changes nothing, and reports this', async (t) => {
  const root = await folder(t);
  const first = install(root);
  t.match(first, { exitCode: 0, stderr: '' });
  t.match(first.lines[0], /^ai-crm-exporter [\d.]+ with \/\S+ into \/usr\/local, below \//);
  t.same(
    first.lines.slice(1),
    [program, command, unit, config, environment].map((path) => `written ${path}`),
  );
  const before = await tree(root);
  t.match(install(root), {
    exitCode: 0,
    lines: [first.lines[0], `kept ${config}`, `kept ${environment}`, 'nothing has changed'],
    stderr: '',
  });
  t.same(await tree(root), before);
  t.equal(before.get('/etc/ai-crm-exporter/secrets'), '700 folder', 'secrets are for root only');
  t.match(before.get(environment), /^600 /, 'and so are variables');
  t.notOk(
    [...before.keys()].some((path) => /\.(new|old)$/.test(path)),
    'no other file is left',
  );
  for (const [path, entry] of before)
    if (path.startsWith(program)) t.match(entry, /^(?:644|755) /, `${path} is readable for the user of the service`);
});

t.test('the first configuration is valid, and so are its examples', async (t) => {
  const text = await readFile('deploy/systemd/monitoring.yml', 'utf8');
  const directory = t.testdir({
    crm_password: 's3cret',
    'asis.yml': text,
    'examples.yml': text.replace(/^( *)#(?=[a-z]| {2})/gm, '$1'),
  });
  t.match(await loadConfig('asis.yml', { environment: {}, directory }), { components: { length: 2 } });
  t.match(await loadConfig('examples.yml', { environment: { CREDENTIALS_DIRECTORY: directory }, directory }), {
    components: { length: 3 },
    aiCrm: {},
  });
});

t.test(
  'an upgrade replaces the program and never the configuration; removal takes away what was installed',
  async (t) => {
    const root = await folder(t);
    const next = await folder(t);
    for (const name of ['package.json', 'dist', 'deploy/systemd'])
      await cp(name, join(next, name), { recursive: true });
    t.equal(install(root, '--prefix', '/opt/monitoring').exitCode, 0);
    await writeFile(join(root, config), 'endpoints: {}\n');
    await writeFile(join(root, environment), 'AICRM_EXPORTER_FLAGS=--log.level=debug\n');
    await writeFile(join(root, 'etc/ai-crm-exporter/secrets/crm_password'), 's3cret');
    await writeFile(
      join(next, 'package.json'),
      (await readFile('package.json', 'utf8')).replace(/"version": "[^"]+"/, '"version": "99.0.0"'),
    );
    const upgrade = install(root, '--prefix', '/opt/monitoring', '--from', next);
    t.match(upgrade, {
      exitCode: 0,
      lines: [
        /^ai-crm-exporter 99\.0\.0 /,
        'replaced /opt/monitoring/lib/ai-crm-exporter',
        `kept ${config}`,
        `kept ${environment}`,
      ],
    });
    t.equal(await readFile(join(root, config), 'utf8'), 'endpoints: {}\n');
    t.equal(await readFile(join(root, environment), 'utf8'), 'AICRM_EXPORTER_FLAGS=--log.level=debug\n');
    t.notOk(
      (await tree(root)).has('/opt/monitoring/lib/ai-crm-exporter/LICENSE'),
      'files that the new version does not have are removed',
    );
    t.match(await readFile(join(root, unit), 'utf8'), / \/opt\/monitoring\/lib\/ai-crm-exporter\/dist\/main\.js /);

    t.match(install(root, '--uninstall'), {
      exitCode: 1,
      stderr: `install.sh: ${unit} starts a program elsewhere: say with --prefix where it was installed\n`,
    });
    const removal = install(root, '--prefix', '/opt/monitoring', '--uninstall');
    t.match(removal, { exitCode: 0, stderr: '' });
    const files = [...(await tree(root))].filter(([, entry]) => !entry.endsWith(' folder')).map(([path]) => path);
    t.same(files, [config, '/etc/ai-crm-exporter/secrets/crm_password', environment], 'the configuration stays');
    t.match(install(root, '--prefix', '/opt/monitoring', '--uninstall').lines, [/^kept /, 'nothing to remove']);
    t.equal(install(root, '--prefix', '/opt/monitoring', '--uninstall', '--purge').exitCode, 0);
    t.same(
      [...(await tree(root))].filter(([path, entry]) => !entry.endsWith(' folder') || path.includes('ai-crm')),
      [],
    );
  },
);

t.test('the tarball of the package installs the same as the clone', async (t) => {
  const [root, other, packed] = [await folder(t), await folder(t), await folder(t)];
  t.match(run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', packed]), { exitCode: 0 });
  const [tarball = ''] = await readdir(packed);
  t.equal(install(root).exitCode, 0);
  t.match(install(other, '--from', join(packed, tarball)), { exitCode: 0, stderr: '' });
  t.same([...(await tree(other)).keys()], [...(await tree(root)).keys()]);
});

t.test(
  'the command of the unit works: as nobody, with a secret as a credential, and reloaded by its signal',
  async (t) => {
    const root = await folder(t);
    t.equal(install(root).exitCode, 0);
    const credentials = join(root, 'credentials');
    await mkdir(credentials);
    await writeFile(join(credentials, 'crm_password'), 's3cret\n');
    await writeFile(
      join(root, config),
      'endpoints: {a: {url: "http://127.0.0.1:1", auth: {basic: {username: monitor, password_file: "${CREDENTIALS_DIRECTORY}/crm_password"}}}}\n',
    );
    const settings = await settingsOf(join(root, unit));
    const port = await closedPort();
    const line = (settings.get('ExecStart')?.[0] ?? '')
      .replace('$AICRM_EXPORTER_FLAGS', `--web.listen-address=127.0.0.1:${port}`)
      .replace(program, root + program)
      .replace(config, root + config);
    const [executable, ...args] = asNobody(line.split(' '), {
      PATH: process.env['PATH'],
      CREDENTIALS_DIRECTORY: credentials,
    });
    const service = start(executable, args, { cwd: '/' });
    t.teardown(() => service.stop());
    const url = `http://127.0.0.1:${port}`;
    await until(
      'it is ready',
      async () =>
        (await ask(`${url}/-/ready`).catch(() => undefined))?.status === 200 ||
        service.output().includes('ai-crm-exporter: '),
    );
    await until('the host has been read', async () =>
      /^aicrm_host_cpu_usage_ratio/m.test((await ask(`${url}/metrics`)).text),
    );
    const { text } = await ask(`${url}/metrics`);
    for (const name of ['aicrm_host_memory_usage_ratio', 'aicrm_host_filesystem_usage_ratio', 'aicrm_host_processes'])
      t.match(text, new RegExp(`^${name}[ {]`, 'm'), name);
    const shown = (await ask(`${url}/config`)).text;
    t.match(shown, /username: monitor\s+password_file: \S+\/crm_password\n/);
    t.notMatch(shown, /s3cret/);
    t.match(settings.get('ExecReload')?.at(-1), /kill -HUP "\$MAINPID"/);
    service.signal('SIGHUP');
    await until('it has reloaded', () => service.output().includes('configuration reloaded'));
    service.signal('SIGTERM');
    t.equal(await service.exitCode, 0, 'a stop is not a failure');
  },
);

t.test('the unit closes everything except what measuring needs', async (t) => {
  const settings = await settingsOf('deploy/systemd/ai-crm-exporter.service');
  const is = (name: string) => settings.get(name)?.join(' | ');
  for (const name of [
    'DynamicUser',
    'NoNewPrivileges',
    'PrivateTmp',
    'PrivateDevices',
    'PrivateUsers',
    'ProtectKernelTunables',
    'ProtectKernelModules',
    'ProtectControlGroups',
    'RestrictNamespaces',
    'LockPersonality',
  ])
    t.equal(is(name), 'yes', name);
  t.match(
    { strict: is('ProtectSystem'), home: is('ProtectHome'), proc: is('ProcSubset'), processes: is('ProtectProc') },
    { strict: 'strict', home: 'read-only', proc: 'all', processes: 'default' },
  );
  t.equal(is('CapabilityBoundingSet'), '');
  t.equal(is('MemoryDenyWriteExecute'), undefined, 'V8 compiles while it runs');
  t.match(is('MemoryMax'), /^\d+M$/);
});

t.test(
  'systemd accepts the unit and rates it as well protected',
  { skip: unlessInstalled('systemd-analyze') },
  async (t) => {
    const root = await folder(t);
    t.equal(install(root).exitCode, 0);
    // systemd-analyze checks that the program exists.
    const here = join(root, 'ai-crm-exporter.service');
    await writeFile(here, (await readFile(join(root, unit), 'utf8')).replace(program, root + program));
    t.match(run('systemd-analyze', ['verify', here]), { exitCode: 0, stderr: '' });
    const { stdout } = run('systemd-analyze', ['security', '--offline=true', '--threshold=20', here]);
    t.match(stdout, /exposure level for ai-crm-exporter\.service: [01]\.\d OK/);
  },
);

t.test('shellcheck finds nothing in the script', { skip: unlessInstalled('shellcheck') }, async (t) => {
  t.match(run('shellcheck', [script]), { exitCode: 0, stdout: '' });
});

t.test('every problem is reported with a remedy, before anything is written', async (t) => {
  const root = await folder(t);
  const source = await folder(t);
  const destination = join(root, 'destination');
  await writeFile(join(root, 'node-18'), '#!/bin/sh\necho v18.20.4\n', { mode: 0o755 });
  await writeFile(join(root, 'broken.tgz'), 'no archive');
  await cp('package.json', join(source, 'package.json'));
  for (const [args, exitCode, message] of [
    [
      ['--node', join(root, 'node-18')],
      1,
      `install.sh: ${root}/node-18 is Node.js 18.20.4, and 20.18 or newer is needed: install one, or name another with --node`,
    ],
    [
      ['--node', '/nowhere/node'],
      1,
      'install.sh: /nowhere/node is not the absolute path of a program: name Node.js with --node',
    ],
    [
      ['--from', source],
      1,
      `install.sh: ${source}/dist/main.js is missing: in a clone, build it first with: npm ci && node build.js`,
    ],
    [['--from', root], 1, `install.sh: ${root} is not ai-crm-exporter: there is no package.json of it`],
    [
      ['--from', join(root, 'broken.tgz')],
      1,
      `install.sh: ${root}/broken.tgz cannot be unpacked: is it the tarball of "npm pack"?`,
    ],
    [
      ['--prefix', 'here'],
      2,
      'install.sh: --prefix must be an absolute path of letters, digits and . _ + -, not "here"',
    ],
    [['--prefix'], 2, 'install.sh: --prefix needs a value'],
    [['--purge'], 2, 'install.sh: --purge goes with --uninstall'],
    [['--force'], 2, 'install.sh: unknown option --force'],
  ] as const) {
    const { stderr, ...rest } = install(destination, ...args);
    t.equal(rest.exitCode, exitCode, args.join(' '));
    t.ok(stderr.split('\n').includes(message), `${args.join(' ')}: ${stderr}`);
  }
  await t.rejects(stat(destination), 'nothing was written');
});

t.test('without DESTDIR it needs root and systemd, and reports both at once', async (t) => {
  const root = await folder(t);
  await mkdir(join(root, 'bin'));
  for (const name of ['bash', 'cat', 'rm']) await symlink(run('which', [name]).stdout.trim(), join(root, 'bin', name));
  await cp(script, join(root, 'install.sh'));
  run('chmod', ['a+r', join(root, 'install.sh')]);
  const [executable, ...args] = asNobody(
    ['env', `PATH=${join(root, 'bin')}`, join(root, 'bin/bash'), join(root, 'install.sh')],
    { PATH: process.env['PATH'] },
  );
  const { exitCode, stderr } = run(executable, args, { cwd: '/' });
  t.equal(exitCode, 1);
  t.same(stderr.trimEnd().split('\n'), [
    'install.sh: must be run by root: sudo deploy/systemd/install.sh',
    'install.sh: there is no systemctl: this system has no systemd. Run the program by other means, for instance in a container',
  ]);
});

/** The settings of a unit: name → values in their order. */
async function settingsOf(path: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const [, name = '', value = ''] of (await readFile(path, 'utf8')).matchAll(/^(\w+)=(.*)$/gm))
    found.set(name, [...(found.get(name) ?? []), value]);
  return found;
}
