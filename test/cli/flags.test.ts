import t from 'tap';
import { defaultAlertmanagerVersion } from '../../src/alertmanager/alertmanager-file.js';
import { parsedCommand } from '../support/parsed-command.js';

/** The flags of access to another program. */
const accessTo = (program: string) => [
  `--${program}.url`,
  `http://${program}:1`,
  `--${program}.username`,
  'me',
  `--${program}.password-file`,
  'password',
  `--${program}.token-file`,
  'token',
];
const given = (program: string) => ({
  [`${program}.url`]: `http://${program}:1`,
  [`${program}.username`]: 'me',
  [`${program}.passwordFile`]: 'password',
  [`${program}.tokenFile`]: 'token',
});
const file = { 'config.file': 'x.yml' };
const log = { 'log.level': 'info', 'log.format': 'logfmt' };
const history = { days: 14, timeout: '60s' };
const serve = { ...log, 'web.listenAddress': [':10059'], 'web.telemetryPath': '/metrics' };
const demo = { 'web.listenAddress': ['127.0.0.1:10059'], stack: true };
const simulate = { host: '127.0.0.1', 'control.host': '127.0.0.1' };

/** Command lines, the command that they run, and all of its options with their defaults. */
const table: readonly (readonly [line: string, command: string, options: object])[] = [
  ['', 'serve', serve],
  ['serve --config.file x.yml', 'serve', { ...serve, ...file }],
  ['--config x.yml --config.check --strict', 'serve', { ...serve, ...file, 'config.check': true, strict: true }],
  [
    '--web.listen-address :1 --web.listen-address [::1]:2',
    'serve',
    { ...serve, 'web.listenAddress': [':1', '[::1]:2'] },
  ],
  ['--port 1', 'serve', { ...serve, 'web.listenAddress': [':1'], port: '1' }],
  ['--web.listen-address :1 --port 2', 'serve', { ...serve, 'web.listenAddress': [':1', ':2'], port: '2' }],
  ['--once', 'serve', { ...serve, once: true }],
  ['--generate-file', 'serve', { ...serve, generateFile: 'dashboard.html' }],
  ['--generate-file x.html', 'serve', { ...serve, generateFile: 'x.html' }],
  ['--web.telemetry-path /own', 'serve', { ...serve, 'web.telemetryPath': '/own' }],
  ['--web.config.file web.yml', 'serve', { ...serve, 'web.config.file': 'web.yml' }],
  ['--web.allowed-host a --web.allowed-host *.b.c', 'serve', { ...serve, 'web.allowedHost': ['a', '*.b.c'] }],
  ['--storage.path /x --verbose', 'serve', { ...serve, 'storage.path': '/x', verbose: true }],
  [
    '-v --log.level debug --log.format json',
    'serve',
    { ...serve, verbose: true, 'log.level': 'debug', 'log.format': 'json' },
  ],
  ['check', 'check', log],
  [
    'check --config.file x.yml --storage.path /x --json --html y --once -v',
    'check',
    { ...log, ...file, 'storage.path': '/x', json: true, html: 'y', once: true, verbose: true },
  ],
  ['check --generate-file y', 'check', { ...log, html: 'y' }],
  ['check --component a b --without host', 'check', { ...log, component: ['a', 'b'], without: ['host'] }],
  ['status', 'status', { timeout: '5s' }],
  ...['exporter', 'prometheus', 'alertmanager', 'grafana'].map(
    (each) => [`status ${accessTo(each).join(' ')}`, 'status', { timeout: '5s', ...given(each) }] as const,
  ),
  [
    'status --config x.yml --without prometheus alertmanager grafana --timeout 1s --json',
    'status',
    { ...file, without: ['prometheus', 'alertmanager', 'grafana'], timeout: '1s', json: true },
  ],
  ['map --source a --file - --config x.yml', 'map', { ...file, source: 'a', file: '-' }],
  ['alertmanager-config', 'alertmanager-config', { 'alertmanager.version': defaultAlertmanagerVersion }],
  [
    'alertmanager-config --config x.yml --output.dir a --alertmanager.dir b --alertmanager.version 0.27 --fragment',
    'alertmanager-config',
    { ...file, 'output.dir': 'a', 'alertmanager.dir': 'b', 'alertmanager.version': '0.27', fragment: true },
  ],
  [
    `maintenance start --config x.yml ${accessTo('alertmanager').join(' ')} --component a b --for 2h --at 22:00 --comment why`,
    'maintenance start',
    { ...file, ...given('alertmanager'), component: ['a', 'b'], for: '2h', at: '22:00', comment: 'why' },
  ],
  ['maintenance start --all --for 2h', 'maintenance start', { all: true, for: '2h' }],
  ['maintenance stop --component a', 'maintenance stop', { component: ['a'] }],
  ['maintenance stop --all', 'maintenance stop', { all: true }],
  ['maintenance stop --id a b', 'maintenance stop', { id: ['a', 'b'] }],
  ['maintenance list --config x.yml', 'maintenance list', file],
  [
    `heartbeat --config x.yml ${accessTo('exporter').join(' ')} --timeout 1s job -- true`,
    'heartbeat',
    { ...file, ...given('exporter'), timeout: '1s' },
  ],
  ['heartbeat job -- true', 'heartbeat', { timeout: '5s' }],
  ['notify-test', 'notify-test', { timeout: '60s', severity: 'critical' }],
  [
    'notify-test --channel a b --timeout 1s --severity warning --label a=b --alertmanager.log y',
    'notify-test',
    { channel: ['a', 'b'], timeout: '1s', severity: 'warning', label: ['a=b'], 'alertmanager.log': 'y' },
  ],
  ['thresholds suggest', 'thresholds suggest', history],
  [
    `thresholds suggest ${accessTo('prometheus').join(' ')} --days 366 --job a --timeout 1s --json`,
    'thresholds suggest',
    { ...given('prometheus'), days: 366, job: 'a', timeout: '1s', json: true },
  ],
  ['thresholds backtest --days 1 --set a=1 b=2', 'thresholds backtest', { ...history, days: 1, set: ['a=1', 'b=2'] }],
  ['demo', 'demo', demo],
  [
    'demo --fault a b --no-stack --port 0',
    'demo',
    { ...demo, fault: ['a', 'b'], stack: false, 'web.listenAddress': [':0'], port: '0' },
  ],
  ['simulate', 'simulate', simulate],
  [
    'simulate --host a --advertise b --control.host c --port.base 1 --exporter.url d --fault e --config.out f',
    'simulate',
    {
      host: 'a',
      advertise: 'b',
      'control.host': 'c',
      'port.base': '1',
      'exporter.url': 'd',
      fault: ['e'],
      'config.out': 'f',
    },
  ],
];

