import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, type Server } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
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

t.test('reports its address', async (t) => {
  const server = await serve(t);
  t.equal(server.url, `http://127.0.0.1:${server.port}`);
  const everywhere = await serve(t, {}, { host: '' });
  t.equal(everywhere.url, `http://localhost:${everywhere.port}`);
  t.equal((await ask(`http://127.0.0.1:${everywhere.port}/-/healthy`)).status, 200);
});

t.test('slow clients have time limits, and a scraper that comes every minute keeps its connection', async (t) => {
  const { url } = await serve(t);
  let told: Server | undefined;
  const note = (message: unknown) => (told = (message as { readonly server: Server }).server);
  subscribe('http.server.request.start', note);
  await ask(`${url}/-/healthy`);
  unsubscribe('http.server.request.start', note);
  // The timers of Node.js use its own clock. Without waiting for minutes a test can only check their settings.
  t.match(told, {
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
  });
});

t.test('the error says why it cannot listen', async (t) => {
  // An address reserved for documentation, which no machine has.
  await t.rejects(serve(t, {}, { host: '192.0.2.1', port: 10059 }), {
    code: 'listen_failed',
    message: 'cannot listen on 192.0.2.1:10059: this machine does not have the address',
  });
  await t.rejects(serve(t, {}, { telemetryPath: 'metrics' }), {
    code: 'usage',
    message: 'telemetry path metrics does not begin with /',
  });
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
