import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config/load.js';
import { nearest } from '../../src/config/nearest.js';
import { ExporterError } from '../../src/errors.js';

const fixtures = 'test/fixtures/config/bad';
const environment = { CRM_HOST: 'crm', TIMEOUT: '1h', EMPTY: '' };

/** What each file of the folder is answered with; every line begins with the file's name. */
const answers: Readonly<Record<string, readonly string[]>> = {
  'broken.yml': [
    ':4:1: a closing quote is missing',
  ],
  'broken.json': [
    ':4:5: a comma is missing',
  ],
  'tabs.yml': [
    ':2:1: tabs cannot indent, use spaces',
  ],
  'tag.yml': [
    ':1:12: tags ("!…") are not supported',
  ],
  'aliases.yml': [
    ':2:6 endpoints.a: no anchor of this name before the alias',
    ':3:18 endpoints.b.url: the alias is part of what it stands for',
    ':4:7 endpoints.c."<<": only mappings can be merged',
    ':5:3 endpoints.__proto__: unknown key',
  ],
  'list.yml': [
    ':1:1: must be a mapping of settings, not a list',
  ],
  'text.yml': [
    ':1:1: must be a mapping of settings',
  ],
  'endpoints-list.yml': [
    ':1:12 endpoints: must be a mapping of component names to URLs, not a list',
  ],
  'unknown-key.yml': [
    ':4:5 endpoints.backend.tiemout: unknown key, did you mean "timeout"?',
    ':5:5 endpoints.backend.password: unknown key',
    ':6:1 retires: unknown key, did you mean "retries"?',
    ':7:1 xyz: unknown key',
  ],
  'wrong-type.yml': [
    ':3:10 endpoints.backend.url: must be a URL, not 8000',
    ':4:14 endpoints.backend.timeout: must be a number of seconds or a duration such as 30s, not "abc"',
    ':5:14 endpoints.backend.headers: must be a mapping of header names to values, not a list',
    ':6:23 endpoints.backend.follow_redirects: must be true or false, not "yes"',
    ':7:22 endpoints.backend.expect.status: must be a whole number, not "ok"',
    ':7:32 endpoints.backend.expect.json: must be true, false or a mapping of paths to values, not 1',
    ':8:13 endpoints.frontend: must be a URL or a mapping with a url, not a list',
    ':9:12 endpoints.database: must be a URL or a mapping with a url, not empty',
    ':11:22 alert_thresholds.cpu_usage_percent: must be a number, not "high"',
    ':12:10 retries: must be a whole number, not "two"',
    ':14:10 alert_channels.slack: must be true, false or a mapping',
  ],
  'numbers.yml': [
    ':4:15 endpoints.backend.interval: must be between 1s and 1d, not "2d"',
    ':5:14 endpoints.backend.timeout: must be between 50ms and 5m, not "1ms"',
    ':6:21 endpoints.backend.max_body_bytes: must be between 1 and 104857600, not 1e9',
    ':8:21 alert_thresholds.response_time_ms: must be above 0 and at most 3600000, not -5',
    ':9:22 alert_thresholds.cpu_usage_percent: must be above 0 and at most 100, not 101',
    ':10:47 alert_thresholds.disk_usage_percent.critical: must be at least the warning of 90, not 80',
    ':11:23 alert_thresholds.error_rate_percent: must be a number or a mapping of warning and critical, not .inf',
    ':12:10 retries: must be a whole number, not 1.5',
    ':13:14 concurrency: must be between 1 and 10000, not 0',
    ':14:17 retention_days: must be between 1 and 3650, not -1',
  ],
  'timeout-above-interval.yml': [
    ':2:72 endpoints.backend.timeout: must be at most the interval of 10s, not "1m"',
    ':3:51 endpoints.frontend.timeout: must be at most the interval of 30s, not 31',
  ],
  'urls.yml': [
    ':2:6 endpoints.a: must be a URL that begins with http://, https:// or tcp://, not "localhost:8000/health"',
    ':3:6 endpoints.b: must be a URL that begins with http://, https:// or tcp://, not "<secret>@localhost/?<secret>"',
    ':4:6 endpoints.c: must be a URL such as http://localhost:8000/health, not "http:// localhost"',
    ':5:6 endpoints.d: must be a URL such as http://localhost:8000/health, not "http://localhost:99999"',
    ':6:6 endpoints.e: must be tcp://host:port and nothing more, not "tcp://localhost"',
    ':7:6 endpoints.f: must be tcp://host:port and nothing more, not "tcp://localhost:5432/path"',
    ':8:6 endpoints.g: must have its credentials percent-encoded as UTF-8',
    ':9:36 endpoints.h.method: not an option of tcp:// endpoints',
    ':9:49 endpoints.h.tls: not an option of tcp:// endpoints',
    ':10:3 endpoints."i j": names are 1 to 63 letters, digits and "_", ".", ":", "-"',
    ':11:3 endpoints.k.url: is missing',
    ':12:6 endpoints.l: must not be empty',
  ],
  'duplicate-component.yml': [
    ':4:3 endpoints.backend: duplicate key, first on line 2',
    ':5:10 retries: must be a whole number, not "many"',
  ],
  'dependencies.yml': [
    ':2:61 endpoints.backend.depends_on[0]: no component is called "databse", did you mean "database"?',
    ':2:70 endpoints.backend.depends_on[1]: no component is called "nothing-like-it"',
    ':4:30 endpoints.a.depends_on: cycle: a -> b -> c -> a',
    ':7:30 endpoints.d.depends_on: cycle: d -> d',
  ],
  'variables.yml': [
    ':2:12 endpoints.backend: environment variable CRM_PORT is not set',
    ':3:53 endpoints.frontend.timeout: must be between 50ms and 5m, not what "${TIMEOUT}" stands for',
    ':4:15 endpoints.pm_gateway: "${" must be followed by a variable name and "}"; for the characters themselves write "$${"',
    ':5:19 endpoints.database.url: environment variable DATABASE is not set',
    ':5:57 endpoints.database.auth.bearer.token: must not be empty',
  ],
  'secrets.yml': [
    ':2:73 endpoints.a.auth.basic.password_file: must be the name of a file that exists, not "secrets/nowhere"',
    ':3:77 endpoints.b.auth.basic.password_file: password is given as well, only one of them may be',
    ':4:37 endpoints.c.auth.bearer: needs either token or token_file',
    ':5:30 endpoints.d.auth: needs either basic or bearer',
    ':6:42 endpoints.e.auth: the URL contains credentials as well, only one of them may',
    ':7:58 endpoints.f.auth.bearer.token_file: must be the name of a file that is not empty, not "../secrets/empty"',
    ':8:58 endpoints.g.auth.bearer.token_file: names a folder, a file is needed',
    ':9:36 endpoints.h.auth: must be a mapping',
    ':10:37 endpoints.i.auth.bearer: the token contains spaces or characters that no header may have',
    ':10:74 endpoints.i.headers: an authorization header and other credentials contradict each other',
    ':11:55 endpoints.j.auth.basic.username: must not contain a colon',
  ],
  'tls.yml': [
    ':2:46 endpoints.a.tls.ca_file: must be the name of a file that exists, not "nowhere.pem"',
    ':3:46 endpoints.b.tls.ca_file: must be the name of a PEM file with a certificate, not "../secrets/token"',
    ':4:46 endpoints.c.tls.ca_file: must be the name of a file with valid certificates, not "../tls/broken.pem"',
    ':5:31 endpoints.d.tls: cert_file and key_file need each other',
    ':6:77 endpoints.e.tls.key_file: must be the name of the file with the unencrypted private key of cert_file, not "../tls/other.key"',
  ],
  'http.yml': [
    ':2:38 endpoints.a.method: must be GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, not "FETCH"',
    ':3:40 endpoints.b.headers."bad name": not a header name',
    ':4:51 endpoints.c.expect.body_regex: must be a regular expression (unterminated group), not "("',
    ':5:53 endpoints.d.expect.json: the answer to HEAD has no body',
    ':6:47 endpoints.e.expect.status: must not be an empty list',
    ':7:40 endpoints.f.headers.Content-Length: this header is not yours to set',
    ':7:67 endpoints.f.headers.x-a: duplicate header, case does not matter',
    ':7:80 endpoints.f.headers.X-B: contains characters that no header may have',
    ':9:21 probe.allowed_targets[0]: must be a pattern such as https://*.example.com/*, not "localhost"',
    ':9:32 probe.allowed_targets[1]: must be a pattern such as https://*.example.com/*, not "ftp://*/"',
    ':9:44 probe.allowed_targets[2]: must be a pattern such as https://*.example.com/*, not "http://*/?q"',
    ':10:21 probe.modules.login.interval: unknown key',
    ':11:16 host.rootfs: must be an absolute path, not "host"',
    ':11:35 host.mountpoints: must be a list of mount points, not "/"',
  ],
  'maintenance.yml': [
    ':2:52 maintenance_windows[0].components[0]: no component is called "bakend", did you mean "backend"?',
    ':3:12 maintenance_windows[1].cron: must be a cron expression such as "0 2 * * 6" (five fields are needed: minute hour day month weekday), not "0 2 * * 6 2027"',
    ':4:12 maintenance_windows[2].cron: must be a cron expression such as "0 2 * * 6" (Invalid value for hour: 25), not "0 25 * * *"',
    ':5:12 maintenance_windows[3].cron: must be a cron expression such as "0 2 * * 6" (it never comes), not "0 0 31 2 *"',
    ':5:51 maintenance_windows[3].time_zone: must be an IANA time zone such as Europe/Berlin, not "Europe/Berlni"',
    ':6:5 maintenance_windows[4].duration: is missing',
    ':7:35 maintenance_windows[5].duration: must be between 1m and 7d, not "10s"',
    ':8:5 maintenance_windows[6]: needs either cron and duration, or weekly',
    ':9:22 maintenance_windows[7].weekly.days[0]: must be sun, mon, tue, wed, thu, fri or sat, not "someday"',
    ':9:39 maintenance_windows[7].weekly.start: must be a time such as 22:00, not "25:00"',
    ':9:73 maintenance_windows[7].components: must be "all" or a list of component names, not "backend"',
  ],
  'channels.yml': [
    ':2:20 alert_channels.email.enabled: must be true or false, not "yes"',
    ':2:36 alert_channels.email.smtp_port: must be between 1 and 65535, not 0',
    ':2:52 alert_channels.email.severities[0]: must be info, warning or critical, not "fatal"',
    ':3:24 alert_channels.slack.webhook_url: holds no http:// or https:// URL',
    ':4:3 alert_channels.webhook.url: needed while the channel is enabled',
    ':5:24 alert_channels.console.log_level: must be debug, info, warning, warn, error or critical, not "loud"',
    ':6:3 alert_channels.pager: unknown key',
    ':7:23 performance_metrics.response_times: flags are called enabled or track_…',
    ':7:59 performance_metrics.track_errors: must be true or false, not 1',
  ],
  'ai-crm-anonymous.yml': [
    ':5:3 ai_crm.collect: needs ai_crm.login: with api: real nothing can be read without one',
  ],
  'ai-crm-both.yml': [
    ':1:40 ai_crm.login: needs either username and password, or token',
    ':1:103 ai_crm.headers: an authorization header and a login contradict each other',
  ],
  'ai-crm-budget.yml': [
    ':1:59 ai_crm.requests_per_hour: 162 requests an hour follow from check_intervals (agents 30, pm_gateway 12, database 120), and requests_per_hour allows 100: lengthen the intervals or allow more',
  ],
  'ai-crm-incomplete.yml': [
    ':3:3 ai_crm.login.username: is missing',
    ':3:30 ai_crm.login.password_file: password is given as well, only one of them may be',
  ],
  'ai-crm-intervals.yml': [
    ':1:1 check_intervals: 2778 requests an hour follow from check_intervals (agents 2058, database 720), and requests_per_hour allows 500: lengthen the intervals or allow more',
  ],
  'ai-crm-tcp.yml': [
    ':2:8 ai_crm.url: must be a URL such as http://localhost:8000 or https://crm.example.com/api, not "tcp://localhost:8000"',
  ],
  'ai-crm-text.yml': [
    ':1:9 ai_crm: must be a mapping, not "<secret>@localhost"',
  ],
  'ai-crm-token.yml': [
    ':3:3 ai_crm.login: the token contains spaces or characters that no header may have',
    ':4:18 ai_crm.tls.ca_file: must be the name of a PEM file with a certificate, not "../secrets/token"',
  ],
  'ai-crm-url.yml': [
    ':2:8 ai_crm.url: must be a URL without query and fragment, not "http://localhost:8000/api?<secret>"',
    ':4:10 retries: must be a whole number, not "many"',
  ],
  'ai-crm-values.yml': [
    ':2:8 ai_crm.url: the URL contains credentials; they belong under login',
    ':3:8 ai_crm.api: must be auto, real or documented, not "fake"',
    ':4:11 ai_crm.login.usrname: unknown key, did you mean "username"?',
    ':4:39 ai_crm.login.password: must be text',
    ':4:54 ai_crm.login.token_file: must not be empty',
    ':5:20 ai_crm.collect[1]: must be tasks, agents, users, pm_gateway or database, not "usres"',
    ':6:12 ai_crm.timeout: must be between 50ms and 5m, not "1ms"',
    ':7:22 ai_crm.requests_per_hour: must be between 10 and 1000000, not 5',
    ':8:24 ai_crm.sample_task.title: must not be empty',
    ':8:28 ai_crm.sample_task.body: unknown key',
    ':9:20 ai_crm.headers.X-Key: must be text, not a list',
    ':10:9 ai_crm.tls.ca: unknown key',
    ':11:19 ai_crm.max_body_bytes: must be between 1 and 104857600, not 0',
  ],
};

