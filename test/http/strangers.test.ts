import { hostname } from 'node:os';
import { hashSync } from 'bcryptjs';
import t from 'tap';
import { AllowedHosts } from '../../src/http/strangers.js';
import { ask } from '../support/ask.js';
import { serveWith, webFiles } from '../support/web-files.js';

const forPeople = [
  '/',
  '/config',
  '/api/status',
  '/api/metrics',
  '/runbooks',
  '/runbooks/ComponentDown',
  '/nothing',
  '/probe?target=backend&debug=true',
];
const forPrograms = ['/metrics', '/probe?target=backend', '/sd', '/-/healthy', '/-/ready'];

async function serve(t: Parameters<typeof webFiles>[0], text = '', allowedHosts: readonly string[] = []) {
  const { url } = await serveWith(t, webFiles(t, text).file, { allowedHosts });
  return {
    status: async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      (await ask(url + path, { method, headers, rejectUnauthorized: false })).status,
    text: async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      (await ask(url + path, { method, headers })).text,
  };
}

t.test('pages for people are refused under an unknown host name (DNS rebinding)', async (t) => {
  const { status, text } = await serve(t);
  for (const path of forPeople)
    for (const method of ['GET', 'HEAD', 'OPTIONS'])
      t.equal(await status(path, { host: 'rebound.example.com:10059' }, method), 403, `${method} ${path}`);
  t.equal(
    await text('/config', { host: 'Rebound.example.com' }),
    'rebound.example.com is not a known name of this exporter; to allow it, start the exporter with --web.allowed-host\n',
  );
  for (const host of [
    'localhost.example.com',
    '127.0.0.1.nip.io',
    'exporter.svc.example.com',
    'local',
    'xlocal.com',
    '1.2.3.4.5',
    '[::1].example.com',
    'exporter.example.com.',
  ]) {
    t.not(await status('/config', { host }), host === 'local' ? 403 : 200, host);
  }
});

t.test('Prometheus and health checks are answered under every host name', async (t) => {
  const { status } = await serve(t);
  for (const path of forPrograms) t.equal(await status(path, { host: 'crm1.example.com:10059' }), 200, path);
});

t.test('addresses and local names need no option', async (t) => {
  const { status } = await serve(t);
  for (const host of [
    '10.42.0.7:10059',
    '[fd00::7]:10059',
    '[::ffff:10.42.0.7]:10059',
    '127.0.0.1',
    'localhost',
    'LOCALHOST:10059',
    'exporter:10059',
    'ai-crm-exporter.monitoring.svc',
    'ai-crm-exporter.monitoring.svc.cluster.local:10059',
    'box.lan',
    'exporter.internal.',
    'a.localhost',
    ...['home.arpa', 'test', 'localdomain', 'home', 'corp', 'intranet', 'private'].map((ending) => `box.${ending}`),
    hostname(),
  ]) {
    t.equal(await status('/config', { host }), 200, host);
  }
});

t.test('the name of this machine is recognised in upper and lower case', async (t) => {
  const hosts = new AllowedHosts(['Monitoring.Example.com'], ['CRM1.Example.com']);
  t.ok(hosts.isOurs('crm1.example.com'));
  t.notOk(hosts.isOurs('crm2.example.com'));
  t.notOk(hosts.isNamed('crm1.example.com'), 'the name of this machine is not an allowed name of a proxy');
  t.ok(hosts.isNamed('monitoring.example.com'));
});

t.test('allowed host names are answered, and with * every name', async (t) => {
  const { status } = await serve(t, '', ['Monitoring.example.com', '*.crm.example.com']);
  for (const [host, expected] of [
    ['monitoring.example.com', 200],
    ['eu.crm.example.com:443', 200],
    ['crm.example.com', 403],
    ['x.monitoring.example.com', 403],
    ['evilcrm.example.com', 403],
  ] as const) {
    t.equal(await status('/config', { host }), expected, host);
  }
  t.equal(await (await serve(t, '', ['*'])).status('/config', { host: 'any.example.com' }), 200);
});

t.test('with users or TLS every host name is answered, since a foreign page gets nothing', async (t) => {
  const users = await serve(t, `basic_auth_users: {ann: ${hashSync('open sesame', 4)}}\n`);
  const authorization = `Basic ${Buffer.from('ann:open sesame').toString('base64')}`;
  t.equal(await users.status('/config', { host: 'crm1.example.com' }), 401);
  t.equal(await users.status('/config', { host: 'crm1.example.com', authorization }), 200);
  t.equal(
    await users.status(
      '/-/reload',
      { host: 'crm1.example.com', authorization, origin: 'http://evil.example.com' },
      'POST',
    ),
    403,
    'another page uses a browser that knows the password',
  );
  const tls = await serve(t, 'tls_server_config: {cert_file: server.crt, key_file: server.key}\n');
  t.equal(await tls.status('/config', { host: 'crm1.example.com' }), 200);
  t.equal(await tls.status('/-/reload', { host: 'crm1.example.com', origin: 'https://crm1.example.com' }, 'POST'), 200);
  t.equal(await tls.status('/-/reload', { host: 'crm1.example.com', origin: 'https://evil.example.com' }, 'POST'), 403);
});

t.test('only its own pages, and programs, can change anything', async (t) => {
  const { status, text } = await serve(t, '', ['monitoring.example.com']);
  const cases: readonly (readonly [headers: Record<string, string>, expected: number])[] = [
    [{}, 200],
    [{ host: 'crm1.example.com' }, 200],
    [{ host: 'localhost:10059', origin: 'http://localhost:10059' }, 200],
    [{ host: 'localhost', origin: 'http://localhost:80', 'sec-fetch-site': 'same-origin' }, 200],
    [{ host: 'localhost:10059', origin: 'http://localhost:3000' }, 403],
    [{ host: 'localhost:10059', origin: 'http://evil.example.com' }, 403],
    [{ host: 'evil.example.com:10059', origin: 'http://evil.example.com:10059' }, 403],
    [{ host: 'localhost:10059', origin: 'null' }, 403],
    [{ host: 'localhost:10059', 'sec-fetch-site': 'same-origin' }, 200],
    [{ host: 'localhost:10059', 'sec-fetch-site': 'none' }, 200],
    [{ host: 'localhost:10059', 'sec-fetch-site': 'cross-site' }, 403],
    [{ host: 'localhost:10059', 'sec-fetch-site': 'same-site' }, 403],
    [{ host: 'exporter:10059', origin: 'https://monitoring.example.com', 'sec-fetch-site': 'same-origin' }, 200],
    [{ host: 'exporter:10059', origin: 'https://monitoring.example.com.evil.test' }, 403],
  ];
  for (const [headers, expected] of cases) {
    for (const method of ['POST', 'PUT'])
      t.equal(await status('/-/reload', headers, method), expected, `${method} ${JSON.stringify(headers)}`);
  }
  t.match(
    await text('/-/reload', { origin: 'http://evil.example.com' }, 'POST'),
    /^refused: the request comes from a page of another origin/,
  );
  t.equal(
    await status('/alerts', { origin: 'http://evil.example.com', 'content-type': 'application/json' }, 'POST'),
    403,
  );
  const any = await serve(t, '', ['*']);
  t.equal(
    await any.status('/-/reload', { host: 'exporter', origin: 'http://evil.example.com' }, 'POST'),
    403,
    'an allowed host name does not allow every origin',
  );
});
