import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { run } from '../support/programs.js';
import { closedPort } from '../support/raw-server.js';

const folder = 'deploy/python-monitor';

/** A new project with the scripts, and with programs that print their arguments. */
async function project(t: Test, files: Readonly<Record<string, string>> = {}) {
  const root = t.testdir({});
  await cp(folder, join(root, folder), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
    await chmod(join(root, path), 0o755);
  }
  const environment = { PATH: `${root}/bin:/usr/bin:/bin` };
  return {
    root,
    script: (name: string, ...args: readonly string[]) => run(join(root, folder, name), args, { environment }),
  };
}
const speaking = (name: string) => `#!/bin/sh\necho "${name} $*"\n`;

t.test('the old scripts check and show the state with the program built here', async (t) => {
  const directory = t.testdir({
    'monitoring.json': JSON.stringify({
      endpoints: { a: `tcp://127.0.0.1:${await closedPort()}` },
      retries: 0,
      host: { enabled: false },
    }),
  });
  t.match(run(`${folder}/quick-health-check.sh`, ['--config', join(directory, 'monitoring.json')]), {
    exitCode: 2,
    stdout: /CRITICAL/,
  });
  const nobody = `http://127.0.0.1:${await closedPort()}`;
  const flags = ['exporter', 'prometheus', 'alertmanager', 'grafana'].map((name) => `--${name}.url=${nobody}`);
  t.match(run(`${folder}/monitoring-status.sh`, flags), { exitCode: 2, stdout: /Prometheus/ });
});

t.test('the scripts use an installed program, or say how to get it', async (t) => {
  const installed = await project(t, { 'bin/ai-crm-exporter': speaking('ai-crm-exporter') });
  t.equal(installed.script('quick-health-check.sh', '--json').stdout, 'ai-crm-exporter check --json\n');
  t.equal(installed.script('monitoring-status.sh', '--json').stdout, 'ai-crm-exporter status --json\n');
  const without = await project(t);
  t.match(without.script('quick-health-check.sh'), {
    exitCode: 3,
    stderr: /^quick-health-check\.sh: ai-crm-exporter is not here: .*npm ci && node build\.js/,
  });
});

t.test('the setup uses Docker if it is there, otherwise systemd, or the one that is given', async (t) => {
  const own = { 'deploy/systemd/install.sh': speaking('install.sh') };
  const docker = { ...own, 'docker-compose.yml': '', 'bin/docker': speaking('docker') };
  const both = await project(t, docker);
  t.equal(
    both.script('setup-monitoring.sh').stdout,
    `docker compose --project-directory ${both.root} up --detach --wait\n`,
  );
  t.match(both.script('setup-monitoring.sh', '--docker', '--build').stdout, / up --detach --wait --build\n$/);
  t.equal(both.script('setup-monitoring.sh', '--systemd', '--now').stdout, 'install.sh --now\n');
  t.match(both.script('setup-monitoring.sh', '--build', 'exporter').stdout, / up --detach --wait --build exporter\n$/);
  for (const flag of ['--help', '-h'])
    t.match(both.script('setup-monitoring.sh', flag), {
      exitCode: 0,
      stdout: /^usage: setup-monitoring\.sh \[--docker \| --systemd\] \[FLAG\.\.\.\]\n/,
      stderr: '',
    });
  t.match(both.script('setup-monitoring.sh', 'x'), {
    exitCode: 2,
    stderr: 'setup-monitoring.sh: x is neither --docker nor --systemd\n',
  });
  const noEngine = { ...docker, 'bin/docker': '#!/bin/sh\nexit 1\n' };
  for (const files of [noEngine, own])
    t.equal((await project(t, files)).script('setup-monitoring.sh').stdout, 'install.sh \n');
  t.equal((await project(t, own)).script('setup-monitoring.sh', '--foo', 'a b').stdout, 'install.sh --foo a b\n');
});

t.test('the scripts are in the package, and the page names each', async (t) => {
  const { files } = JSON.parse(await readFile('package.json', 'utf8')) as { readonly files: readonly string[] };
  t.ok(files.includes(folder));
  const page = await readFile('docs/from-python-monitor.md', 'utf8');
  for (const name of await readdir(folder)) t.match(page, `\`${name}\``);
});