async function refusalOf(file: string, directory: string): Promise<ExporterError> {
  try {
    await loadConfig(file, { environment, directory });
  } catch (error) {
    if (error instanceof ExporterError) return error;
    throw error;
  }
  throw new Error(`${file} was accepted`);
}

for (const [file, lines] of Object.entries(answers)) {
  t.test(`answers ${file} with all of its problems`, async (t) => {
    const error = await refusalOf(file, fixtures);
    t.equal(error.code, 'config_invalid');
    t.equal(error.message, lines.map((line) => `${file}${line}`).join('\n'));
    t.ok(error.expose);
    t.notMatch(error.message, /hunter2/, 'every secret of the fixtures is called hunter2');
  });
}

t.test('every bad file has its answer here', async (t) => {
  t.strictSame(Object.keys(answers).sort(), (await readdir(fixtures)).sort());
});

t.test('draws no conclusions from what is wrong already', async (t) => {
  const texts: Readonly<Record<string, string>> = {
    'check_intervals: {health_checks: x}\nendpoints: {a: {url: "http://x", timeout: 40}}':
      ':1:34 check_intervals.health_checks: must be a number of seconds or a duration such as 30s, not "x"',
    'endpoints: {a: {url: 5}, b: {url: "http://x", depends_on: [a]}}': ':1:22 endpoints.a.url: must be a URL, not 5',
    'endpoints: 5\nmaintenance_windows: [{cron: "0 2 * * 6", duration: 2h, components: [b]}]':
      ':1:12 endpoints: must be a mapping of component names to URLs, not 5',
    'endpoints: {a: {url: "http://x", depends_on: ["${UNSET}"]}}': ':1:47 endpoints.a.depends_on[0]: environment variable UNSET is not set',
    'endpoints: {a: {url: "${UNSET}"}}': ':1:22 endpoints.a.url: environment variable UNSET is not set',
  };
  for (const [text, answer] of Object.entries(texts)) {
    const error = await refusalOf('monitoring.yml', t.testdir({ 'monitoring.yml': text }));
    t.equal(error.message, `monitoring.yml${answer}`);
  }
});

