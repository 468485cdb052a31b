import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { beginOf } from '../../src/cli/maintenance.js';
import { startAlertmanager } from '../support/alertmanager.js';
import { ask } from '../support/ask.js';
import { main, startMain } from '../support/main-program.js';
import { missing } from '../support/programs.js';
import { closedPort } from '../support/raw-server.js';
import { until } from '../support/until.js';

// The program starts about thirty times, one after the other.
t.setTimeout(240_000);

const directory = await mkdtemp(join(tmpdir(), 'maintenance-'));
t.teardown(() => rm(directory, { recursive: true, force: true }));
const endpoints = `endpoints: {backend: "tcp://127.0.0.1:${await closedPort()}", postgres: "tcp://127.0.0.1:${await closedPort()}", cache.main: "tcp://127.0.0.1:${await closedPort()}"}\nhost: {enabled: false}\n`;
await writeFile(
  join(directory, 'monitoring.yml'),
  `${endpoints}maintenance_windows: [{name: "release\\e[2J", components: [backend], cron: "0 4 1 1 *", duration: 30m}, {name: always, cron: "0 0 * * *", duration: 1d}]\n`,
);

const maintenance = (...args: readonly string[]) => main(['maintenance', ...args], { cwd: directory });

const route = 'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n';

t.test('with a real Alertmanager', { skip: missing('prometheus-alertmanager') }, async (t) => {
  const alertmanager = await startAlertmanager(route, { routePrefix: '/am' });
  t.teardown(() => alertmanager.stop());
  const at = ['--alertmanager.url', `${alertmanager.url}/`];
  const silences = async () =>
    (
      (await alertmanager.get('/silences')) as readonly {
        readonly id: string;
        readonly comment: string;
        readonly createdBy: string;
        readonly status: { readonly state: string };
        readonly matchers: readonly {
          readonly name: string;
          readonly value: string;
          readonly isRegex: boolean;
          readonly isEqual: boolean;
        }[];
      }[]
    ).filter(({ status }) => status.state !== 'expired');

  await t.test('start silences the components, list shows it beside the windows, stop ends it', async (t) => {
    const started = await maintenance(
      'start',
      '--component',
      'backend',
      'cache.main',
      '--for',
      '1h30m',
      '--comment',
      'update\n\u001b[2Jof disks',
      ...at,
    );
    t.match(started, {
      exitCode: 0,
      stdout: /^backend, cache\.main: maintenance until \S+Z \(1h30m\), silence [0-9a-f-]{36}\n$/,
      stderr:
        /^Alertmanager notifies nobody, but the exporter does not see the silence: set alertmanager\.url in the configuration for .*\n$/,
    });
    t.match(await silences(), [
      {
        comment: 'update\n\u001b[2Jof disks',
        matchers: [{ name: 'component', value: 'backend|cache\\.main', isRegex: true, isEqual: true }],
      },
    ]);
    const { stdout, exitCode } = await maintenance('list', ...at);
    t.equal(exitCode, 0);
    t.match(
      stdout,
      /^Windows of the configuration\n {2}release.\[2J +from +\d{4}-01-01 04:00Z +for 30m +backend\n {2}always +until {2}\S+ 00:00Z +\S+ left +everything\n\nSilences of http:\S+\/am\n {2}[0-9a-f-]{36} {2}until {2}\S+ \d\d:\d\dZ {2}1h30m left {2}backend, cache\.main {2}\S+: update .\[2Jof disks\n$/u,
    );
    t.notMatch(stdout, /\u001b/, 'texts of others do not control the terminal');
    t.match(await maintenance('stop', '--component', 'backend', ...at), {
      exitCode: 0,
      stdout: 'backend: maintenance ended\n',
      stderr: '',
    });
    t.match(
      await silences(),
      [{ matchers: [{ value: 'cache.main', isRegex: false }] }],
      'the other component stays in maintenance',
    );
    t.match(await maintenance('stop', '--component', 'backend', 'cache.main', ...at), {
      exitCode: 1,
      stdout: 'cache.main: maintenance ended\n',
      stderr: /^backend: there is no maintenance to end/,
    });
    t.same(await silences(), []);
  });

  await t.test('--at reports when the maintenance begins if the clock skips the time, as a window does', async (t) => {
    const day = nextSummerTime();
    const started = await main(['maintenance', 'start', '--all', '--for', '1h', '--at', `${day}T02:30`, ...at], {
      cwd: directory,
      environment: { TZ: 'Europe/Berlin' },
    });
    t.match(started, {
      exitCode: 0,
      stdout: new RegExp(`^everything: maintenance from ${day}T01:00:00.000Z until ${day}T02:00:00.000Z \\(1h\\)`),
      stderr: new RegExp(
        `^the clock of this machine is put forward and skips ${day}T02:30: the maintenance begins at ${day}T01:00:00.000Z\n`,
      ),
    });
    await maintenance('stop', '--all', ...at);
    t.same(await silences(), []);
  });

  await t.test('--at plans a maintenance that begins later', async (t) => {
    const begin = new Date(Math.ceil(Date.now() / 60_000 + 60) * 60_000).toISOString().replace(':00.000Z', 'Z');
    t.match(await maintenance('start', '--component', 'backend', '--for', '2h', '--at', begin, ...at), {
      exitCode: 0,
      stdout: new RegExp(`^backend: maintenance from ${begin.replace('Z', '')}\\S* until \\S+Z \\(2h\\), silence `),
    });
    t.match(await silences(), [{ status: { state: 'pending' } }]);
    t.match((await maintenance('list', ...at)).stdout, /from +\S+ \d\d:\d\dZ +for 2h +backend/);
    t.match(await maintenance('stop', '--component', 'backend', ...at), {
      exitCode: 0,
      stdout: 'backend: maintenance ended\n',
    });
    t.same(await silences(), []);
  });

  await t.test('--all silences everything except the watchdog, and only --all ends it', async (t) => {
    t.match(await maintenance('start', '--all', '--for', '60', ...at), {
      exitCode: 0,
      stdout: /^everything: maintenance until/,
    });
    t.match(await silences(), [{ matchers: { length: 2 }, comment: 'maintenance of everything' }]);
    const id = (await silences())[0]?.id;
    t.match(await maintenance('stop', '--component', 'backend', ...at), {
      exitCode: 1,
      stderr: `backend: still silenced by ${id} (everything); end it with --id ${id}\n`,
    });
    t.match(await maintenance('stop', '--all', ...at), { exitCode: 0, stdout: 'everything: maintenance ended\n' });
    t.same(await silences(), []);
  });

  await t.test('a planned maintenance of everything does not prevent the end of a current one', async (t) => {
    const begin = `${new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 16)}Z`;
    t.match(await maintenance('start', '--all', '--for', '1h', '--at', begin, ...at), { exitCode: 0 });
    await maintenance('start', '--component', 'backend', '--for', '1h', ...at);
    t.match(await maintenance('stop', '--component', 'backend', ...at), {
      exitCode: 0,
      stdout: 'backend: maintenance ended\n',
    });
    t.match(await maintenance('stop', '--component', 'backend', ...at), {
      exitCode: 1,
      stderr: /^backend: there is no maintenance to end/,
    });
    t.match(await maintenance('stop', '--all', ...at), { exitCode: 0, stdout: 'everything: maintenance ended\n' });
    t.same(await silences(), []);
  });

  await t.test('silences of others are left alone, unless their id is given', async (t) => {
    const times = { startsAt: new Date().toISOString(), endsAt: new Date(Date.now() + 3_600_000).toISOString() };
    const body = JSON.stringify({
      matchers: [{ name: 'component', value: 'back.*', isRegex: true, isEqual: true }],
      createdBy: 'bob',
      comment: 'x',
      ...times,
    });
    const { silenceID: id } = (await (
      await fetch(`${alertmanager.url}/api/v2/silences`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
    ).json()) as { readonly silenceID: string };
    t.match(await maintenance('stop', '--component', 'backend', ...at), {
      exitCode: 1,
      stdout: '',
      stderr: `backend: still silenced by ${id} (by bob); end it with --id ${id}\n`,
    });
    t.match((await maintenance('list', ...at)).stdout, / {component=~"back\.\*"} +bob: x\n/);
    t.match(await maintenance('stop', '--id', id, 'gone', ...at), {
      exitCode: 1,
      stdout: `silence ${id} ended\n`,
      stderr: /^there is no silence gone/,
    });
    t.same(await silences(), []);
  });

  await t.test('the exporter shows the maintenance in metric, status and level, and also its end', async (t) => {
    await writeFile(
      join(directory, 'watching.yml'),
      `${endpoints}alertmanager: {url: "${alertmanager.url}", job: crm, interval: 1}\n`,
    );
    const exporter = startMain([
      '--config.file',
      join(directory, 'watching.yml'),
      '--web.listen-address',
      '127.0.0.1:0',
      '--log.format',
      'json',
    ]);
    t.teardown(() => exporter.stop());
    const url = () => /"listen":"([^"]+)"/.exec(exporter.output())?.[1] ?? '';
    await until('it listens', () => url() !== '');
    const inMaintenance = async (component: string) =>
      (await ask(`${url()}/metrics`)).text.includes(`aicrm_component_maintenance{component="${component}"} 1`);
    const own = ['--config.file', 'watching.yml'];
    const comment = `update of "both"\nat https://me:s3cret@crm.test/?s3cret ${'x'.repeat(200)}`;
    t.match(
      await maintenance('start', '--component', 'backend', 'postgres', '--for', '1h', '--comment', comment, ...own),
      { exitCode: 0, stderr: '' },
    );
    t.match((await silences())[0]?.matchers, [
      { name: 'job', value: 'crm' },
      { name: 'component', value: 'backend|postgres' },
    ]);
    await until(
      'both are in maintenance',
      async () => (await inMaintenance('backend')) && (await inMaintenance('postgres')),
    );
    t.notOk(await inMaintenance('cache.main'));
    t.match(
      (await ask(`${url()}/metrics`)).text,
      /\naicrm_maintenance_info\{component="backend",reason="update of \\"both\\" at https:\/\/<secret>@crm\.test\/\?<secret> x+…",author="[^"]+"\} 1\n/,
      'author and reason on one line, cut, without possible secrets',
    );
    const status = async () =>
      JSON.parse((await ask(`${url()}/api/status`)).text) as {
        readonly level: string;
        readonly components: readonly { readonly name: string; readonly in_maintenance: boolean }[];
        readonly sources: readonly unknown[];
      };
    t.match(
      (await status()).components
        .filter((component) => component.in_maintenance)
        .map(({ name }) => name)
        .sort(),
      ['backend', 'postgres'],
    );
    t.match((await status()).sources, [
      { name: 'alertmanager', up: true, message: '1 silence, 2 of 3 components in maintenance through them' },
    ]);
    t.match(await main(['check', '--config.file', 'watching.yml'], { cwd: directory }), {
      stdout: /backend .*in maintenance/,
    });
    await maintenance('stop', '--component', 'backend', ...own);
    await until('backend is back', async () => !(await inMaintenance('backend')));
    t.ok(await inMaintenance('postgres'), 'postgres stays in maintenance');
    // When Alertmanager stops, its silences still count.
    await alertmanager.stop();
    await until('it is noticed', async () =>
      (await ask(`${url()}/metrics`)).text.includes('aicrm_source_up{source="alertmanager"} 0'),
    );
    t.ok(await inMaintenance('postgres'));
    // After a reload without Alertmanager they do not.
    await writeFile(join(directory, 'watching.yml'), endpoints);
    exporter.signal('SIGHUP');
    await until(
      'nobody is asked any more',
      async () =>
        !(await inMaintenance('postgres')) &&
        !(await ask(`${url()}/metrics`)).text.includes('source="alertmanager"} 0'),
    );
  });
});

t.test('reports an error in one line, with a remedy', async (t) => {
  const url = `http://127.0.0.1:${await closedPort()}`;
  const start = ['start', '--component', 'backend', '--for', '1h'];
  t.match(await maintenance(...start, '--alertmanager.url', url), {
    exitCode: 1,
    stdout: '',
    stderr: `ai-crm-exporter: no answer of Alertmanager at ${url}: connection refused; start it, or check --alertmanager.url\n`,
  });
  t.match(await maintenance('list', '--alertmanager.url', url), {
    exitCode: 1,
    stdout: /^Windows of the configuration\n/,
    stderr: /connection refused/,
  });
  const wrong: readonly [args: readonly string[], stderr: string][] = [
    [
      ['start', '--component', 'bakcend', '--for', '1h'],
      `--component: there is no "bakcend" in ${join(directory, 'monitoring.yml')}, did you mean "backend"?`,
    ],
    [
      ['start', '--component', 'backend', '--for', 'soon'],
      '--for must be a duration such as 30s, 2h or 1h30m, not "soon"',
    ],
    [['start', '--component', 'backend', '--for', '10s'], '--for must be between 1m and 7d, not "10s"'],
    [['start', '--for', '1h'], 'give either --component with the names of components, or --all'],
    [
      ['start', '--all', '--component', 'backend', '--for', '1h'],
      'give either --component with the names of components, or --all',
    ],
    [['stop', '--all', '--id', 'x'], 'give either --id, or --component with the names of components, or --all'],
    [
      [...start, '--alertmanager.url', 'localhost:9093'],
      '--alertmanager.url: must be a URL such as http://localhost:9093',
    ],
    [
      [...start, '--alertmanager.url', 'http://a:hunter2@b'],
      '--alertmanager.url: the URL contains credentials; they belong under --alertmanager.username and --alertmanager.password-file',
    ],
    [
      [...start, '--alertmanager.username', 'a'],
      '--alertmanager.username and --alertmanager.password-file must be given together',
    ],
    [[...start, '--alertmanager.token-file', 'gone'], '--alertmanager.token-file: gone: cannot be read (ENOENT)'],
  ];
  for (const [args, stderr] of wrong)
    t.match(await maintenance(...args), { exitCode: 2, stdout: '', stderr: `ai-crm-exporter: ${stderr}\n` });
});

t.test('list shows an endless window as endless, and days that touch as one maintenance', async (t) => {
  const days = (...names: readonly string[]) =>
    `weekly: {days: [${names.join(', ')}], start: "00:00", end: "24:00"}, time_zone: Europe/Berlin`;
  const all = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  // Four days that are not near today, so that the length does not depend on the time of day.
  const today = new Date(Date.now() + 2 * 3_600_000).getUTCDay();
  const later = all.filter((_day, index) => index !== today && index !== (today + 1) % 7 && index !== (today + 6) % 7);
  await writeFile(
    join(directory, 'weekly.yml'),
    `maintenance_windows: [{name: whole, ${days(...all)}}, {name: most, ${days(...later)}}]\n`,
  );
  const { stdout } = await maintenance(
    'list',
    '--config.file',
    'weekly.yml',
    '--alertmanager.url',
    'http://127.0.0.1:1',
  );
  t.match(stdout, /^ {2}whole {2}always +everything$/m);
  t.match(stdout, /^ {2}most {3}from +\S+ 2[23]:00Z {2}for (?:4d|4d1h|3d23h) +everything$/m);
});

t.test(
  'a wrong server in place of Alertmanager is reported, and credentials go only to the configured one',
  async (t) => {
    const seen: (string | undefined)[] = [];
    let answer: readonly [status: number, body: string] = [200, '{}'];
    const server = createServer((request: IncomingMessage, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(answer[0]).end(answer[1]);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await writeFile(join(directory, 'password'), 'hunter2\n');
    await writeFile(
      join(directory, 'auth.yml'),
      `alertmanager: {url: "${url}", auth: {bearer: {token_file: password}}}\n`,
    );
    const list = async (...args: readonly string[]) => (await maintenance('list', ...args)).stderr;
    t.equal(
      await list('--alertmanager.url', url),
      `ai-crm-exporter: ${url}: the answer is not a list of silences; check --alertmanager.url\n`,
    );
    answer = [200, '<html>'];
    t.match(
      await list(
        '--alertmanager.url',
        url,
        '--alertmanager.username',
        'ali',
        '--alertmanager.password-file',
        'password',
      ),
      /the answer is not JSON, so it is not Alertmanager/,
    );
    answer = [401, 'who?'];
    t.match(
      await list('--config.file', 'auth.yml'),
      /401, it does not accept the credentials; set them with --alertmanager\.token-file/,
    );
    await list('--config.file', 'auth.yml', '--alertmanager.url', url.replace('127.0.0.1', 'localhost'));
    answer = [400, '"bad\u001b[2J matcher"'];
    t.match(await list('--alertmanager.url', url), /GET \S+: 400: "bad.\[2J matcher"\n/u);
    t.same(seen, [
      undefined,
      `Basic ${Buffer.from('ali:hunter2').toString('base64')}`,
      'Bearer hunter2',
      undefined,
      undefined,
    ]);
  },
);

/** The next day on which the clock of Berlin skips the hour from 2 to 3: the last Sunday of March. */
function nextSummerTime(): string {
  const year = new Date().getUTCFullYear();
  const days = [year, year + 1].map((each) => {
    const march31 = new Date(Date.UTC(each, 2, 31));
    return new Date(march31.getTime() - march31.getUTCDay() * 86_400_000);
  });
  return (
    days
      .find((each) => each.getTime() > Date.now())
      ?.toISOString()
      .slice(0, 10) ?? ''
  );
}

t.test(
  '--at follows a change of the clock: a skipped time is the moment of the change, of two equal times the next one counts',
  (t) => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Europe/Berlin';
    t.teardown(() => {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    });
    const begins = (text: string, now: string) => {
      const { seconds, isSkipped } = beginOf(text, Date.parse(now) / 1000);
      return `${new Date(seconds * 1000).toISOString().slice(0, 16)}${isSkipped ? ' skipped' : ''}`;
    };
    // 02:00 becomes 03:00 at 01:00 UTC.
    t.equal(begins('2027-03-28T02:30', '2027-03-01T00:00Z'), '2027-03-28T01:00 skipped');
    t.equal(begins('02:30', '2027-03-28T00:30Z'), '2027-03-28T01:00 skipped');
    t.equal(begins('02:30', '2027-03-28T01:00Z'), '2027-03-29T00:30');
    t.equal(begins('03:00', '2027-03-28T00:30Z'), '2027-03-28T01:00');
    t.equal(
      begins('2027-03-28T02:30+01:00', '2027-03-01T00:00Z'),
      '2027-03-28T01:30',
      'a time with an offset is never skipped',
    );
    // 03:00 becomes 02:00 at 01:00 UTC.
    t.equal(begins('2027-10-31T02:30', '2027-10-01T00:00Z'), '2027-10-31T00:30');
    t.equal(begins('2027-10-31T02:30', '2027-10-31T00:45Z'), '2027-10-31T01:30');
    t.equal(begins('02:30', '2027-10-31T00:45Z'), '2027-10-31T01:30');
    t.equal(begins('02:30', '2027-10-31T01:30Z'), '2027-11-01T01:30');
    t.throws(() => beginOf('2027-10-31T02:30+99:00', Date.parse('2027-10-01') / 1000), {
      message: /has an unknown time zone/,
    });
    t.end();
  },
);

t.test('--at takes a time of day or a date, by the clock of this machine or with a zone', (t) => {
  const now = new Date(2026, 10, 30, 14, 0).getTime() / 1000;
  const local = (...parts: [number, number, number, number, number]) => new Date(...parts).getTime() / 1000;
  for (const [text, meant] of [
    ['22:00', local(2026, 10, 30, 22, 0)],
    ['14:00', local(2026, 11, 1, 14, 0)],
    ['06:30', local(2026, 11, 1, 6, 30)],
    ['2027-01-03T22:00', local(2027, 0, 3, 22, 0)],
    ['2027-01-03T22:00:30Z', Date.UTC(2027, 0, 3, 22, 0, 30) / 1000],
    ['2027-01-03T22:00+02:00', Date.UTC(2027, 0, 3, 20, 0) / 1000],
  ] as const)
    t.same(beginOf(text, now), { seconds: meant, isSkipped: false }, text);
  for (const [text, message] of [
    ['24:00', /must be a time such as 22:00 or 2027-01-03T22:00/],
    ['tomorrow', /must be a time such as/],
    ['2027-02-31T99:00', /must be a time such as/],
    ['2027-02-31T09:00', /must be a time such as/],
    ['2026-11-30T13:59', /is in the past; leave --at out to begin now/],
    ['2029-01-01T00:00', /is more than a year ahead/],
  ] as const)
    t.throws(() => beginOf(text, now), { code: 'usage', message }, text);
  t.end();
});