t.test('each command has its flags, and defaults for some of them', async (t) => {
  for (const [line, command, options] of table) {
    const parsed = await parsedCommand(line.split(' ').filter(Boolean));
    t.strictSame({ ...parsed.options }, options, line);
    t.match(parsed, { command, problem: undefined, printed: '' }, line);
  }
});

t.test(
  'only the exporter handles signals while it starts, and a check ends as one, however it is asked for',
  async (t) => {
    for (const [line, command] of table) {
      const isCheck = /^--(?:once|generate-file|config\.check)\b|--config\.check/.test(line);
      const { hasDefaultSignals, endsAs } = await parsedCommand(line.split(' ').filter(Boolean));
      t.equal(hasDefaultSignals, command !== 'serve' || isCheck, line);
      t.equal(endsAs, /^--(?:once|generate)/.test(line) ? 'check' : command.replace(/ .*/, ''), line);
    }
  },
);

t.test('the command of a job keeps its own flags', async (t) => {
  t.match(await parsedCommand(['heartbeat', 'job', '--', 'tar', '--json', '-v']), {
    command: 'heartbeat',
    args: ['job', 'tar', '--json', '-v'],
  });
});

t.test('a value that a flag cannot have is refused, with the values that it can have', async (t) => {
  const name =
    /must be a name such as monitoring\.example\.com, without scheme, port or path, or \*\.example\.com, or \*/;
  const days = /must be a whole number from 1 to 366/;
  for (const [line, problem] of [
    ['--log.level loud', /Allowed choices are /],
    ['--log.format xml', /Allowed choices are logfmt, json\./],
    ...['http://a', 'a/b', 'a:1', '*a.b', 'a..b', '.a', 'a.', '**', ''].map(
      (host) => [`--web.allowed-host=${host}`, name] as const,
    ),
    ...['metrics', '/', '/a?b', '/a b', 'http://a/b'].map(
      (path) => [`--web.telemetry-path=${path}`, /must begin with \/ and have at least one more character/] as const,
    ),
    ...['0', '367', '1.5', 'x', '-1'].map((text) => [`thresholds suggest --days=${text}`, days] as const),
    ['check --without everything', /Allowed choices are .*host/],
    ['status --without exporter', /Allowed choices are prometheus, alertmanager, grafana/],
    ['notify-test --severity info', /Allowed choices are warning, critical/],
    ['map --source a', /required option '--file <file>' not specified/],
    ['map --file a', /required option '--source <name>' not specified/],
    ['maintenance start --all', /required option '--for <duration>' not specified/],
    ['heartbeat job', /missing required argument 'command'/],
    ['heartbeat', /missing required argument 'name'/],
    ['--strict', /--strict works only with --config\.check/],
    ['--port x', /must be host:port or :port, not ":x"/],
  ] as const) {
    const [, first, last] = /^(.*?=)(.*)$/.exec(line) ?? [];
    const args =
      first === undefined ? line.split(' ') : [...first.split(' ').slice(0, -1), `${first.split(' ').at(-1)}${last}`];
    t.match((await parsedCommand(args)).problem, problem, line);
  }
  for (const host of ['*', 'a', 'A-1_b.c', '*.a.b', '1.2.3.4'])
    t.equal((await parsedCommand(['--web.allowed-host', host])).problem, undefined, host);
  for (const path of ['/m', '/a/b.c-d_e/'])
    t.equal((await parsedCommand(['--web.telemetry-path', path])).problem, undefined, path);
});

