import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, type Server } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import t, { type Test } from 'tap';
import { type ServerOptions, startServer } from '../../src/http/server.js';
import { ask } from '../support/ask.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordedLog } from '../support/recorded-log.js';
import { documented, type FixtureOptions, fixtureService, reading } from '../support/service-fixture.js';

const clock = new ManualClock();

async function serve(t: Test, change: Partial<FixtureOptions> = {}, options: Partial<ServerOptions> = {}) {
  const service = fixtureService({ components: documented, readings: [reading('backend')], ...change });
  const server = await startServer(service, {
    host: '127.0.0.1',
    port: 0,
    telemetryPath: '/metrics',
    version: '1.0.0',
    log: new RecordedLog(),
    clock,
    ...options,
  });
  t.teardown(() => server.stop());
  return server;
}

const withoutIPv6 =
  Object.values(networkInterfaces())
    .flat()
    .every((one) => one?.family !== 'IPv6') && 'this machine has no IPv6';

/** The server of Node.js that answers at this URL. */
async function behind(url: string): Promise<Server | undefined> {
  let told: Server | undefined;
  const note = (message: unknown) => (told = (message as { readonly server: Server }).server);
  subscribe('http.server.request.start', note);
  await ask(`${url}/-/healthy`);
  unsubscribe('http.server.request.start', note);
  return told;
}

t.test('reports its address', async (t) => {
  const server = await serve(t);
  t.equal(server.url, `http://127.0.0.1:${server.port}`);
  const everywhere = await serve(t, {}, { host: '' });
  t.equal(everywhere.url, `http://localhost:${everywhere.port}`);
  t.equal((await ask(`http://127.0.0.1:${everywhere.port}/-/healthy`)).status, 200);
  const allOfIPv4 = await serve(t, {}, { host: '0.0.0.0' });
  t.equal(allOfIPv4.url, `http://localhost:${allOfIPv4.port}`);
});

t.test('the URL has an IPv6 address in brackets, and localhost for all addresses', { skip: withoutIPv6 }, async (t) => {
  const server = await serve(t, {}, { host: '::1' });
  t.equal(server.url, `http://[::1]:${server.port}`);
  t.equal((await ask(`${server.url}/-/healthy`)).status, 200);
  const everywhere = await serve(t, {}, { host: '::' });
  t.equal(everywhere.url, `http://localhost:${everywhere.port}`);
});

t.test('slow clients have time limits, and a scraper that comes every minute keeps its connection', async (t) => {
  const { url } = await serve(t);
  // The timers of Node.js use its own clock. Without waiting for minutes a test can only check their settings.
  t.match(await behind(url), {
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 10_000,
    keepAliveTimeout: 90_000,
    timeout: 180_000,
    maxHeaderSize: 16_384,
    maxConnections: 1024,
  });
});

t.test('names the port that another program uses', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await t.rejects(serve(t, {}, { port }), {
    code: 'port_in_use',
    message: `cannot listen on 127.0.0.1:${port}: another program uses the port`,
    cause: { code: 'EADDRINUSE' },
  });
  const everywhere = await serve(t, {}, { host: '' });
  await t.rejects(serve(t, {}, { host: '', port: everywhere.port }), {
    message: `cannot listen on :${everywhere.port}: another program uses the port`,
  });
});

t.test('the error says why it cannot listen', async (t) => {
  // An address reserved for documentation, which no machine has.
  await t.rejects(serve(t, {}, { host: '192.0.2.1', port: 10059 }), {
    code: 'listen_failed',
    message: 'cannot listen on 192.0.2.1:10059: this machine does not have the address',
    cause: { code: 'EADDRNOTAVAIL' },
  });
  await t.rejects(serve(t, {}, { telemetryPath: 'metrics' }), {
    code: 'usage',
    message: 'telemetry path metrics does not begin with /',
  });
});

t.test('an error of the listening server is logged, and the server continues', async (t) => {
  const log = new RecordedLog();
  const { url } = await serve(t, {}, { log });
  (await behind(url))?.emit('error', new Error('accept EMFILE'));
  t.match(
    log.lines.filter(({ level }) => level === 'error'),
    [{ message: 'http server failed', fields: { error: 'accept EMFILE' } }],
  );
  t.equal((await ask(`${url}/-/healthy`)).status, 200);
});

