import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import t, { type Test } from 'tap';
import { ClientTokens } from '../../src/access/client-tokens.js';
import { PoliteDataAccess } from '../../src/access/polite-access.js';
import { systemClock } from '../../src/base/clock.js';
import { loadConfig } from '../../src/config/load.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { createProbe } from '../../src/probes/component-probe.js';
import { thresholdsWith } from '../support/config.js';
import { ManualClock } from '../support/manual-clock.js';
import { closedPort } from '../support/raw-server.js';
import { RecordedLog } from '../support/recorded-log.js';

const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };

/** A request to the token endpoint. */
interface Asked {
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}
type Answer = (asked: Asked) => { readonly status?: number; readonly body: unknown };

async function listening(t: Test, server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A token endpoint, a server that accepts only its last token, and an exporter, on a clock of the test. */
async function world(t: Test) {
  const asked: Asked[] = [];
  const state = { answer: undefined as Answer | undefined, valid: '', received: [] as (string | undefined)[] };
  const app = new Koa();
  app.silent = true;
  app.use(async (context) => {
    let text = '';
    for await (const piece of context.req) text += String(piece);
    const request = {
      authorization: context.get('authorization'),
      form: Object.fromEntries(new URLSearchParams(text)),
    };
    asked.push(request);
    const { status = 200, body } = state.answer?.(request) ?? {
      body: { access_token: `token-${asked.length}`, token_type: 'Bearer', expires_in: 3600 },
    };
    if (status === 200) state.valid = `token-${asked.length}`;
    context.status = status;
    context.body = body;
  });
  const tokenUrl = `${await listening(t, createServer(app.callback()))}/oauth2/token`;
  const isWelcome = ({ headers }: IncomingMessage) => {
    state.received.push(headers.authorization);
    return headers.authorization === `Bearer ${state.valid}`;
  };
  const server = createServer((request, response) => {
    const status = isWelcome(request) ? 200 : 401;
    const [type, body] = request.url === '/page' ? ['text/html', '<p>'] : ['application/json', '{"status":"healthy"}'];
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.end(
      isWelcome(request)
        ? `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
        : 'HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n',
    );
  });
  const url = await listening(t, server);
  const clock = new ManualClock();
  const tokens = new ClientTokens({ prober, clock });
  const probe = createProbe(prober, thresholdsWith({ warning: 5, critical: 8 }), { tokens });
  const client = { token_url: tokenUrl, client_id: 'monitor', client_secret: 'hunter2' };
  const components = async (endpoints: Readonly<Record<string, unknown>>) => {
    const directory = t.testdir({ 'monitoring.yml': JSON.stringify({ endpoints }) });
    return (await loadConfig(undefined, { environment: {}, directory })).components;
  };
  const [component] = await components({ a: { url, auth: { oauth2: client } } });
  const log: string[] = [];
  const reading = async (which = component, milliseconds = 10_000) => {
    if (which === undefined) throw new Error('no such component');
    return probe(which, AbortSignal.timeout(milliseconds), log);
  };
  return { asked, state, url, tokenUrl, clock, tokens, client, components, reading, log };
}

t.test('a token is requested once, kept until shortly before it expires, and shared', async (t) => {
  const { asked, state, url, clock, client, components, reading, log } = await world(t);
  const settings = { ...client, scopes: ['crm.read', 'crm.health'], endpoint_params: { audience: 'crm' } };
  const [a, b, other] = await components({
    a: { url, auth: { oauth2: settings } },
    b: { url: `${url}/b`, auth: { oauth2: settings } },
    other: { url, auth: { oauth2: client } },
  });
  const all = await Promise.all([reading(a), reading(b), reading(a)]);
  t.match(all, Array(3).fill({ level: 'healthy', statusCode: 200 }));
  t.strictSame(asked, [
    {
      authorization: `Basic ${Buffer.from('monitor:hunter2').toString('base64')}`,
      form: { grant_type: 'client_credentials', scope: 'crm.read crm.health', audience: 'crm' },
    },
  ]);
  clock.advance(3299);
  await reading(a);
  t.equal(asked.length, 1);
  clock.advance(2);
  t.match(await reading(a), { level: 'healthy' });
  t.equal(asked.length, 2);
  t.equal(state.received.at(-1), 'Bearer token-2');
  t.match(await reading(other), { level: 'healthy' }, 'other settings have their own token');
  t.equal(asked.length, 3);
  const [reloaded] = await components({ c: { url, auth: { oauth2: client } } });
  t.match(await reading(reloaded), { level: 'healthy' });
  t.equal(asked.length, 3, 'a reload keeps the token');
  t.notMatch(JSON.stringify([all, log]), /hunter2|token-\d/);
});

t.test('a refused token is renewed once, and not with every probe', async (t) => {
  const { asked, state, clock, reading } = await world(t);
  await reading();
  state.valid = 'revoked';
  t.match(await reading(), { level: 'healthy', message: '200: says healthy' });
  t.equal(asked.length, 2);
  // From here on the server accepts no token.
  state.answer = () => ({ body: { access_token: 'wrong', token_type: 'Bearer', expires_in: '3600' } });
  state.valid = 'none';
  const refused = { level: 'unknown', reason: 'auth', message: '401: the credentials were not accepted' };
  for (const run of [1, 2, 3]) t.match(await reading(), refused, `run ${run}`);
  t.equal(asked.length, 3);
  clock.advance(61);
  t.match(await reading(), refused);
  t.match(await reading(), refused);
  t.equal(asked.length, 4);
  clock.advance(61);
  t.match(await reading(), refused);
  t.equal(asked.length, 4, 'and with growing pauses');
});

t.test('without a token the component is UNKNOWN', async (t) => {
  const { asked, state, url, tokenUrl, clock, components, client, reading, log } = await world(t);
  const unknown = (reason: string, message: string) => ({ level: 'unknown', up: false, reason, message });
  const answers: readonly [status: number, body: unknown, expected: object][] = [
    [
      401,
      { error: 'invalid_client' },
      unknown('auth', `401: ${tokenUrl} issues no token for auth.oauth2 (invalid_client)`),
    ],
    [400, { error: 'hunter3 & co' }, unknown('auth', `400: ${tokenUrl} issues no token for auth.oauth2`)],
    [403, '<h1>', unknown('auth', `403: ${tokenUrl} issues no token for auth.oauth2`)],
    [500, '', unknown('internal', `500: ${tokenUrl} issues no token: is auth.oauth2.token_url right?`)],
    [200, '<h1>', unknown('internal', `200: ${tokenUrl} issues no token: is auth.oauth2.token_url right?`)],
    [
      200,
      { access_token: 'a\r\nb' },
      unknown('internal', `200: ${tokenUrl} issues no token: is auth.oauth2.token_url right?`),
    ],
  ];
  for (const [status, body, expected] of answers) {
    state.answer = () => ({ status, body });
    t.match(await reading(), expected, String(status));
    const before = asked.length;
    t.match(await reading(), expected, 'it is logged again');
    t.equal(asked.length, before, 'and not asked again at once');
    clock.advance(601);
  }
  t.equal(state.received.length, 0, 'the component was not asked');
  const gone = `http://127.0.0.1:${await closedPort()}/token`;
  const [unreachable] = await components({ a: { url, auth: { oauth2: { ...client, token_url: gone } } } });
  t.match(
    await reading(unreachable),
    unknown('internal', `no token from ${gone}: connection refused by ${new URL(gone).host}`),
  );
  state.answer = undefined;
  t.match(await reading(), { level: 'healthy' });
  t.notMatch(log.join('\n'), /hunter/);
});

t.test('a token endpoint that hangs does not count as a failure of the component', async (t) => {
  const silent = await listening(
    t,
    createServer(() => {}),
  );
  const { url, components, client, reading } = await world(t);
  const [a] = await components({ a: { url, auth: { oauth2: { ...client, token_url: silent } } } });
  t.match(await reading(a, 200), {
    level: 'unknown',
    reason: 'internal',
    message: `the token endpoint ${silent} does not answer before the deadline`,
  });
});

t.test('a token that is still valid is used while no new one is available', async (t) => {
  const { state, clock, reading } = await world(t);
  await reading();
  const { valid } = state;
  state.answer = () => ({ status: 503, body: '' });
  clock.advance(3400);
  state.valid = valid;
  t.match(await reading(), { level: 'healthy' });
  clock.advance(300);
  t.match(await reading(), { level: 'unknown', reason: 'internal' });
});

t.test("a token endpoint may support only one of the two ways to send the client's credentials", async (t) => {
  const { asked, state, url, components, client, clock, reading } = await world(t);
  const [a] = await components({
    a: { url, auth: { oauth2: { ...client, client_id: 'a:b', client_secret: 'ü &+' } } },
  });
  state.answer = ({ form }) =>
    form['client_secret'] === 'ü &+' && form['client_id'] === 'a:b'
      ? { body: { access_token: `token-${asked.length}`, expires_in: 60 } }
      : { status: 401, body: { error: 'invalid_client' } };
  t.match(await reading(a), { level: 'healthy' });
  t.equal(asked.length, 2);
  t.equal(asked[0]?.authorization, `Basic ${Buffer.from('a%3Ab:%C3%BC+%26%2B').toString('base64')}`);
  clock.advance(60);
  t.match(await reading(a), { level: 'healthy' });
  t.equal(asked.length, 3, 'the method that worked is tried first next time');
});

t.test('WebSocket and pages get the token as well', async (t) => {
  const { state, url, components, client, reading } = await world(t);
  const [socket, page] = await components({
    socket: { url: url.replace('http', 'ws'), auth: { oauth2: client } },
    page: { url: `${url}/page`, page: true, auth: { oauth2: client } },
  });
  t.match(await reading(socket), { level: 'healthy', message: 'speaks WebSocket' });
  state.valid = 'revoked';
  t.match(await reading(socket), { level: 'healthy' });
  t.match(await reading(page), { level: 'healthy' });
});

t.test('a JSON source uses a token, and shares it with components', async (t) => {
  const { asked, state, url, tokens, client, reading } = await world(t);
  const directory = t.testdir({
    'monitoring.yml': JSON.stringify({
      endpoints: { a: { url, auth: { oauth2: client } } },
      json_sources: { s: { url, auth: { oauth2: client }, metrics: [{ name: 'x', help: 'X.', path: '$.x' }] } },
    }),
  });
  const config = await loadConfig(undefined, { environment: {}, directory });
  await reading(config.components[0]);
  const access = new PoliteDataAccess({ prober, clock: systemClock, log: new RecordedLog(), tokens });
  access.configure({ ...config, components: [] });
  const [source] = config.jsonSources;
  if (source === undefined) throw new Error('no source');
  const request = { source: 's', url: source.url, http: source.http, timeoutSeconds: 10 };
  const { signal } = new AbortController();
  t.match(await access.client.ask(request, signal).catch((error: unknown) => error), { statusCode: 200 });
  t.equal(asked.length, 1);
  state.valid = 'revoked';
  t.match(await access.client.ask(request, signal).catch((error: unknown) => error), { statusCode: 200 });
  t.equal(asked.length, 2);
  state.answer = () => ({ status: 401, body: {} });
  state.valid = 'revoked';
  t.match(await access.client.ask(request, signal).catch((error: unknown) => error), { reason: 'auth' });
});
