import { getEventListeners } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { createAuthority } from '../../simulator/certificate.js';
import { Secret } from '../../src/config/secret.js';
import type { ProxySettings } from '../../src/config/sections/proxy-option.js';
import { newMeasurement } from '../../src/net/measurement.js';
import { connectProxy, proxyFor, refusalOf } from '../../src/net/proxy.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { endpointReader } from '../support/endpoint-reading.js';
import { missing } from '../support/programs.js';
import { closedPort, deafServer, httpAnswer, rawServer } from '../support/raw-server.js';
import { startTinyproxy } from '../support/tinyproxy.js';
import { localCertificate } from '../support/tls-servers.js';
import { until } from '../support/until.js';

const authority = createAuthority();
const certificate = localCertificate(authority);
const reading = endpointReader(authority);
const skip = missing('tinyproxy');

/** A healthy server with or without TLS, and its requests. */
async function site(t: Test, isSecure: boolean) {
  const asked: IncomingMessage[] = [];
  const answer = (request: IncomingMessage, response: import('node:http').ServerResponse) => {
    asked.push(request);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"healthy"}');
  };
  const { certificatePem: cert, keyPem: key } = certificate;
  const server = isSecure ? createSecureServer({ cert, key }, answer) : createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    port,
    url: isSecure ? `https://localhost:${port}/health?a=1` : `http://127.0.0.1:${port}/health?a=1`,
  };
}

