import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { alertChannelKinds } from '../../src/config/sections/alert-channels-section.js';
import { main } from '../support/main-program.js';

// The program starts about twenty times.
t.setTimeout(90_000);

async function folder(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'program-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

t.test('the command decides how a failure ends, not a word in its arguments', async (t) => {
  const directory = await folder(t);
  const table: readonly (readonly [args: readonly string[], exitCode: number, stderr: RegExp])[] = [
    [['serve', '--config.file', 'check'], 1, /^ai-crm-exporter: check: no such file\n$/],
    [['--config.file', 'check'], 1, /^ai-crm-exporter: check: no such file\n$/],
    [['--config.file', 'status', '--config.check'], 1, /^status: no such file\n$/],
    [['map', '--source', 'check', '--file', 'x'], 2, /there is no source "check"/],
    [['check', '--config.file', 'serve'], 3, /^ai-crm-exporter: serve: no such file\n$/],
    [['--config', 'serve', '--once'], 3, /^ai-crm-exporter: serve: no such file\n$/],
    [['status', '--nonsense'], 3, /unknown option '--nonsense'/],
    [['stauts'], 2, /^error: there is no command "stauts", did you mean "status"\?\n/],
    [
      ['chekc', '--json'],
      2,
      /^error: there is no command "chekc", did you mean "check"\?\n\(--help shows every flag\)\n$/,
    ],
    [
      ['--json'],
      2,
      /^error: unknown option '--json'\n\(--json is a flag of check, status, thresholds suggest, thresholds backtest\)\n/,
    ],
    [['check', '--strict'], 3, /^error: unknown option '--strict'\n\(--strict is a flag of serve\)\n/],
    [['check', '--jsno'], 3, /^error: unknown option '--jsno'\n\(Did you mean --json\?\)\n/],
    [
      ['--config.check', '--web.listen-address', 'here'],
      2,
      /^ai-crm-exporter: --web.listen-address must be host:port or :port, not "here"\n$/,
    ],
    [['demo', '--port', 'x'], 2, /^ai-crm-exporter: --web.listen-address must be host:port or :port, not ":x"\n$/],
    [['deploy'], 2, /^error: there is no command "deploy"\n\(--help shows every flag\)\n$/],
    [['--log.level', 'debug', 'check'], 2, /^error: the command comes before its flags: ai-crm-exporter check …\n/],
    [['maintenance', 'strat'], 2, /Did you mean start\?/],
  ];
  const ended = await Promise.all(table.map(([args]) => main(args, { cwd: directory })));
  table.forEach(([args, exitCode, stderr], index) =>
    t.match(ended[index], { exitCode, stdout: '', stderr }, args.join(' ')),
  );
});

t.test('--help shows the flags of serve, which need no command, in groups', async (t) => {
  const [whole, serve, check] = await Promise.all([
    main(['--help']),
    main(['serve', '--help']),
    main(['check', '--help']),
  ]);
  for (const flag of [
    '--config.file',
    '--config.check',
    '--web.listen-address',
    '--web.telemetry-path',
    '--web.config.file',
    '--log.level',
    '--log.format',
    '--verbose',
    '--version',
    '--help',
  ]) {
    t.match(whole.stdout, new RegExp(`^ .*${flag.replaceAll('.', '\\.')}\\b`, 'm'), flag);
  }
  for (const { stdout } of [whole, serve]) t.match(stdout, /^Configuration:$[^]*^Web:$[^]*^Logging:$/m);
  t.notMatch(check.stdout, '--web.', 'and no other command has these flags');
});

t.test('the help of notify-test names every kind of channel that reaches people', async (t) => {
  const wanted = alertChannelKinds.filter((kind) => kind !== 'watchdog').join(', ');
  for (const args of [
    ['notify-test', '--help'],
    ['help', 'notify-test'],
  ])
    t.match(
      (await main(args)).stdout.replaceAll(/\s+/g, ' '),
      `must receive the test alert: ${wanted}, or a name`,
      args.join(' '),
    );
});

t.test('--config.check prints warnings and exits with 0, or with 1 if --strict is given', async (t) => {
  const directory = await folder(t);
  await writeFile(join(directory, 'doubtful.yml'), 'slo: {availability_percent: 0.999}\n');
  await writeFile(join(directory, 'sound.yml'), 'slo: {availability_percent: 99.9}\n');
  const check = (file: string, ...more: readonly string[]) =>
    main(['--config.file', file, '--config.check', ...more], { cwd: directory });
  const warning = /^doubtful\.yml:1:29 slo\.availability_percent: warning: .*\n$/;
  const [plain, strict, sound, alone] = await Promise.all([
    check('doubtful.yml'),
    check('doubtful.yml', '--strict'),
    check('sound.yml', '--strict'),
    main(['--strict'], { cwd: directory }),
  ]);
  t.match(plain, { exitCode: 0, stdout: /^doubtful\.yml: ok, /, stderr: warning });
  t.match(strict, { exitCode: 1, stdout: '', stderr: warning });
  t.match(sound, { exitCode: 0, stdout: /^sound\.yml: ok, /, stderr: '' });
  t.match(alone, { exitCode: 2, stderr: /^error: --strict works only with --config\.check\n/ });
});
