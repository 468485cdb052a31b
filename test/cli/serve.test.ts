import { constants, existsSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ask } from '../support/ask.js';
import { samplesIn } from '../support/exposition.js';
import { main, program as programFile, startMain } from '../support/main-program.js';
import { run, start } from '../support/programs.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';
import { until } from '../support/until.js';

/** Independent runs of the program at the same time. */
function mains(...runs: readonly (readonly string[])[]) {
  return Promise.all(runs.map((args) => main(args)));
}

async function folder(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'serve-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

t.test('serves, reloads on SIGHUP, keeps the last good configuration, and stops cleanly on SIGTERM', async (t) => {
  const file = join(await folder(t), 'monitoring.yml');
  const settings = (percent: string) => `endpoints: {}\nalert_thresholds: {cpu_usage_percent: ${percent}}\n`;
  await writeFile(file, settings('70'));
  const port = await closedPort();
  const program = startMain(['--config.file', file, '--port', String(port), '--log.format', 'json']);
  const value = async (series: string) => samplesIn((await ask(`http://127.0.0.1:${port}/metrics`)).text).get(series);
  const threshold = () => value('aicrm_threshold_ratio{threshold="cpu_usage",severity="warning"}');
  await until('it listens', () => program.output().includes('exporter started'));
  t.equal(await threshold(), 0.7);
  await writeFile(file, settings('60'));
  program.signal('SIGHUP');
  await until('the new threshold', async () => (await threshold()) === 0.6);
  await writeFile(file, settings('-5'));
  program.signal('SIGHUP');
  await until('the failed reload', async () => (await value('aicrm_config_last_reload_successful')) === 0);
  t.equal(await threshold(), 0.6);
  const answer = await ask(`http://127.0.0.1:${port}/-/reload`, { method: 'POST' });
  t.match(answer, { status: 500, text: /monitoring\.yml:2:39 alert_thresholds\.cpu_usage_percent: / });
  program.signal('SIGTERM');
  t.equal(await program.exitCode, 0);
  for (const line of program.output().trim().split('\n'))
    t.type((JSON.parse(line) as { msg: unknown }).msg, 'string', 'every line is JSON');
});

t.test('SIGTERM ends it while an endless file is read, at the start and in a reload', async (t) => {
  const directory = await folder(t);
  const file = join(directory, 'monitoring.yml');
  /** Opens the pipe as soon as somebody reads it, and writes nothing. */
  const unending = async (): Promise<FileHandle> => {
    let pipe: FileHandle | undefined;
    await until(
      'somebody reads',
      async () =>
        (pipe = await open(file, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => undefined)) !== undefined,
    );
    if (pipe === undefined) throw new Error('nobody reads');
    return pipe;
  };
  run('mkfifo', [file]);
  const starting = startMain(['--config.file', file, '--web.listen-address', '127.0.0.1:0']);
  const first = await unending();
  starting.signal('SIGTERM');
  t.equal(await starting.exitCode, null, 'ended by the signal itself');
  await first.close();
  await rm(file);
  await writeFile(file, 'endpoints: {}\n');
  const running = startMain(['--config.file', file, '--web.listen-address', '127.0.0.1:0']);
  await until('it listens', () => running.output().includes('exporter started'));
  await rm(file);
  run('mkfifo', [file]);
  running.signal('SIGHUP');
  const second = await unending();
  running.signal('SIGTERM');
  await running.exitCode;
  t.match(running.output(), 'exporter stopping');
  await second.close();
});

t.test(
  'goes on when its log cannot be written',
  { skip: existsSync('/dev/full') ? false : 'there is no /dev/full here' },
  async (t) => {
    const port = await closedPort();
    const program = start('sh', [
      '-c',
      'exec "$@" 2>/dev/full',
      'sh',
      process.execPath,
      programFile,
      '--config.file',
      'test/fixtures/config/secrets/empty',
      '--log.level',
      'debug',
      '--web.listen-address',
      `127.0.0.1:${port}`,
    ]);
    const answers = () =>
      ask(`http://127.0.0.1:${port}/-/healthy`).then(
        ({ status }) => status === 200,
        () => false,
      );
    await until('it answers', answers);
    t.ok(await answers(), 'and again, after the log lines about the first request');
    program.signal('SIGTERM');
    t.equal(await program.exitCode, 0);
  },
);

t.test('the error for a used port names the flag with the port', async (t) => {
  const server = await rawServer((socket) => socket.end(httpAnswer('')), { host: '127.0.0.1' });
  const { exitCode, stderr } = await main(['--web.listen-address', `127.0.0.1:${server.port}`], {
    cwd: await folder(t),
  });
  t.equal(exitCode, 1);
  t.match(
    stderr,
    `ai-crm-exporter: cannot listen on 127.0.0.1:${server.port}: another program uses the port; choose another address with --web.listen-address\n`,
  );
  await server.stop();
});

t.test('--config.check prints every problem with its place and exits 1, or prints ok and exits 0', async (t) => {
  const directory = await folder(t);
  await writeFile(join(directory, 'monitoring.yml'), 'endpoints:\n  backend:\n    url: ftp://x\n    timout: 5\n');
  const broken = await main(['--config.check'], { cwd: directory });
  t.equal(broken.exitCode, 1);
  t.equal(broken.stdout, '');
  t.match(
    broken.stderr,
    /^\S*monitoring\.yml:3:10 endpoints\.backend\.url: .*ftp.*\n\S*monitoring\.yml:4:5 endpoints\.backend\.timout: unknown key, did you mean "timeout"\?\n$/,
  );
  await writeFile(join(directory, 'monitoring.yml'), 'endpoints: {backend: "http://localhost:8000/health"}\n');
  t.match(await main(['serve', '--config.check'], { cwd: directory }), {
    exitCode: 0,
    stdout: /monitoring\.yml: ok, 1 components\n$/,
    stderr: '',
  });
  const both = ['--config.check', '--web.config.file', join(directory, 'web.yml')];
  await writeFile(join(directory, 'web.yml'), 'users: {}\n');
  t.match(await main(both, { cwd: directory }), {
    exitCode: 1,
    stdout: /monitoring\.yml: ok, 1 components\n$/,
    stderr: /web\.yml:1:\d users: .*\n$/,
  });
  await writeFile(join(directory, 'web.yml'), '');
  t.match(await main(both, { cwd: directory }), {
    exitCode: 0,
    stdout: /monitoring\.yml: ok, 1 components\n\S*web\.yml: ok\n$/,
  });
});

t.test('--config.check prints doubtful settings as warnings with their place, and exits 0', async (t) => {
  const directory = await folder(t);
  await writeFile(join(directory, 'monitoring.yml'), 'endpoints: {}\nsecurity_monitoring:\n  log_everything: true\n');
  const { exitCode, stdout, stderr } = await main(['--config.check', '--config.file', 'monitoring.yml'], {
    cwd: directory,
  });
  t.equal(exitCode, 0);
  t.equal(stdout, 'monitoring.yml: ok, 0 components\n');
  t.equal(stderr, 'monitoring.yml:3:3 security_monitoring.log_everything: warning: this flag has no effect\n');
});

t.test('wrong flags are reported in one line, with exit code 2', async (t) => {
  const [address, level, path, command] = await mains(
    ['--web.listen-address', 'here:there'],
    ['--log.level', 'loud'],
    ['--web.telemetry-path', 'metrics'],
    ['dmeo'],
  );
  t.match(address, {
    exitCode: 2,
    stderr: 'ai-crm-exporter: --web.listen-address must be host:port or :port, not "here:there"\n',
  });
  t.match(level, { exitCode: 2, stderr: /'loud' is invalid. Allowed choices are debug, info, warn, error/ });
  t.match(path, { exitCode: 2, stderr: /must begin with \// });
  t.match(command, { exitCode: 2 });
});

t.test('--version and --help exit with 0', async (t) => {
  const [version, help, helpOfServe] = await mains(['--version'], ['--help'], ['serve', '--help']);
  t.match(version, { exitCode: 0, stdout: /^ai-crm-exporter \d+\.\d+\.\d+\n$/ });
  t.match(help, { exitCode: 0, stdout: /Usage: ai-crm-exporter[\s\S]*serve[\s\S]*check[\s\S]*demo/ });
  t.match(helpOfServe, { exitCode: 0, stdout: /--config\.file[\s\S]*--web\.listen-address/ });
});