t.test('says that a file given explicitly is missing', async (t) => {
  const error = await refusalOf('nowhere/monitoring.yml', fixtures);
  t.match(error, { code: 'config_missing', message: 'nowhere/monitoring.yml: no such file', expose: true });
});

t.test('says that a folder is not a file', async (t) => {
  const error = await refusalOf('.', fixtures);
  t.match(error, { code: 'config_unreadable', message: '.: is a directory', expose: true });
});

t.test('says that a file may not be read', async (t) => {
  const directory = t.testdir({ 'monitoring.yml': '' });
  await chmod(join(directory, 'monitoring.yml'), 0);
  // Root may read everything; for this moment it is nobody.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  const error = await refusalOf('monitoring.yml', directory).finally(() => isRoot && process.seteuid?.(0));
  t.match(error, { code: 'config_unreadable', message: 'monitoring.yml: permission denied', expose: true });
});

t.test('says why a file cannot be read', async (t) => {
  const directory = t.testdir({});
  await symlink('loop.yml', join(directory, 'loop.yml'));
  const error = await refusalOf('loop.yml', directory);
  t.match(error, { code: 'config_unreadable', message: 'loop.yml: cannot be read (ELOOP)', expose: true });
});

t.test('does not pass over a default file that is there but is no file', async (t) => {
  const directory = t.testdir({ 'monitoring-config.json': '{}' });
  await mkdir(join(directory, 'monitoring.yml'));
  await t.rejects(loadConfig(undefined, { environment, directory }), {
    code: 'config_unreadable',
    message: `${join(directory, 'monitoring.yml')}: is a directory`,
  });
});

