import { rm, writeFile } from 'node:fs/promises';
import { createSecureServer, createServer, type Http2Server, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createAuthority } from '../../simulator/certificate.js';
import { endpointReader } from '../support/endpoint-reading.js';
import { openFolder } from '../support/nobody.js';
import { missing, start } from '../support/programs.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';
import { startTinyproxy } from '../support/tinyproxy.js';
import { localCertificate } from '../support/tls-servers.js';
import { until } from '../support/until.js';

const authority = createAuthority();
const certificate = localCertificate(authority);
const reading = endpointReader(authority);
const tls = { ca_file: 'ca.pem' };
const { certificatePem: cert, keyPem: key } = certificate;

/** A server that knows only HTTP/2, with or without TLS. */
async function site(t: Test, isSecure: boolean) {
  const asked: IncomingHttpHeaders[] = [];
  const bodies: string[] = [];
  const server: Http2Server = isSecure ? createSecureServer({ cert, key, allowHTTP1: false }) : createServer();
  server.on('stream', (stream, headers) => {
    asked.push(headers);
    stream.on('error', () => {});
    let body = '';
    stream.setEncoding('utf8').on('data', (text: string) => (body += text));
    stream.on('end', () => {
      bodies.push(body);
      const path = headers[':path'];
      if (path === '/moved') stream.respond({ ':status': 302, location: '/health' }, { endStream: true });
      else if (path === '/page' || path?.startsWith('/a.js') === true) {
        stream.respond({ ':status': 200, 'content-type': path === '/page' ? 'text/html' : 'text/javascript' });
        const files = Array.from({ length: 150 }, (_, index) => `<script src=/a.js?${index}></script>`);
        stream.end(path === '/page' ? files.join('') : 'x()');
      } else if (path === '/large') {
        stream.respond({ ':status': 200 });
        stream.end('x'.repeat(5000));
      } else {
        stream.respond({ ':status': path === '/down' ? 503 : 200, 'content-type': 'application/json' });
        stream.end('{"status":"healthy"}');
      }
    });
  });
  server.on('sessionError', () => {});
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { asked, bodies, port, url: `${isSecure ? 'https' : 'http'}://localhost:${port}` };
}

t.test('a server that knows only HTTP/2 is probed with it', async (t) => {
  for (const isSecure of [true, false]) {
    const { url, asked, bodies, port } = await site(t, isSecure);
    const known = { http_version: 2, ...(isSecure ? { tls } : {}) };
    const answered = await reading({
      url: `${url}/health?a=1`,
      ...known,
      headers: { 'X-Tenant': 'crm', Host: 'crm.example' },
    });
    t.match(answered, { level: 'healthy', statusCode: 200, message: '200: says healthy' });
    t.strictSame(
      Object.keys(answered.phases).filter((phase) => phase !== 'dns'),
      ['connect', ...(isSecure ? ['tls'] : []), 'first_byte', 'transfer'],
    );
    t.match(asked[0], {
      ':method': 'GET',
      ':path': '/health?a=1',
      ':authority': 'crm.example',
      ':scheme': isSecure ? 'https' : 'http',
      'x-tenant': 'crm',
      'user-agent': 'test',
    });
    t.match(await reading({ url: `${url}/moved`, ...known }), { level: 'healthy', statusCode: 200 });
    t.match(await reading({ url: `${url}/down`, ...known }), { level: 'critical', reason: 'status', statusCode: 503 });
    t.match(await reading({ url: `${url}/large`, ...known, max_body_bytes: 4999 }), {
      reason: 'size',
      message: 'the body is larger than 4999 bytes',
    });
    t.match(await reading({ url: `${url}/large`, ...known, max_body_bytes: 5000 }), { up: true, responseBytes: 5000 });
    t.match(await reading({ url: `${url}/page`, ...known, page: true }), {
      level: 'healthy',
      page: { resources: 150 },
    });
    t.match(await reading({ url, ...known, method: 'HEAD' }), { up: true, statusCode: 200 });
    const auth = { basic: { username: 'me', password: 'hunter2' } };
    t.match(await reading({ url, ...known, method: 'POST', body: 'ping', auth }), { up: true });
    t.equal(asked.at(-1)?.authorization, `Basic ${Buffer.from('me:hunter2').toString('base64')}`);
    t.equal(bodies.at(-1), 'ping');
    t.equal(asked.at(-1)?.[':authority'], `localhost:${port}`);
  }
});

