import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { whyUnwritable } from '../../src/base/errors.js';
import { ask } from '../support/ask.js';
import { main, startMain } from '../support/main-program.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';
import { until } from '../support/until.js';

/**
 * Problems around the program: each command reports them in one line with a remedy, and its exit code is not 0. `main` returns only when no
 * process is left that holds the output open.
 */
const directory = await mkdtemp(join(tmpdir(), 'bad-surroundings-'));
t.teardown(() => rm(directory, { recursive: true, force: true }));

/** Every command that reads the configuration, with its exit code after a failure. */
const commands: readonly (readonly [code: number, ...args: string[]])[] = [
  [1, 'serve', '--web.listen-address', '127.0.0.1:0'],
  [3, 'check'],
  [1, 'maintenance', 'start', '--all', '--for', '1h'],
  [1, 'maintenance', 'stop', '--all'],
  [1, 'maintenance', 'list'],
  [2, 'notify-test'],
  [1, 'alertmanager-config'],
];

/** Three at a time, because each is a process. */
async function each<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  await Promise.all(
    [1, 2, 3].map(async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await run(item);
    }),
  );
}

async function fails(
  t: Test,
  args: readonly string[],
  exitCode: number,
  stderr: RegExp,
  options: Parameters<typeof main>[1] = {},
): Promise<void> {
  const ended = await main(args, { cwd: directory, ...options });
  t.match(ended, { exitCode, stderr }, args.join(' '));
  t.equal(ended.stderr.split('\n').length, 2, 'in one line');
}

t.test('the whole output goes into a pipe, however slow the reader is', async (t) => {
  await writeFile(
    join(directory, 'many.yml'),
    `endpoints:\n${Array.from({ length: 3000 }, (_, index) => `  c${index}: {url: "http://c", timeuot: 3s}\n`).join('')}`,
  );
  const { exitCode, stderr } = await main(['--config.check', '--config.file', 'many.yml'], { cwd: directory });
  t.equal(exitCode, 1);
  t.equal(stderr.split('\n').length, 3001, 'far more than the 64 KiB that a pipe takes at once');
});

t.test('a missing secret is reported with the place that uses it', async (t) => {
  const file =
    'endpoints: {}\nalertmanager: {url: "http://127.0.0.1:1", auth: {bearer: {token_file: secrets/crm}}}\nalert_channels: {slack: {webhook_url_file: secrets/slack}}\n';
  await writeFile(join(directory, 'file.yml'), file);
  await writeFile(
    join(directory, 'variable.yml'),
    'endpoints: {}\nalert_channels: {slack: {webhook_url: "${SLACK_URL}"}}\n',
  );
  const missing = (place: string, name: string) =>
    new RegExp(`file\\.yml:${place}: must be the name of a file that exists, not "secrets/${name}"\\n`);
  const token = missing('2:\\d+ alertmanager\\.auth\\.bearer\\.token_file', 'crm');
  const slack = missing('3:44 alert_channels\\.slack\\.webhook_url_file', 'slack');
  await each(commands, async ([code, ...args]) => {
    const { exitCode, stderr } = await main([...args, '--config.file', 'file.yml'], { cwd: directory });
    const [command = ''] = args;
    t.equal(exitCode, code, args.join(' '));
    // Only the secrets that the command uses.
    t.equal(token.test(stderr), command !== 'alertmanager-config', `${args.join(' ')}: ${stderr}`);
    t.equal(
      slack.test(stderr),
      ['serve', 'check', 'alertmanager-config'].includes(command),
      `${args.join(' ')}: ${stderr}`,
    );
  });
  await fails(
    t,
    ['check', '--config.file', 'variable.yml'],
    3,
    /^ai-crm-exporter: variable\.yml:2:\d+ alert_channels\.slack\.webhook_url: environment variable SLACK_URL is not set\n$/,
  );
  await fails(
    t,
    ['maintenance', 'list', '--alertmanager.token-file', 'gone'],
    2,
    /^ai-crm-exporter: --alertmanager\.token-file: gone: cannot be read \(ENOENT\)\n$/,
  );
});

t.test('the error names a listen address that is not available', async (t) => {
  const server = await rawServer((socket) => socket.end(httpAnswer('')));
  t.teardown(() => server.stop());
  const remedy = '; choose another address with --web\\.listen-address\\n$';
  await fails(
    t,
    ['serve', '--web.listen-address', `127.0.0.1:${server.port}`],
    1,
    new RegExp(
      `^ai-crm-exporter: cannot listen on 127\\.0\\.0\\.1:${server.port}: another program uses the port${remedy}`,
    ),
  );
  await fails(
    t,
    ['serve', '--web.listen-address', '192.0.2.1:10059'],
    1,
    new RegExp(
      `^ai-crm-exporter: cannot listen on 192\\.0\\.2\\.1:10059: this machine does not have the address${remedy}`,
    ),
  );
});

t.test('an old Node.js is reported before anything else fails', async (t) => {
  const pretend = (version: string) => ({
    environment: {
      NODE_OPTIONS: `--import=data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`,
    },
  });
  await fails(
    t,
    ['serve'],
    1,
    /^ai-crm-exporter: Node\.js 18\.19\.1 is too old: install 20\.18 or newer\n$/,
    pretend('18.19.1'),
  );
  await fails(
    t,
    ['status'],
    3,
    /^ai-crm-exporter: Node\.js 20\.17\.0 is too old: install 20\.18 or newer\n$/,
    pretend('20.17.0'),
  );
  t.match(await main(['--version'], pretend('22.0.0')), { exitCode: 0 });
  await fails(
    t,
    ['alertmanager-config', '--alertmanager.version', '0.24'],
    2,
    /^ai-crm-exporter: --alertmanager\.version: 0\.25 or later is required, not 0\.24\n$/,
  );
});

