import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { program as mainFile } from '../support/main-program.js';
import { type RunningProgram, run, start } from '../support/programs.js';
import { until } from '../support/until.js';

/**
 * Signals during the start of the program. A signal before Node.js runs any JavaScript ends Node.js, and the program cannot prevent that.
 * So each signal is sent this many milliseconds after the first listener exists.
 */
const moments = [0, 0, 2, 5, 20, 50, 150];

const directory = await mkdtemp(join(tmpdir(), 'signals-'));
t.teardown(() => rm(directory, { recursive: true, force: true }));
const file = join(directory, 'monitoring.yml');
await writeFile(file, 'endpoints: {}\nhost: {enabled: false}\n');
const fifo = join(directory, 'endless.yml');
run('mkfifo', [fifo]);

/** Starts the program without the additions of the test runner, which also listen to signals. */
const startAlone = (args: readonly string[], environment: readonly string[] = [`PATH=${process.env['PATH']}`]) =>
  start('env', ['-i', ...environment, process.execPath, mainFile, ...args], { cwd: directory });

/**
 * Starts the program, waits until the kernel has a listener for SIGHUP, and then this much longer. SIGTERM is useless for that: Node.js has
 * its own listener for it from the begin, which ends the process.
 */
async function startedFor(milliseconds: number, args: readonly string[]): Promise<RunningProgram> {
  const program = startAlone(args);
  await until(
    'it listens to signals',
    async () => {
      // Before a new process becomes another program, it has the listeners of its parent.
      if (!(await readFile(`/proc/${program.pid}/cmdline`, 'latin1')).includes('main.js')) return false;
      const status = await readFile(`/proc/${program.pid}/status`, 'latin1');
      return /^SigCgt:.*[13579bdf]$/m.test(status);
    },
    30,
    1,
  );
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return program;
}

const serve = ['--config.file', file, '--web.listen-address', '127.0.0.1:0'];

t.test('a reload that is asked for during the start runs after the start', async (t) => {
  for (const milliseconds of moments) {
    const program = await startedFor(milliseconds, serve);
    program.signal('SIGHUP');
    await until(
      'it has reloaded, or ended',
      () => /configuration reloaded/.test(program.output()) || program.hasEnded(),
    );
    t.match(program.output(), /exporter started[\s\S]*configuration reloaded/, `after ${milliseconds} ms`);
    program.signal('SIGTERM');
    t.equal(await program.exitCode, 0);
  }
});

t.test('many reloads during the start become one', async (t) => {
  const program = await startedFor(0, serve);
  for (let i = 0; i < 20; i++) program.signal('SIGHUP');
  await until('it has reloaded, or ended', () => /configuration reloaded/.test(program.output()) || program.hasEnded());
  program.signal('SIGTERM');
  t.equal(await program.exitCode, 0);
  t.equal(program.output().match(/configuration reloaded/g)?.length, 1);
});

t.test('SIGTERM and SIGINT during the start stop it cleanly', async (t) => {
  for (const [index, milliseconds] of moments.entries()) {
    const program = await startedFor(milliseconds, serve);
    const signal = index % 2 === 0 ? 'SIGINT' : 'SIGTERM';
    program.signal(signal);
    t.equal(await program.exitCode, 0, `${signal} after ${milliseconds} ms`);
    t.match(program.output(), /exporter stopping/);
  }
});

t.test('SIGUSR1 opens no debugger, from the first line on', async (t) => {
  for (const milliseconds of [0, 150]) {
    const program = await startedFor(milliseconds, serve);
    program.signal('SIGUSR1');
    program.signal('SIGHUP');
    await until(
      'it has reloaded, or ended',
      () => /configuration reloaded/.test(program.output()) || program.hasEnded(),
    );
    program.signal('SIGUSR1');
    program.signal('SIGTERM');
    t.equal(await program.exitCode, 0);
    t.notMatch(program.output(), 'Debugger', `after ${milliseconds} ms`);
  }
});

t.test('a signal ends a command that does not run the exporter, also while the command is loading', async (t) => {
  for (const args of [
    ['check', '--config.file', fifo],
    ['--config.check', '--config.file', fifo],
  ]) {
    for (const [signal, milliseconds] of [
      ['SIGHUP', 0],
      ['SIGTERM', 0],
      ['SIGTERM', 300],
    ] as const) {
      const program = await startedFor(milliseconds, args);
      program.signal(signal);
      t.equal(await program.exitCode, null, `${args[0]}, ${signal}, ${milliseconds} ms`);
    }
  }
});

t.test('the service manager is notified when the exporter listens, and not before', async (t) => {
  const told = join(directory, 'told');
  await writeFile(join(directory, 'systemd-notify'), `#!/bin/sh\necho "$@" >${told}\n`, { mode: 0o755 });
  const environment = ['NOTIFY_SOCKET=/nowhere', `PATH=${directory}:${process.env['PATH']}`];
  const ready = () => readFile(told, 'utf8').catch(() => '');
  const hanging = startAlone(['--config.file', fifo, '--web.listen-address', '127.0.0.1:0'], environment);
  const program = startAlone(serve, environment);
  await until('it has been told', async () => (await ready()) !== '');
  t.match(program.output(), 'exporter started');
  t.equal(await ready(), '--ready\n');
  await rm(told);
  t.notMatch(hanging.output(), 'exporter started');
  for (const each of [program, hanging]) await each.stop();
  t.equal(await ready(), '', 'the one that never started sent nothing');

  const alone = startAlone(serve, ['NOTIFY_SOCKET=/nowhere', 'PATH=/nowhere']);
  await until('it says that it cannot', () =>
    /systemd cannot be notified that the exporter has started/.test(alone.output()),
  );
  alone.signal('SIGTERM');
  t.equal(await alone.exitCode, 0);
});
