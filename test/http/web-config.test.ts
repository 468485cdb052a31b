import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import t, { type Test } from 'tap';
import { startServer } from '../../src/http/server.js';
import { loadWebConfig } from '../../src/http/web-config.js';
import { ask } from '../support/ask.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordedLog } from '../support/recorded-log.js';
import { documented, fixtureService, reading } from '../support/service-fixture.js';

// The least cost that bcrypt knows keeps the tests fast.
const hash = hashSync('open sesame', 4);
const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

/** A directory with `web.yml` and a self-signed certificate for localhost. */
function files(t: Test, text: string): string {
  const directory = t.testdir({ 'web.yml': text });
  if (text.includes('server.crt')) certificate(directory, 'server');
  return join(directory, 'web.yml');
}

function certificate(directory: string, name: string): void {
  const path = (ending: string) => join(directory, `${name}.${ending}`);
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', path('key')];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', path('crt'), '-days', '2', ...subject], { stdio: 'ignore' });
}

async function serve(t: Test, file: string) {
  const service = fixtureService({ components: documented, readings: [reading('backend')] });
  const webConfig = await loadWebConfig(file);
  const server = await startServer(service, { host: '127.0.0.1', port: 0, telemetryPath: '/metrics', version: '1.0.0', log: new RecordedLog(), clock: new ManualClock(), webConfig });
  t.teardown(() => server.stop());
  return server;
}

t.test('an empty file asks for nothing', async (t) => {
  for (const text of ['', '# nothing\n', '{}\n', 'basic_auth_users:\n']) {
    const { tls, users, headers } = await loadWebConfig(files(t, text));
    t.same([tls, users.size, headers.size], [undefined, 0, 0]);
  }
});

t.test('says every problem of a file with its position', async (t) => {
  const cases: readonly (readonly [text: string, problems: readonly string[]])[] = [
    [
      'tls_server_confg:\n  cert_file: a\nrate_limit:\n  burst: 1\n',
      [
        ':2:3 tls_server_confg: unknown key; known are tls_server_config, http_server_config, basic_auth_users',
        ':4:3 rate_limit: is not supported by ai-crm-exporter',
      ],
    ],
    [
      'tls_server_config:\n  cert_file: gone.crt\n  min_version: TLS10\n  client_auth_type: RequireAndVerifyClientCert\n  cipher_suites: [x]\n',
      [
        ':5:18 tls_server_config.cipher_suites: is not supported by ai-crm-exporter',
        ':3:16 tls_server_config.min_version: "TLS10" is not one of TLS12, TLS13',
        ':2:3 tls_server_config.key_file: is missing',
        ':2:14 tls_server_config.cert_file: gone.crt cannot be read: ENOENT',
        ':2:3 tls_server_config.client_ca_file: is missing, which RequireAndVerifyClientCert needs',
      ],
    ],
    [
      `basic_auth_users:\n  ann: plain-password\n  "a:b": ${hash}\n  bob: [1]\n`,
      [
        ':2:8 basic_auth_users.ann: must be a bcrypt hash, as `htpasswd -nB` makes it',
        ':3:10 basic_auth_users.a:b: a user name cannot contain a colon',
        ':4:8 basic_auth_users.bob: must be a bcrypt hash, as `htpasswd -nB` makes it',
      ],
    ],
    [
      'http_server_config:\n  http2: true\n  headers:\n    Set-Cookie: a\n    X-Frame-Options: "a\\nb"\n',
      [
        ':2:10 http_server_config.http2: is not supported by ai-crm-exporter',
        ':4:17 http_server_config.headers.Set-Cookie: unknown key; known are Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection',
        ':5:22 http_server_config.headers.X-Frame-Options: Invalid character in header content ["X-Frame-Options"]',
      ],
    ],
    ['- a\n', [':1:1 web.yml: must be a mapping']],
    ['tls_server_config: 7\n', [':1:20 tls_server_config: must be a mapping']],
  ];
  for (const [text, problems] of cases) {
    const file = files(t, text);
    await t.rejects(loadWebConfig(file), { code: 'config_invalid', message: problems.map((problem) => file + problem).join('\n') }, text);
  }
  const broken = files(t, 'a: [\n');
  await t.rejects(loadWebConfig(broken), { code: 'config_invalid', message: /web\.yml:2:1 web\.yml: .*indented/ });
});

t.test('says when the file cannot be had', async (t) => {
  const missing = join(t.testdir({}), 'web.yml');
  await t.rejects(loadWebConfig(missing), { code: 'config_missing', message: `${missing}: no such file` });
  const directory = t.testdir({ 'web.yml': {} });
  await t.rejects(loadWebConfig(join(directory, 'web.yml')), { code: 'config_unreadable', message: `${join(directory, 'web.yml')}: cannot be read: EISDIR` });
});

