import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ask } from '../support/ask.js';
import { main, startMain } from '../support/main-program.js';
import { until } from '../support/until.js';

t.test('serves AI-CRM under the advertised name, with a configuration that an exporter can use', async (t) => {
  const folder = t.testdir();
  const file = join(folder, 'monitoring.yml');
  const program = startMain([
    'simulate',
    '--host',
    '0.0.0.0',
    '--advertise',
    'localhost',
    '--port.base',
    '0',
    '--config.out',
    file,
    '--fault',
    'redis=refuse',
  ]);
  t.teardown(() => program.stop());
  await until('it says where everything is', () => program.output().includes(`config     ${file}\n`));
  const urlOf = (name: string) => new RegExp(`^${name} +(\\S+)$`, 'm').exec(program.output())?.[1] ?? '';
  t.match(await main(['--config.check', '--config.file', file], { cwd: '/' }), {
    exitCode: 0,
    stdout: `${file}: ok, 8 components\n`,
  });
  t.match(urlOf('backend'), /^http:\/\/localhost:\d+$/);
  t.match(await readFile(file, 'utf8'), `url: "${urlOf('backend')}/health"`);

  // Exit code 2: exactly one component has a fault.
  const { exitCode, stdout } = await main(['check', '--config.file', file, '--json'], { cwd: '/' });
  const { components } = JSON.parse(stdout) as {
    readonly components: readonly { readonly name: string; readonly level: string }[];
  };
  t.equal(exitCode, 2);
  t.same(
    components
      .filter(({ level }) => level.toLowerCase() === 'critical')
      .map(({ name }) => name)
      .sort(),
    ['monitoring', 'redis'],
    stdout,
  );

  const control = urlOf('control');
  t.match(control, /^http:\/\/127\.0\.0\.1:/, 'faults are switched on loopback only, wherever the services are');
  t.equal((await ask(`${control}/faults`)).status, 200);
  t.equal((await ask(`${control}/faults`, { headers: { host: 'localhost.example' } })).status, 403);
  program.signal('SIGTERM');
  t.equal(await program.exitCode, 0);
});

t.test('reports a failure in one line', async (t) => {
  const cases: readonly (readonly [args: readonly string[], exitCode: number, stderr: string])[] = [
    [
      ['--exporter.url', 'http://me:pw@exporter'],
      2,
      'ai-crm-exporter: --exporter.url must be http://host:port, not "http://<secret>@exporter"\n',
    ],
    [['--port.base', '65530'], 2, 'ai-crm-exporter: --port.base must be a whole number from 0 to 65529, not "65530"\n'],
    [
      ['--port.base', '0', '--fault', 'mars=slow'],
      2,
      'ai-crm-exporter: --fault "mars=slow": must be database-down, or SERVICE=FAULT with ',
    ],
    [
      ['--port.base', '0', '--config.out', '/nonexistent/monitoring.yml'],
      1,
      'ai-crm-exporter: /nonexistent/monitoring.yml: its parent folder does not exist; create it first\n',
    ],
  ];
  for (const [args, exitCode, stderr] of cases) t.match(await main(['simulate', ...args]), { exitCode, stderr });
  t.match(await main(['simulate', '--port.base', '0'], { environment: { TMPDIR: '/nonexistent' } }), {
    exitCode: 1,
    stderr:
      'ai-crm-exporter: no temporary folder can be made in /nonexistent (ENOENT); TMPDIR can name another place\n',
  });
});
