import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ask } from '../support/ask.js';
import { samplesIn } from '../support/exposition.js';
import { main, startMain } from '../support/main-program.js';
import { closedPort } from '../support/raw-server.js';
import { until } from '../support/until.js';

t.setTimeout(120_000);

const settings = `endpoints: {}
host: {enabled: false}
heartbeat_token: s3cret-all
heartbeats: {backup: {every: 1d, token_file: own}, sync: 15m}
`;

t.test('a job is reported, and the exit code is that of its command', async (t) => {
  const directory = t.testdir({ 'monitoring.yml': settings, own: 's3cret-own\n', token: 's3cret-all\n', wrong: 'x\n' });
  const url = `http://127.0.0.1:${await closedPort()}`;
  const exporter = startMain(['--web.listen-address', new URL(url).host], { cwd: directory });
  t.teardown(() => exporter.stop());
  await until('it listens', () => exporter.output().includes('exporter started'));
  const figures = async () => samplesIn((await ask(`${url}/metrics`)).text);
  const figure = async (name: string, job = 'sync', more = '') =>
    (await figures()).get(`aicrm_heartbeat_${name}{component="${job}"${more}}`);
  const environment = { AICRM_EXPORTER_URL: url, AICRM_HEARTBEAT_TOKEN: 's3cret-all' };
  const wrap = (flags: readonly string[], command: readonly string[], env: NodeJS.ProcessEnv = environment) =>
    main(['heartbeat', ...flags, '--', ...command], { cwd: directory, environment: env });
  const shell = (script: string) => ['sh', '-c', script];

  t.same(
    await wrap(['sync'], shell('echo out; echo err >&2; echo "token ${AICRM_HEARTBEAT_TOKEN-none} -v $1"')),
    { exitCode: 0, stdout: 'out\ntoken none -v \n', stderr: 'err\n' },
    'its output is unchanged, and it does not get the token',
  );
  t.same(
    [
      await figure('reports_total', 'sync', ',report="success"'),
      await figure('reports_total', 'sync', ',report="start"'),
    ],
    [1, 1],
  );
  t.type(await figure('runtime_seconds'), 'number', 'a begin and an end make a run time');

  t.match(await wrap(['sync'], shell('exit 7')), { exitCode: 7, stdout: '', stderr: '' });
  t.equal(await figure('exit_status'), 7);
  t.match(await wrap(['sync'], shell('kill -KILL $$')), { exitCode: 137, stderr: '' });
  t.equal(await figure('exit_status'), 137, 'after a signal the status is that of a shell');
  t.match(await wrap(['sync'], ['no-such-command-s']), {
    exitCode: 127,
    stderr: /no-such-command-s: cannot be run \(ENOENT\)/,
  });
  t.equal(await figure('exit_status'), 127);
  t.match(await wrap(['sync'], [directory]), { exitCode: 126, stderr: /cannot be run \(EACCES\)/ });

  await t.test('the token comes from a file, or from the configuration that is named', async (t) => {
    const noToken = { AICRM_EXPORTER_URL: url };
    t.match(await wrap(['sync', '--exporter.token-file', 'token'], ['true'], noToken), { exitCode: 0, stderr: '' });
    t.match(await wrap(['sync', '--config.file', 'monitoring.yml'], ['true'], noToken), { exitCode: 0, stderr: '' });
    t.match(await wrap(['backup', '--config.file', 'monitoring.yml'], ['true'], noToken), { exitCode: 0, stderr: '' });
    t.equal(await figure('exit_status', 'backup'), 0);
    const named = { ...noToken, AICRM_CONFIG_FILE: 'monitoring.yml' };
    t.match(await wrap(['backup'], ['true'], named), { exitCode: 0, stderr: '' }, 'by the variable, too');
    await writeFile(
      join(directory, 'other.yml'),
      'heartbeats: {backup: {every: 1d, token_file: own}, sync: {every: 1d, token_file: gone}}\n',
    );
    t.match(
      await wrap(['backup', '--config.file', 'other.yml'], ['true'], noToken),
      { exitCode: 0, stderr: '' },
      'the token of another job may be missing',
    );
    t.match(await wrap(['sync', '--config.file', 'other.yml'], ['true'], noToken), {
      exitCode: 0,
      stderr: /^ai-crm-exporter: heartbeat sync: .*gone.*\n$/,
    });
    t.match(await wrap(['backup', '--exporter.token-file', 'wrong'], ['true'], noToken), {
      exitCode: 0,
      stderr:
        /^ai-crm-exporter: heartbeat backup: POST \S+\/heartbeat\/backup\/start: 401, .*--exporter.token-file.*\n$/,
    });
  });

  await t.test('the job runs also when its report fails', async (t) => {
    for (const [flags, stderr] of [
      [
        ['sync', '--exporter.token-file', 'none'],
        /^ai-crm-exporter: heartbeat sync: --exporter.token-file: none: .*ENOENT.*\n$/,
      ],
      [['sync', '--exporter.url', 'nonsense'], /^ai-crm-exporter: heartbeat sync: --exporter.url: .*\n$/],
      [
        ['snyc'],
        /^ai-crm-exporter: heartbeat snyc: POST \S+\/heartbeat\/snyc\/start: 404: no job is called "snyc": see heartbeats.*\n$/,
      ],
      [
        ['sync', '--exporter.url', `http://127.0.0.1:${await closedPort()}`],
        /^.* no answer of the exporter at .*: connection refused.*\n$/,
      ],
    ] as const)
      t.match(await wrap(flags, shell('echo done; exit 3')), { exitCode: 3, stdout: 'done\n', stderr });
    await writeFile(join(directory, 'broken.yml'), 'heartbeats: 5\n');
    t.match(await wrap(['sync', '--config.file', 'broken.yml'], shell('exit 4'), { AICRM_EXPORTER_URL: url }), {
      exitCode: 4,
      stderr: /^ai-crm-exporter: heartbeat sync: .*broken.yml:1:13 heartbeats: must be .*\n$/,
    });
    t.match(await main(['heartbeat', 'sync'], { cwd: directory }), {
      exitCode: 2,
      stderr: /missing required argument 'command'/,
    });
    for (const timeout of ['soon', '61s', '50ms'])
      t.match(await main(['heartbeat', 'sync', '--timeout', timeout, '--', 'true']), {
        exitCode: 2,
        stderr: /--timeout must be/,
      });
  });

  await t.test('a signal reaches the command, and its end is reported', async (t) => {
    const wrapped = startMain(
      [
        'heartbeat',
        'sync',
        '--',
        ...shell('trap "echo got it; n=1" TERM; echo ready; while [ -z "$n" ]; do sleep 0.05; done; sleep 0.3; exit 9'),
      ],
      { cwd: directory, environment },
    );
    await until('the command is ready', () => wrapped.output().includes('ready'));
    await until('its begin is reported', async () => (await figure('running')) === 1);
    wrapped.signal('SIGTERM');
    await until('it has ended', () => wrapped.hasEnded());
    t.equal(wrapped.output().split('got it').length, 2, 'once');
    t.equal(await figure('exit_status'), 9);
    t.equal(await figure('running'), 0);
  });
  t.notMatch(exporter.output(), 's3cret');
});