t.test('without the option, the message names the option for HTTP/2', async (t) => {
  const { url } = await site(t, true);
  t.match(await reading({ url, tls }), {
    level: 'critical',
    reason: 'tls',
    message: /does not speak http\/1\.1 \(ALPN\); http_version: 2 of https:\/\/ is for servers that know only HTTP\/2$/,
  });
  const plain = await site(t, false);
  t.match(await reading({ url: plain.url }), {
    up: false,
    reason: 'body',
    message:
      /^the answer is not HTTP\/1\.1 but HTTP\/2; http_version: 2 of http:\/\/ is for servers that know only HTTP\/2$/,
  });
});

t.test('a server without HTTP/2 is not taken for one with it', async (t) => {
  const answer = httpAnswer('{"status":"healthy"}');
  const plain = await rawServer((socket) => void socket.end(answer));
  const secure = await rawServer((socket) => void socket.end(answer), { certificate });
  t.teardown(() => Promise.all([plain.stop(), secure.stop()]));
  t.match(await reading({ url: `http://127.0.0.1:${plain.port}`, http_version: 2 }), {
    level: 'critical',
    reason: 'body',
    message: 'the server does not speak HTTP/2',
  });
  t.match(await reading({ url: `https://localhost:${secure.port}`, http_version: 2, tls }), {
    level: 'critical',
    reason: 'tls',
    message: 'the server does not offer HTTP/2 (ALPN h2)',
  });
});

t.test('HTTP/2 goes through a proxy', { skip: missing('tinyproxy') }, async (t) => {
  const proxy = await startTinyproxy(t);
  for (const isSecure of [true, false]) {
    const { url, port } = await site(t, isSecure);
    const proxyUrl = `http://127.0.0.1:${proxy.port}`;
    const answered = await reading({ url, http_version: 2, proxy_url: proxyUrl, ...(isSecure ? { tls } : {}) });
    t.match(answered, { level: 'healthy', statusCode: 200 });
    t.match(proxy.log(), `CONNECT localhost:${port}`);
  }
});

t.test('nginx is probed with HTTP/2', { skip: missing('nginx') }, async (t) => {
  const folder = await openFolder('nginx-http2-');
  const [secure, plain] = [await closedPort(), await closedPort()];
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key);
  const answer = `location / { default_type application/json; return 200 '{"status":"healthy","protocol":"$server_protocol"}'; }`;
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/nginx.pid; error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server { listen 127.0.0.1:${secure} ssl http2; ssl_certificate tls.crt; ssl_certificate_key tls.key; ${answer} }
  server { listen 127.0.0.1:${plain} http2; ${answer} }
}
`,
  );
  const nginx = start('nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], { cwd: folder });
  t.teardown(async () => {
    await nginx.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const expect = (protocol: string) => ({ json: { protocol } });
  const https = `https://localhost:${secure}/`;
  await until('nginx answers', async () => nginx.hasEnded() || (await reading({ url: https, tls })).up);
  t.match(
    await reading({ url: https, tls, http_version: 2, expect: expect('HTTP/2.0') }),
    { level: 'healthy' },
    nginx.output(),
  );
  t.match(await reading({ url: https, tls, expect: expect('HTTP/1.1') }), { level: 'healthy' });
  const http = `http://127.0.0.1:${plain}/`;
  t.match(await reading({ url: http, http_version: 2, expect: expect('HTTP/2.0') }), { level: 'healthy' });
  // nginx knows nothing else on this port.
  t.match(await reading(http), { up: false });
});