t.test('the error says whether nobody answers, there is no network, or the program is still starting', async (t) => {
  const nowhere = `http://127.0.0.1:${await closedPort()}`;
  const starting = await rawServer((socket) => socket.end(httpAnswer('Service Unavailable', { code: 503 })));
  t.teardown(() => starting.stop());
  const asking = commands
    .filter(([, command]) => command === 'maintenance' || command === 'notify-test')
    .filter(([, , verb]) => verb !== 'list');
  const cases: readonly (readonly [url: string, message: RegExp])[] = [
    [
      nowhere,
      /^ai-crm-exporter: no answer of Alertmanager at \S+: connection refused; start it, or check --alertmanager\.url\n$/,
    ],
    [
      'http://nowhere.invalid:9093',
      /^ai-crm-exporter: no answer of Alertmanager at http:\/\/nowhere\.invalid:9093: .*(?:name|in time).*; start it, or check --alertmanager\.url\n$/,
    ],
    [
      `http://127.0.0.1:${starting.port}`,
      /^ai-crm-exporter: (?:GET|POST) \S+: 503, it is not ready; wait a moment; if this stays, see its log\n$/,
    ],
  ];
  await each(
    asking.flatMap((command) => cases.map((each) => [command, each] as const)),
    ([[code, ...args], [url, message]]) => fails(t, [...args, '--alertmanager.url', url], code, message),
  );
  await writeFile(
    join(directory, 'network.yml'),
    'host: {enabled: false}\nendpoints: {a: "http://nowhere.invalid/"}\n',
  );
  t.match(await main(['check', '--config.file', 'network.yml'], { cwd: directory }), {
    exitCode: 2,
    stdout: /cannot resolve nowhere\.invalid: .+\n/,
  });
});

t.test(
  'without a home and in a read-only folder, all commands that only read work',
  { skip: existsSync('/proc/version') ? false : 'there is no /proc here' },
  async (t) => {
    const file = join(directory, 'quiet.yml');
    await writeFile(
      file,
      'host: {enabled: false}\nendpoints: {}\nalert_channels: {console: {url: "http://localhost:10059/alerts"}}\n',
    );
    const readOnly = { cwd: '/proc', environment: { HOME: '/nonexistent', TMPDIR: '/nonexistent' } };
    t.match(await main(['check', '--config.file', file], readOnly), {
      exitCode: 3,
      stdout: /^AI-CRM is UNKNOWN/,
      stderr: '',
    });
    t.match(await main(['alertmanager-config', '--config.file', file], readOnly), {
      exitCode: 0,
      stdout: /receivers:/,
      stderr: '',
    });
    await fails(
      t,
      ['alertmanager-config', '--config.file', file, '--output.dir', 'alerts'],
      1,
      /^ai-crm-exporter: \/proc\/alerts: its parent folder does not exist; create it first\n$|^ai-crm-exporter: \/proc\/alerts: this user has no permission to write there/,
      readOnly,
    );
    await fails(
      t,
      ['check', '--config.file', file, '--html', 'page.html'],
      3,
      /^ai-crm-exporter: --html: page\.html: (?:its parent folder|this user has no permission)/,
      readOnly,
    );
    const program = startMain(
      ['serve', '--config.file', file, '--web.listen-address', '127.0.0.1:0', '--log.format', 'json'],
      readOnly,
    );
    const url = () => /"listen":"([^"]+)"/.exec(program.output())?.[1];
    await until('it listens', () => url() !== undefined || program.output().includes('ai-crm-exporter: '));
    t.equal((await ask(`${url()}/-/healthy`)).status, 200);
    program.signal('SIGTERM');
    t.equal(await program.exitCode, 0);
  },
);

t.test('with jobs, --config.check reports a folder for heartbeats that cannot be used', async (t) => {
  await writeFile(join(directory, 'jobs.yml'), 'endpoints: {}\nheartbeats: {nightly: 1d}\n');
  await writeFile(join(directory, 'no-jobs.yml'), 'endpoints: {}\n');
  const check = (file: string, ...args: readonly string[]) =>
    main(['--config.check', '--config.file', file, ...args], { cwd: directory });
  const said =
    /^jobs\.yml\/heartbeats\.json: warning: reports of jobs are not kept: a part of the path is a file instead of a folder; choose another path\n$/;
  const [plain, strict, sound, none] = await Promise.all([
    check('jobs.yml', '--storage.path', 'jobs.yml'),
    check('jobs.yml', '--storage.path', 'jobs.yml', '--strict'),
    check('jobs.yml', '--storage.path', 'new'),
    check('no-jobs.yml', '--storage.path', 'jobs.yml'),
  ]);
  t.match(plain, { exitCode: 0, stdout: 'jobs.yml: ok, 0 components\n', stderr: said });
  t.match(strict, { exitCode: 1, stdout: '', stderr: said });
  t.match([sound, none], [{ stderr: '' }, { stderr: '' }]);
});

t.test('the message of a failed write has the reason in words', async (t) => {
  const why = (code: string) => whyUnwritable(Object.assign(new Error('x'), { code }));
  t.equal(why('EROFS'), 'the file system is read-only; choose another path');
  t.equal(
    why('EACCES'),
    'this user has no permission to write there; choose another path, or run the command as a user with that permission',
  );
  t.equal(why('EMFILE'), 'cannot be written (EMFILE)');
  t.equal(whyUnwritable(new Error('odd')), 'cannot be written (odd)');
});