t.test(
  'the help of a command says what it does and explains each flag, but hides those of the old monitor',
  async (t) => {
    for (const [command, hidden] of [
      ['serve', ['port', 'once', 'generate-file']],
      ['check', ['once']],
      ['status', []],
      ['map', []],
      ['alertmanager-config', []],
      ['maintenance start', []],
      ['maintenance stop', []],
      ['maintenance list', []],
      ['heartbeat', []],
      ['notify-test', []],
      ['thresholds suggest', []],
      ['thresholds backtest', []],
      ['demo', ['port']],
      ['simulate', []],
    ] as const) {
      const { printed } = await parsedCommand([...command.split(' '), '--help']);
      t.match(printed, /^Usage: ai-crm-exporter .*\n\n[a-z].{20,}/, command);
      const flags = printed.split(/\n(?= {2}-)/).slice(1);
      t.ok(flags.length > 2, command);
      for (const flag of flags) {
        const [, name, text = ''] = /^(.*?)(?: {2,}|\n +)(\S[^]*)$/.exec(flag.trim()) ?? [];
        // Commander adds these by itself.
        const own = text.replace(/\((?:default|choices): [^)]*\)/g, '').trim();
        t.ok(own.length > 8, `${command} ${name}: ${flag}`);
      }
      for (const flag of hidden) t.notMatch(printed, new RegExp(`^ {2}--${flag}\\b`, 'm'), `${command} --${flag}`);
    }
    for (const group of ['maintenance', 'thresholds'])
      t.match(
        (await parsedCommand([group, '--help'])).printed,
        /\n\n[a-z].{20,}\n[^]*\n {2}\w+ .* {2,}[a-z].{10,}/,
        group,
      );
    const { printed } = await parsedCommand(['--help']);
    for (const command of new Set(table.map(([, name]) => name.replace(/ .*/, ''))))
      t.match(printed, new RegExp(`^ {2}${command}\\b.*(?: {2,}|\\n +)[a-z].{8,}`, 'm'), command);
    const help = async (command: string) => (await parsedCommand([command, '--help'])).printed.replaceAll(/\s+/g, ' ');
    const status = await help('status');
    for (const [name, variable, address] of [
      ['the exporter', 'EXPORTER', 'http://localhost:10059'],
      ['Prometheus', 'PROMETHEUS', 'http://localhost:9090'],
      ['Alertmanager', 'ALERTMANAGER', 'alertmanager.url of the configuration, else http://localhost:9093'],
      ['Grafana', 'GRAFANA', 'grafana_url of the configuration, else http://localhost:3001'],
    ])
      t.match(status, `address of ${name}; default: environment variable AICRM_${variable}_URL, else ${address} `);
    t.match(await help('heartbeat'), 'AICRM_EXPORTER_URL, else http://localhost:10059 ');
  },
);