/** A TLS terminator before a proxy; it counts connections. */
async function terminator(t: Test, port: number, { certificatePem: cert, keyPem: key } = certificate) {
  const clients: TLSSocket[] = [];
  const server = createTlsServer({ cert, key }, (client) => {
    clients.push(client);
    const proxy = connect(port, '127.0.0.1');
    client.on('error', () => proxy.destroy()).pipe(proxy);
    proxy.on('error', () => client.destroy()).pipe(client);
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  return { url: `https://monitor:hunter2@localhost:${(server.address() as AddressInfo).port}`, clients };
}

t.test('a connection to a proxy may use TLS, with the TLS of the request inside', { skip }, async (t) => {
  const { port, log } = await startTinyproxy(t, 'BasicAuth monitor hunter2');
  const proxy = await terminator(t, port);
  const ca = { ca_file: 'ca.pem' };
  for (const isSecure of [false, true]) {
    const { url, asked, port: place } = await site(t, isSecure);
    const answered = await reading({ url, proxy_url: proxy.url, tls: ca });
    t.match(answered, { level: 'healthy', statusCode: 200 });
    t.equal(asked.length, 1);
    t.match(log(), isSecure ? `CONNECT localhost:${place}` : `GET http://127.0.0.1:${place}/health`);
    t.equal(answered.certificate?.verified, isSecure ? true : undefined, 'the certificate is that of the component');
    t.equal('tls' in answered.phases, isSecure, 'the time with the proxy counts as connect');
  }
  t.equal(proxy.clients.length, 2);
  const { url, asked } = await site(t, false);
  const unknown = await reading({ url, proxy_url: proxy.url });
  t.match(unknown, {
    level: 'unknown',
    reason: 'internal',
    message: /^the proxy https:\/\/localhost:\d+ cannot be reached: certificate of localhost is not valid: its issuer/,
  });
  const plain = await rawServer((socket) => socket.end(httpAnswer('', { code: 400 })));
  t.teardown(() => plain.stop());
  t.match(await reading({ url, proxy_url: `https://127.0.0.1:${plain.port}`, tls: ca }), {
    reason: 'internal',
    message: /cannot be reached: TLS handshake with 127\.0\.0\.1 failed: the server does not speak TLS$/,
  });
  t.equal(asked.length, 0);
  t.notMatch(JSON.stringify(unknown), 'hunter2');
});

t.test('a request goes over a real proxy, with and without TLS', { skip }, async (t) => {
  const proxy = await startTinyproxy(t, 'BasicAuth monitor hunter2');
  const proxyUrl = `http://monitor:hunter2@127.0.0.1:${proxy.port}`;
  for (const isSecure of [false, true]) {
    const { url, asked, port } = await site(t, isSecure);
    const auth = { bearer: { token: 'of-the-server' } };
    const through = { url, proxy_url: proxyUrl, auth, ...(isSecure ? { tls: { ca_file: 'ca.pem' } } : {}) };
    const answered = await reading(through);
    t.match(answered, { level: 'healthy', up: true, statusCode: 200, message: '200: says healthy' });
    t.equal(answered.ipProtocol, undefined, 'the proxy made the connection, so its address is unknown');
    const phases = ['connect', ...(isSecure ? ['tls'] : []), 'first_byte', 'transfer'];
    t.strictSame(Object.keys(answered.phases), phases);
    t.equal(answered.certificate?.verified, isSecure ? true : undefined);
    t.strictSame(
      asked.map(({ url, headers }) => [url, headers.authorization, headers['proxy-authorization']]),
      [['/health?a=1', 'Bearer of-the-server', undefined]],
      'only the proxy gets its credentials',
    );
    const method = isSecure ? `CONNECT localhost:${port}` : `GET http://127.0.0.1:${port}/health`;
    t.match(proxy.log(), method);
    t.notMatch(JSON.stringify(answered), /hunter2|of-the-server|monitor:/);
    for (const credentials of ['', 'monitor:hunter3@']) {
      const refused = await reading({ ...through, proxy_url: `http://${credentials}127.0.0.1:${proxy.port}` });
      t.match(refused, { up: false, reason: 'auth' });
      if (isSecure || credentials === '')
        t.match(refused, { level: 'unknown', message: /^40[17]: the proxy http:\/\/127/ });
      t.notMatch(JSON.stringify(refused), /hunter/);
    }
    t.equal(asked.length, 1);
  }
});

t.test('a proxy that refuses is distinguished from a server that the proxy cannot reach', { skip }, async (t) => {
  const { port, url } = await site(t, true);
  const proxy = await startTinyproxy(t, `ConnectPort ${port}`);
  const proxyUrl = `http://127.0.0.1:${proxy.port}`;
  const tls = { ca_file: 'ca.pem' };
  t.match(await reading({ url, proxy_url: proxyUrl, tls }), { level: 'healthy' });
  const elsewhere = await closedPort();
  t.match(await reading({ url: `https://localhost:${elsewhere}/`, proxy_url: proxyUrl }), {
    level: 'unknown',
    reason: 'auth',
    message: `403: the proxy ${proxyUrl} refuses to connect to localhost:${elsewhere}`,
  });
  const open = await startTinyproxy(t);
  t.match(await reading({ url: `https://localhost:${elsewhere}/`, proxy_url: `http://127.0.0.1:${open.port}` }), {
    level: 'critical',
    reason: 'connect',
    message: `500: the proxy http://127.0.0.1:${open.port} cannot reach localhost:${elsewhere}`,
  });
  const http = await reading({ url: `http://127.0.0.1:${elsewhere}/`, proxy_url: `http://127.0.0.1:${open.port}` });
  t.match(http, { level: 'critical', reason: 'status', statusCode: 500 });
});

t.test('a proxy that does not answer leaves the component UNKNOWN', async (t) => {
  const gone = `http://127.0.0.1:${await closedPort()}`;
  for (const url of ['http://crm.example/', 'https://crm.example/'])
    t.match(await reading({ url, proxy_url: gone }), {
      level: 'unknown',
      up: false,
      reason: 'internal',
      message: `the proxy ${gone} cannot be reached: connection refused by ${gone.slice(7)}`,
    });
  t.match(await reading({ url: 'http://crm.example/', proxy_url: 'http://proxy.invalid:3128' }), {
    level: 'unknown',
    reason: 'internal',
    message: /^the proxy http:\/\/proxy\.invalid:3128 cannot be reached: cannot resolve proxy\.invalid/,
  });
  const deaf = await deafServer('127.0.0.1');
  t.teardown(() => deaf.stop());
  t.match(await reading({ url: 'http://crm.example/', proxy_url: `http://127.0.0.1:${deaf.port}` }, 300), {
    level: 'unknown',
    reason: 'internal',
    message: `the proxy http://127.0.0.1:${deaf.port} does not answer before the deadline`,
  });
});

t.test('every answer to CONNECT has its reason', async (t) => {
  const answers: readonly [answer: string | undefined, expected: object][] = [
    [
      'HTTP/1.0 407 x\r\n\r\n',
      { level: 'unknown', reason: 'auth', message: /^407: the proxy \S+ requires credentials; set them in proxy_url$/ },
    ],
    [
      'HTTP/1.1 502 x\r\n\r\n<h1>',
      { level: 'critical', reason: 'connect', message: /^502: .* cannot reach crm\.example:443$/ },
    ],
    ['HTTP/1.1 504 x\r\n\r\n', { level: 'critical', reason: 'connect' }],
    ['HTTP/1.1 100 x\r\n\r\n', { level: 'unknown', reason: 'internal', message: /^100: .* check proxy_url$/ }],
    ['HTTP/1.1 405 x\r\n\r\n', { level: 'unknown', reason: 'internal', message: /check proxy_url$/ }],
    ['SSH-2.0-OpenSSH\r\n', { level: 'unknown', reason: 'internal', message: /is not an HTTP proxy$/ }],
    [`HTTP/1.1 200 ${'x'.repeat(20_000)}`, { level: 'unknown', reason: 'internal', message: /is not an HTTP proxy$/ }],
    ['', { level: 'unknown', reason: 'internal', message: /closed the connection before an answer$/ }],
    [undefined, { level: 'critical', reason: 'timeout', message: 'no answer before the deadline, still connecting' }],
    ['HTTP/1.1 200 OK\r\n\r\nhello\n', { level: 'critical', reason: 'tls', message: /does not speak TLS/ }],
  ];
  for (const [answer, expected] of answers) {
    const proxy = await rawServer((socket: Socket) => void (answer === undefined || socket.end(answer)));
    const found = await reading({ url: 'https://crm.example/', proxy_url: `http://127.0.0.1:${proxy.port}` }, 2000);
    t.match(found, expected, answer?.slice(0, 20) ?? 'silence');
    await proxy.stop();
  }
});

t.test('the message about a refusal names the proxy, the wrong credentials and the refused address', async (t) => {
  const proxy = { host: 'proxy', port: 3128, shown: 'http://proxy:3128' };
  const authorization = new Secret('Basic x');
  for (const code of [401, 407]) {
    t.match(refusalOf(proxy, code, 'crm:443'), {
      reason: 'auth',
      message: new RegExp(`^${code}: the proxy http://proxy:3128 requires credentials; set them in proxy_url$`),
    });
    t.match(refusalOf({ ...proxy, authorization }, code, 'crm:443'), {
      reason: 'auth',
      message: new RegExp(`^${code}: the proxy http://proxy:3128 does not accept the credentials of proxy_url$`),
    });
  }
  t.match(refusalOf(proxy, 403, 'crm:443'), { reason: 'auth', message: /proxy:3128 refuses to connect to crm:443$/ });
  t.match(refusalOf(proxy, 500, 'crm:443'), { reason: 'connect', message: /proxy:3128 cannot reach crm:443$/ });
  t.match(refusalOf(proxy, 499, 'crm:443'), {
    reason: 'internal',
    message: /does not connect to crm:443: check proxy_url$/,
  });
});

t.test('the answer of a proxy may come in pieces, and bytes of the server may follow it', async (t) => {
  const pieces = ['HTT', 'P/1.1 200 Connection established\r\nVia: proxy\r\n', '\r\n220 mail.example\r\n'];
  const proxy = await rawServer(async (socket) => {
    socket.setNoDelay(true);
    for (const piece of pieces) {
      await new Promise((written) => socket.write(piece, written));
      // The client in this process reads the piece in the meantime.
      for (let turn = 0; turn < 3; turn += 1) await new Promise((done) => setImmediate(done));
    }
  });
  t.teardown(() => proxy.stop());
  const measurement = newMeasurement();
  const address = { host: '127.0.0.1', port: proxy.port, shown: 'the proxy' };
  const network = { resolve: createResolver(), tlsContexts: new TlsContexts() };
  const end = new AbortController();
  const socket = await connectProxy(address, 'mail.example:25', network, measurement, end.signal);
  t.teardown(() => socket.destroy());
  let received = '';
  socket.on('data', (bytes: Buffer) => (received += bytes.toString())).resume();
  await until('the greeting is there', () => received === '220 mail.example\r\n');
  t.equal(getEventListeners(end.signal, 'abort').length, 0);
  t.strictSame(Object.keys(measurement), ['elapsedSeconds', 'phases', 'note'], 'waitsFor is absent');
});

t.test('the proxy of the environment is used only where the configuration asks for it', async (t) => {
  const asked: string[] = [];
  const proxy = await rawServer((socket, request) => {
    asked.push(request.split('\r\n')[0] ?? '');
    socket.end(httpAnswer('{"status":"healthy"}'));
  });
  t.teardown(() => proxy.stop());
  const server = await site(t, false);
  const environment = { HTTP_PROXY: `127.0.0.1:${proxy.port}`, no_proxy: 'direct.example' };
  const resolve = async () => [{ address: '127.0.0.1', family: 4 as const }];
  const inEnvironment = endpointReader(authority, { environment, resolve });
  t.match(await inEnvironment({ url: 'http://crm.example/x', proxy_url: 'environment' }), { level: 'healthy' });
  t.strictSame(asked, ['GET http://crm.example/x HTTP/1.1']);
  for (const url of [server.url, `http://direct.example:${server.port}/`])
    t.match(await inEnvironment({ url, proxy_url: 'environment' }), { level: 'healthy' }, url);
  t.match(await inEnvironment({ url: `http://crm.example:${server.port}/` }), { level: 'healthy' });
  t.equal(asked.length, 1);
  t.equal(server.asked.length, 3);
  await t.rejects(
    endpointReader(authority, { environment: { https_proxy: 'socks5://me:hunter2@proxy:1080' } })({
      url: 'https://crm.example/',
      proxy_url: 'environment',
    }),
    {
      message:
        /endpoints\.a\.proxy_url: the environment's HTTPS_PROXY is not an HTTP proxy such as http:\/\/proxy\.example\.com:3128$/,
    },
  );
});

t.test('a redirect from one scheme to the other changes the proxy', async (t) => {
  const asked: string[] = [];
  const proxy = await rawServer((socket, request) => {
    asked.push(request.split('\r\n')[0] ?? '');
    const location = { code: 302, headers: ['Location: https://crm.example/next'] };
    socket.end(request.startsWith('CONNECT') ? 'HTTP/1.1 503 x\r\n\r\n' : httpAnswer('', location));
  });
  t.teardown(() => proxy.stop());
  t.match(await reading({ url: 'http://crm.example/', proxy_url: `http://127.0.0.1:${proxy.port}` }), {
    reason: 'connect',
  });
  t.strictSame(asked, ['GET http://crm.example/ HTTP/1.1', 'CONNECT crm.example:443 HTTP/1.1']);
});

t.test('NO_PROXY is read as curl and Go read it', async (t) => {
  const proxy = { host: 'proxy', port: 3128, shown: 'http://proxy:3128' };
  const table: readonly [exception: string, direct: readonly string[], proxied: readonly string[]][] = [
    ['*', ['http://a.example/', 'https://[2001:db8::1]/'], []],
    ['crm.example', ['http://crm.example/', 'http://a.b.CRM.example/'], ['http://xcrm.example/', 'http://example/']],
    ['.crm.example', ['http://a.crm.example/'], ['http://crm.example/']],
    ['*.crm.example', ['http://a.crm.example/'], ['http://crm.example/']],
    ['crm.example:8000', ['http://crm.example:8000/'], ['http://crm.example/']],
    ['crm.example:443', ['https://crm.example/'], ['http://crm.example/']],
    ['10.1.2.3', ['http://10.1.2.3/', 'http://10.1.2.3:99/'], ['http://10.1.2.4/']],
    ['10.1.2.3:80', ['http://10.1.2.3/'], ['http://10.1.2.3:99/']],
    ['10.0.0.0/8', ['http://10.255.0.1/'], ['http://11.0.0.1/', 'http://10.example/']],
    ['2001:DB8::/32', ['http://[2001:db8:1::5]/'], ['http://[2001:db9::1]/', 'http://10.0.0.1/']],
    ['fd00::1', ['http://[fd00::1]:99/'], ['http://[fd00::2]/']],
    ['[fd00::1]:80', ['http://[fd00::1]/'], ['http://[fd00::1]:99/']],
    ['fd00:1::2', ['http://[fd00:1::2]/'], ['http://[fd00:1::3]/', 'http://crm.example/']],
    ['fd00:1:2:3:4:5:6:7', ['http://[fd00:1:2:3:4:5:6:7]/'], ['http://[fd00:1:2:3:4:5:6:8]/']],
    ['0.0.0.0/0', ['http://10.0.0.1/'], ['http://[fd00::1]/', 'http://crm.example/']],
    ['10.0.0.0/32', ['http://10.0.0.0/'], ['http://10.0.0.1/']],
    ['10.0.0.0/99', [], ['http://10.0.0.0/']],
    ['10.0.0.0/-1', [], ['http://10.0.0.0/']],
    ['10.0.0.0/x', [], ['http://10.0.0.0/']],
    ['x[fd00::1]', [], ['http://[fd00::1]/']],
    ['crm*.example', [], ['http://crm.example/']],
    ['', [], ['http://crm.example./', 'http://10.0.0.1/']],
    [':80', [], ['http://crm.example/']],
    ['a b', [], ['http://crm.example/']],
  ];
  for (const [exception, direct, proxied] of table) {
    const settings: ProxySettings = { http: proxy, https: proxy, exceptions: ['other.example', exception] };
    for (const url of direct) t.equal(proxyFor(settings, new URL(url)), undefined, `${exception}: ${url} directly`);
    for (const url of proxied) t.equal(proxyFor(settings, new URL(url)), proxy, `${exception}: ${url} over the proxy`);
  }
  t.equal(proxyFor({ http: proxy, exceptions: [] }, new URL('https://crm.example/')), undefined);
  t.equal(proxyFor({ http: proxy, exceptions: [] }, new URL('http://127.0.0.1/')), proxy, 'a configured proxy is used');
});