t.test('refuses a certificate and key that do not belong together', async (t) => {
  const file = files(t, 'tls_server_config:\n  cert_file: server.crt\n  key_file: other.key\n');
  certificate(join(file, '..'), 'other');
  await t.rejects(loadWebConfig(file), { code: 'config_invalid', message: /:3:13 tls_server_config\.key_file: cannot be used: .*key values mismatch/ });
});

t.test('serves over TLS, and over nothing older than is allowed', async (t) => {
  const file = files(t, 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  min_version: TLS13\n');
  const server = await serve(t, file);
  t.match(server.url, /^https:/);
  const ca = readFileSync(join(file, '../server.crt'));
  t.equal((await ask(`${server.url}/-/healthy`, { ca })).status, 200);
  await t.rejects(ask(`${server.url}/-/healthy`, { ca, maxVersion: 'TLSv1.2' }), { message: /alert protocol version/ });
});

t.test('lets only clients with the right certificate in', async (t) => {
  const text = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca_file: friend.crt\n  client_auth_type: ';
  for (const [policy, stranger, nobody] of [
    ['RequireAndVerifyClientCert', false, false],
    ['VerifyClientCertIfGiven', false, true],
    ['RequireAnyClientCert', true, false],
    ['RequestClientCert', true, true],
  ] as const) {
    const file = join(t.testdir({ 'web.yml': text + policy }), 'web.yml');
    for (const name of ['server', 'friend', 'stranger']) certificate(join(file, '..'), name);
    const pem = (name: string) => readFileSync(join(file, '..', name));
    const { url } = await serve(t, file);
    const gets = (options: object) =>
      ask(`${url}/-/healthy`, { ca: pem('server.crt'), ...options }).then(
        ({ status }) => status === 200,
        () => false,
      );
    t.equal(await gets({ cert: pem('friend.crt'), key: pem('friend.key') }), true, `${policy}: friend`);
    t.equal(await gets({ cert: pem('stranger.crt'), key: pem('stranger.key') }), stranger, `${policy}: stranger`);
    t.equal(await gets({}), nobody, `${policy}: nobody`);
  }
});

t.test('takes a renewed certificate over while it runs', async (t) => {
  const file = files(t, 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n');
  const server = await serve(t, file);
  const before = readFileSync(join(file, '../server.crt'));
  certificate(join(file, '..'), 'server');
  await server.useWebConfig(await loadWebConfig(file));
  t.equal((await ask(`${server.url}/-/healthy`, { ca: readFileSync(join(file, '../server.crt')) })).status, 200);
  await t.rejects(ask(`${server.url}/-/healthy`, { ca: before }));
  writeFileSync(file, '');
  await t.rejects(server.useWebConfig(await loadWebConfig(file)), { code: 'config_invalid', message: 'tls_server_config: switching TLS on or off needs a restart' });
});

t.test('lets only its users in, on every path', async (t) => {
  const server = await serve(t, files(t, `basic_auth_users:\n  ann: ${hash}\n  bob: ${hash.replace('$2b$', '$2y$')}\n`));
  for (const path of ['/metrics', '/', '/-/healthy', '/nothing']) {
    const answer = await ask(server.url + path);
    t.equal(answer.status, 401, path);
    t.equal(answer.headers['www-authenticate'], 'Basic realm="ai-crm-exporter", charset="UTF-8"');
    t.equal(answer.text, 'user name and password needed\n');
  }
  const statusFor = async (authorization: string) => (await ask(`${server.url}/metrics`, { headers: { authorization } })).status;
  t.equal(await statusFor(basic('ann', 'open sesame')), 200);
  t.equal(await statusFor(basic('bob', 'open sesame')), 200);
  for (const wrong of [basic('ann', 'wrong'), basic('eve', 'open sesame'), basic('__proto__', 'open sesame'), basic('', ''), 'Basic !', 'Basic', 'Bearer x', `Basic ${Buffer.from('ann').toString('base64')}`]) {
    t.equal(await statusFor(wrong), 401, wrong);
  }
});

t.test('sets the headers of the file on every answer', async (t) => {
  const server = await serve(t, files(t, 'http_server_config:\n  headers:\n    Strict-Transport-Security: max-age=60\n    X-Frame-Options: ""\n'));
  for (const path of ['/metrics', '/nothing']) {
    const { headers } = await ask(server.url + path);
    t.equal(headers['strict-transport-security'], 'max-age=60');
    t.equal(headers['x-frame-options'], undefined);
  }
});

t.test('a changed password counts at once, and remembered verdicts do not outlive it', async (t) => {
  const file = files(t, `basic_auth_users:\n  ann: ${hash}\n`);
  const server = await serve(t, file);
  const status = async (password: string) => (await ask(`${server.url}/metrics`, { headers: { authorization: basic('ann', password) } })).status;
  t.equal(await status('open sesame'), 200);
  writeFileSync(file, `basic_auth_users:\n  ann: ${hashSync('new', 4)}\n`);
  await server.useWebConfig(await loadWebConfig(file));
  t.equal(await status('open sesame'), 401);
  t.equal(await status('new'), 200);
});