t.test('hostile text ends in one clear line', async (t) => {
  const laughs = [...'bcdefghi'].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghi'[index]}`).join(', ')}]`);
  const texts: Readonly<Record<string, readonly [text: string | Buffer, answer: string | RegExp]>> = {
    'a billion laughs': [`a: &a [x, x]\n${laughs.join('\n')}`, 'monitoring.yml:1:1: the aliases expand to far more than is written'],
    'a NUL byte': ['endpoints:\n  a: http://x\0\n', 'monitoring.yml:2:14: control character U+0000, which text files do not contain'],
    'five megabytes': [`# ${'x'.repeat(5 * 1024 * 1024)}`, 'monitoring.yml: larger than 4 MiB'],
    'ten thousand brackets': ['['.repeat(10_000), /^monitoring\.yml:1:\d+: nested too deeply$/],
    'bytes that are not UTF-8': [Buffer.from([0x61, 0x3a, 0x20, 0xff]), 'monitoring.yml: not UTF-8 text'],
    'UTF-16': [Buffer.from('\uFEFFa: b', 'utf16le'), 'monitoring.yml: not UTF-8 text'],
    'two documents': ['retries: 1\n---\nretries: 2\n', 'monitoring.yml:2:1: more than one document, remove the "---"'],
    'a key that is a list': ['? [a]\n: 1', 'monitoring.yml:1:3: a key must be text'],
    'a problem after a byte order mark': ['\uFEFFretries: x', 'monitoring.yml:1:10 retries: must be a whole number, not "x"'],
    'a problem after Windows line ends': ['host:\r\n  enabled: 5\r\n', 'monitoring.yml:2:12 host.enabled: must be true or false, not 5'],
    'an overlong value on two lines': [`retries: "${'x'.repeat(100)}\\n"`, `monitoring.yml:1:10 retries: must be a whole number, not "${'x'.repeat(59)}…"`],
    'a key with a line end': ['"a\\nb": 1', 'monitoring.yml:1:1 "a\\nb": unknown key'],
  };
  for (const [name, [text, answer]] of Object.entries(texts)) {
    const directory = t.testdir({});
    await writeFile(join(directory, 'monitoring.yml'), text);
    const error = await refusalOf('monitoring.yml', directory);
    if (typeof answer === 'string') t.equal(error.message, answer, name);
    else t.match(error.message, answer, name);
  }
});

t.test('follows a chain of ten thousand dependencies to its end', async (t) => {
  const entries = Array.from({ length: 10_000 }, (_, index) => `  c${index}: {url: "http://x/", depends_on: [c${index + 1}]}\n`);
  const directory = t.testdir({ 'monitoring.yml': `endpoints:\n${entries.join('')}` });
  const error = await refusalOf('monitoring.yml', directory);
  t.equal(error.message, 'monitoring.yml:10001:42 endpoints.c9999.depends_on[0]: no component is called "c10000", did you mean "c1000"?');
});

t.test('suggests only what is near', async (t) => {
  const known = ['timeout', 'interval', 'url', 'retries'];
  t.equal(nearest('tiemout', known), 'timeout');
  t.equal(nearest('TIMEOUT', known), 'timeout');
  t.equal(nearest('ulr', known), 'url');
  t.equal(nearest('uri', known), 'url');
  t.equal(nearest('time', known), undefined);
  t.equal(nearest('x'.repeat(10_000), known), undefined);
});