/** Sends one text after the other. Returns what the server answers to each. */
async function raw(port: number, ...texts: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  for (const text of texts) {
    socket.write(text);
    const [chunk] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])) as [unknown];
    received += String(chunk);
  }
  return received;
}

t.test('bytes that are not HTTP get one answer, also without a web configuration', async (t) => {
  const { port } = await serve(t);
  const answer = await raw(port, 'NONSENSE\r\n\r\n');
  const [head = '', body] = answer.split('\r\n\r\n');
  const [first, ...fields] = head.split('\r\n');
  t.equal(first, 'HTTP/1.1 400 Bad Request');
  t.equal(body, 'bad request: the request is not valid HTTP\n');
  t.strictSame(fields.map((field) => field.split(': ')[0]).sort(), [
    'Cache-Control',
    'Connection',
    'Content-Length',
    'Content-Security-Policy',
    'Content-Type',
    'Cross-Origin-Resource-Policy',
    'Date',
    'Referrer-Policy',
    'X-Content-Type-Options',
  ]);
  t.ok(fields.includes('Connection: close'));
  t.ok(fields.includes('Cross-Origin-Resource-Policy: same-origin'));
});

t.test('invalid bytes after an answer close the connection without another answer', async (t) => {
  const log = new RecordedLog();
  const { port } = await serve(t, {}, { log });
  const answers = await raw(port, 'GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n', 'NONSENSE\r\n\r\n');
  t.strictSame(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200']);
  t.notOk(log.lines.some(({ message }) => message === 'request refused'));
});

t.test('a client that disconnects within its request is not logged', async (t) => {
  const log = new RecordedLog();
  const { port, url } = await serve(t, {}, { log });
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  await new Promise<void>((written) => socket.write('GET / HTTP/1.1\r\nHost: loc', () => written()));
  await ask(`${url}/-/healthy`);
  socket.resetAndDestroy();
  await once(socket, 'close');
  await ask(`${url}/-/healthy`);
  t.strictSame(
    log.lines.filter(({ message }) => message !== 'request answered'),
    [],
  );
});

t.test('stop ends idle connections at once', async (t) => {
  const server = await serve(t);
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  const { headers } = await ask(`${server.url}/-/healthy`, { agent });
  t.equal(headers.connection, 'keep-alive');
  const silent = connect(server.port, '127.0.0.1').on('error', () => {});
  await once(silent, 'connect');
  // The answer to a second connection proves that the server has accepted the silent one before.
  await ask(`${server.url}/-/healthy`);
  const closed = once(silent, 'close');
  await server.stop();
  await closed;
  await t.rejects(ask(`${server.url}/-/healthy`), { code: 'ECONNREFUSED' });
});

t.test('stop lets a running answer finish', async (t) => {
  let finish = () => {};
  const held = new Promise<void>((resolve) => (finish = resolve));
  let started = () => {};
  const running = new Promise<void>((resolve) => (started = resolve));
  const metrics = async () => {
    started();
    await held;
    return { body: Buffer.from('late 1\n'), contentType: 'text/plain' };
  };
  const server = await serve(t, { metrics });
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  const answer = ask(`${server.url}/metrics`, { agent });
  await running;
  const stopped = server.stop();
  t.equal(server.stop(), stopped, 'a second stop has no effect');
  finish();
  const { text, headers } = await answer;
  t.equal(text, 'late 1\n');
  t.equal(headers.connection, 'close');
  await stopped;
});

t.test('stop ends an answer that is not complete within five seconds', async (t) => {
  let started = () => {};
  const running = new Promise<void>((resolve) => (started = resolve));
  const metrics = () => {
    started();
    return new Promise<never>(() => {});
  };
  const server = await serve(t, { metrics });
  const answer = ask(`${server.url}/metrics`);
  answer.catch(() => {});
  await running;
  const stopped = server.stop();
  clock.advance(5);
  await stopped;
  await t.rejects(answer, { code: 'ECONNRESET' });
});
