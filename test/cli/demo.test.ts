import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { start } from '../support/programs.js';
import { until } from '../support/until.js';

/** Runs the demo as "$@" of this shell command, with its own folder for temporary files. */
async function demo(t: Test, command: string) {
  const folder = await mkdtemp(join(tmpdir(), 'demo-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const program = start(
    'sh',
    [
      '-c',
      command,
      'sh',
      process.execPath,
      'dist/main.js',
      'demo',
      '--web.listen-address',
      '127.0.0.1:0',
      '--no-stack',
    ],
    { environment: { ...process.env, TMPDIR: folder } },
  );
  t.teardown(() => program.stop());
  return { program, folder };
}

t.test('the demo ends with exit code 0 on SIGINT and leaves no files behind', async (t) => {
  const { program, folder } = await demo(t, 'exec "$@"');
  await until('it is on', () => program.output().includes('Ctrl-C stops everything'));
  t.equal((await readdir(folder)).length > 0, true);
  program.signal('SIGINT');
  t.equal(await program.exitCode, 0);
  t.same(await readdir(folder), []);
});

t.test('the demo ends when its output has no reader any more', async (t) => {
  const { program, folder } = await demo(t, '"$@" | head -n 1');
  t.equal(await program.exitCode, 0);
  t.match(program.output(), /^metrics +http:\/\/127\.0\.0\.1:\d+\/metrics\n$/);
  t.same(await readdir(folder), []);
});
