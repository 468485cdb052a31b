import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ask } from '../support/ask.js';
import { main, startMain } from '../support/main-program.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';
import { until } from '../support/until.js';

// The program starts about ten times.
t.setTimeout(90_000);

async function folder(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'run-exporter-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

t.test('listens on every --web.listen-address, and on none if one of them is not available', async (t) => {
  const directory = await folder(t);
  await writeFile(join(directory, 'monitoring.yml'), 'endpoints: {}\nhost: {enabled: false}\n');
  const program = startMain(
    ['--web.listen-address', '127.0.0.1:0', '--web.listen-address=[::1]:0', '--port', '0', '--log.format', 'json'],
    { cwd: directory },
  );
  t.teardown(() => program.stop());
  const urls = () => /"listen":"([^"]+)"/.exec(program.output())?.[1]?.split(', ') ?? [];
  await until('it listens', () => urls().length > 0);
  t.match(urls(), [/^http:\/\/127\.0\.0\.1:\d+$/, /^http:\/\/\[::1\]:\d+$/, /^http:\/\/localhost:\d+$/]);
  t.equal(new Set(urls()).size, 3);
  for (const url of urls())
    t.match(await ask(`${url}/metrics`), { status: 200, text: /^aicrm_exporter_build_info/m }, url);
  const taken = await rawServer(() => {});
  t.teardown(() => taken.stop());
  const free = await closedPort();
  const [second, twice] = await Promise.all([
    main(['--web.listen-address', `127.0.0.1:${free}`, '--web.listen-address', `127.0.0.1:${taken.port}`], {
      cwd: directory,
    }),
    main(['--web.listen-address', `127.0.0.1:${free + 1}`, '--port', `${free + 1}`], { cwd: directory }),
  ]);
  t.match(
    second,
    {
      exitCode: 1,
      stderr: new RegExp(
        `^ai-crm-exporter: cannot listen on 127\\.0\\.0\\.1:${taken.port}: another program uses the port; choose another`,
        'm',
      ),
    },
    'it names the address',
  );
  t.match(twice, {
    exitCode: 1,
    stderr: new RegExp(
      `^ai-crm-exporter: two addresses have port ${free + 1}, and one of them includes the other; choose another`,
      'm',
    ),
  });
  program.signal('SIGTERM');
  t.equal(await program.exitCode, 0);
});

t.test('a reload renews the users of every address', async (t) => {
  const directory = await folder(t);
  await writeFile(join(directory, 'monitoring.yml'), 'endpoints: {}\nhost: {enabled: false}\n');
  await writeFile(join(directory, 'web.yml'), '{}\n');
  const program = startMain(
    [
      '--web.config.file',
      'web.yml',
      '--web.listen-address',
      '127.0.0.1:0',
      '--web.listen-address',
      '127.0.0.1:0',
      '--log.format',
      'json',
    ],
    { cwd: directory },
  );
  t.teardown(() => program.stop());
  const urls = () => /"listen":"([^"]+)"/.exec(program.output())?.[1]?.split(', ') ?? [];
  await until('it listens', () => urls().length === 2);
  await writeFile(
    join(directory, 'web.yml'),
    'basic_auth_users: {ops: "$2a$04$CmvV8vGVXjX6MkqRqZlZEeuIF3hmHZbjKcVYTbnrxbPOqVyCYF8cq"}\n',
  );
  program.signal('SIGHUP');
  for (const url of urls()) await until('it wants a login', async () => (await ask(`${url}/metrics`)).status === 401);
});

t.test('warnings are logged once at the start, and after a reload only new ones', async (t) => {
  const directory = await folder(t);
  const file = join(directory, 'monitoring.yml');
  const rest = 'endpoints: {}\nhost: {enabled: false}\n';
  await writeFile(file, `${rest}slo: {availability_percent: 0.999}\n`);
  const program = startMain(['--web.listen-address', '127.0.0.1:0', '--log.format', 'json'], { cwd: directory });
  t.teardown(() => program.stop());
  const logged = () =>
    program
      .output()
      .split('\n')
      .filter((line) => line.includes('configuration has a warning'))
      .map((line) => JSON.parse(line) as unknown);
  const reloads = () => program.output().split('configuration reloaded').length - 1;
  await until('it runs', () => program.output().includes('exporter started'));
  t.match(logged(), [
    {
      level: 'warn',
      at: `${file}:3:29`,
      option: 'slo.availability_percent',
      detail: /^0\.999 is 0\.999 %, which looks like a fraction/,
    },
  ]);
  await writeFile(
    file,
    `# moved\n${rest}slo: {availability_percent: 0.999}\nalert_thresholds: {cpu_usage_percent: 0.8}\n`,
  );
  program.signal('SIGHUP');
  await until('the first reload', () => reloads() === 1);
  t.match(
    logged(),
    [{}, { option: 'alert_thresholds.cpu_usage_percent' }],
    'the old warning, which moved, is not logged again',
  );
  t.equal(logged().length, 2);
});

t.test('an answer that is under way is finished before it stops, and a report of a job is kept', async (t) => {
  const directory = await folder(t);
  const asked: Socket[] = [];
  const slow = await rawServer((socket) => void asked.push(socket));
  t.teardown(() => slow.stop());
  const settings = {
    endpoints: { a: `http://127.0.0.1:${slow.port}/` },
    host: { enabled: false },
    heartbeats: { job: '1h' },
  };
  await writeFile(join(directory, 'monitoring.yml'), JSON.stringify(settings));
  const begin = async () => {
    const program = startMain(
      ['--web.listen-address', '127.0.0.1:0', '--storage.path', directory, '--log.format', 'json'],
      { cwd: directory },
    );
    t.teardown(() => program.stop());
    const url = () => /"listen":"([^"]+)"/.exec(program.output())?.[1] ?? '';
    await until('it listens', () => url() !== '');
    t.match(program.output(), `"config":"${join(directory, 'monitoring.yml')}"`);
    return { program, url: url() };
  };
  const first = await begin();
  t.match(await ask(`${first.url}/heartbeat/job`, { method: 'POST' }), { status: 200 });
  await until('the first probe', () => asked.length === 1);
  asked[0]?.end(httpAnswer('{"status":"healthy"}'));
  const answer = ask(`${first.url}/probe?target=a`);
  await until('the second probe', () => asked.length === 2);
  first.program.signal('SIGTERM');
  await until('it stops', () => first.program.output().includes('exporter stopping'));
  asked[1]?.end(httpAnswer('{"status":"healthy"}'));
  t.match(await answer, { status: 200, text: /^aicrm_component_up\{component="a"\} 1$/m });
  t.equal(await first.program.exitCode, 0);
  const second = await begin();
  t.match(
    (await ask(`${second.url}/metrics`)).text,
    /^aicrm_heartbeat_last_success_timestamp_seconds\{component="job"\} \d/m,
  );
});
