import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import type { Handler } from '../../simulator/exchange.js';
import type { FaultKind } from '../../simulator/faults.js';
import { createFrontend, createGateway } from '../../simulator/gateway.js';
import { requestListener } from '../../simulator/http-service.js';
import { ManualClock } from '../support/manual-clock.js';
import { ask } from './ask.js';

async function serve(t: Test, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** The URL of a server with this handler, without faults. */
async function start(t: Test, handle: Handler): Promise<string> {
  const listener = requestListener({
    clock: new ManualClock(),
    handle,
    faultFor: () => undefined,
    isHealthPath: () => false,
    latencySeconds: () => 0,
  });
  return `http://127.0.0.1:${await serve(t, listener)}`;
}

const nginx = 'nginx/1.26.3';
const errorPage = (title: string) =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${nginx}</center>\r\n</body>\r\n</html>\r\n`;

/** The files of the application that its page names. */
const filesOf = (page: string) => [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path = '']) => path);

t.test('the frontend has the files that its page names, and the page for every other path', async (t) => {
  const url = await start(
    t,
    createFrontend(() => undefined),
  );
  const page = await ask(url);
  t.match(page.body, '<title>AI-CRM</title>');
  t.match(page.headers, {
    server: nginx,
    'content-type': 'text/html',
    'x-frame-options': 'SAMEORIGIN',
    'x-xss-protection': '1; mode=block',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer-when-downgrade',
    'content-security-policy': "default-src 'self' http: https: data: blob: 'unsafe-inline'",
    'accept-ranges': 'bytes',
  });
  const types = new Map<string, string | undefined>();
  for (const path of filesOf(page.body)) {
    const { status, headers, body } = await ask(url + path);
    t.equal(status, 200, path);
    t.equal(headers['x-content-type-options'], 'nosniff');
    t.ok(body.length > 20 && body !== page.body, path);
    types.set(path, headers['content-type']);
  }
  t.same(Object.fromEntries(types), {
    '/logo.svg': 'image/svg+xml',
    '/assets/index-5d20be.css': 'text/css',
    '/assets/index-8f3c1a.js': 'text/javascript',
  });
  for (const path of ['/health', '/metrics', '/assets/index-old.js'])
    t.equal((await ask(url + path)).body, page.body, path);
  const head = await ask(url, { method: 'HEAD' });
  t.same([head.status, head.body, head.headers['content-length']], [200, '', page.headers['content-length']]);
  const post = await ask(url, { method: 'POST' });
  t.same([post.status, post.body, post.headers.server], [405, errorPage('405 Not Allowed'), nginx]);
});

t.test('after a wrong deployment only the bundle is missing, or is the page', async (t) => {
  let fault: FaultKind | undefined;
  const url = await start(
    t,
    createFrontend(() => fault),
  );
  const page = await ask(url);
  const bundle = '/assets/index-8f3c1a.js';
  const others = async () => {
    for (const path of ['/', ...filesOf(page.body).filter((path) => path !== bundle)])
      t.equal((await ask(url + path)).headers['content-type'] === 'text/html', path === '/', path);
  };
  fault = 'bundle-404';
  const missing = await ask(url + bundle);
  t.same([missing.status, missing.body, missing.headers.server], [404, errorPage('404 Not Found'), nginx]);
  await others();
  fault = 'bundle-html';
  const replaced = await ask(url + bundle);
  t.same([replaced.status, replaced.headers['content-type'], replaced.body], [200, 'text/html', page.body]);
  await others();
  fault = 'slow';
  t.equal((await ask(url + bundle)).headers['content-type'], 'text/javascript');
});

t.test('the gateway hands on method, path, query, body and headers, but not those of one connection', async (t) => {
  const seen: unknown[] = [];
  const port = await serve(t, (request, response) => {
    text(request).then((body) => {
      seen.push([request.method, request.url, body, request.headers]);
      response.writeHead(418, { server: 'uvicorn', 'x-request-id': 'abc', 'keep-alive': 'timeout=7', te: 'x' });
      response.end('tea');
    }, t.fail);
  });
  const url = await start(
    t,
    createGateway(() => ({ host: '127.0.0.1', port })),
  );
  const ofOneConnection = { 'keep-alive': '1', 'proxy-connection': '1', te: 'trailers' };
  const reply = await ask(`${url}/api/tasks?archived=true&x=1`, {
    method: 'PUT',
    body: 'é',
    headers: { ...ofOneConnection, 'x-own': 'kept' },
  });
  t.same(seen, [
    [
      'PUT',
      '/tasks?archived=true&x=1',
      'é',
      { 'x-own': 'kept', 'content-length': '2', host: `127.0.0.1:${port}`, connection: 'close' },
    ],
  ]);
  t.same([reply.status, reply.body], [418, 'tea']);
  t.match(reply.headers, { server: nginx, 'x-request-id': 'abc', te: undefined });
  t.notMatch(reply.headers, { 'keep-alive': 'timeout=7' });
  await ask(`${url}/api/`);
  t.match(seen[1], ['GET', '/', '']);
});

t.test('the gateway is healthy without its backend, in two types as the real one, and 502 for the rest', async (t) => {
  const url = await start(
    t,
    createGateway(() => ({ host: '127.0.0.1', port: 1 })),
  );
  const health = await fetch(`${url}/health`);
  t.same([health.status, await health.text()], [200, 'healthy\n']);
  t.equal(health.headers.get('content-type'), 'application/octet-stream, text/plain');
  t.equal(health.headers.get('server'), nginx);
  const down = await ask(`${url}/api/health`);
  t.same(
    [down.status, down.body, down.headers.server, down.headers['content-type']],
    [502, errorPage('502 Bad Gateway'), nginx, 'text/html'],
  );
  t.match((await ask(`${url}/apiary`)).body, '<div id="root">', 'a path that only begins alike is one of the frontend');
});
