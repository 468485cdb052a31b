import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { ClientTokens } from '../../src/access/client-tokens.js';
import type { NotAsked } from '../../src/access/data-access.js';
import { Secret } from '../../src/config/secret.js';
import type { ClientCredentials } from '../../src/config/sections/oauth2-options.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { ManualClock } from '../support/manual-clock.js';
import { closedPort } from '../support/raw-server.js';

const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };

const failureOf = (asked: Promise<string>) =>
  asked.then(t.fail, ({ reason, message, notBeforeSeconds }: NotAsked) => ({ reason, message, notBeforeSeconds }));

/** A request that the endpoint received. */
interface Asked {
  readonly method: string;
  readonly url: string;
  readonly type: string;
  readonly accept: string;
  readonly authorization: string;
  readonly form: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Tokens from an endpoint that answers as the test says, by default with `token-1`, `token-2` and so on. */
async function world(t: Test) {
  const asked: Asked[] = [];
  const state = { answer: undefined as ((one: Asked) => Answer | 'hang') | undefined };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += String(piece);
    const { method = '', url = '', headers } = request;
    const { 'content-type': type = '', accept = '', authorization = '' } = headers;
    const one = { method, url, type, accept, authorization, form: Object.fromEntries(new URLSearchParams(text)) };
    asked.push(one);
    const answer = state.answer?.(one) ?? { body: { access_token: `token-${asked.length}` } };
    if (answer === 'hang') return;
    const { status = 200, body = {}, headers: others } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...others }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = new ManualClock();
  const tokens = new ClientTokens({ prober, clock });
  const client: ClientCredentials = {
    tokenUrl: `${origin}/token`,
    clientId: 'monitor',
    clientSecret: new Secret('hunter2'),
    scopes: [],
    parameters: new Map(),
    tls: { insecureSkipVerify: false },
  };
  /** The token that a request is sent with; with `refused`, the tokens that the server refuses, and all that were tried. */
  const get = async (
    credentials = client,
    {
      refused = [],
      signal = new AbortController().signal,
    }: { readonly refused?: readonly string[]; readonly signal?: AbortSignal } = {},
  ) => {
    const tried: string[] = [];
    const ask = async (token: Secret) => {
      tried.push(token.reveal());
      return token.reveal();
    };
    await tokens.asking(credentials, ask, (token) => refused.includes(token), signal);
    return tried.join(' ');
  };
  return { asked, state, origin, clock, client, get };
}

t.test('a client asks for a token as RFC 6749 says', async (t) => {
  const { asked, client, get } = await world(t);
  t.equal(await get(), 'token-1');
  t.strictSame(asked, [
    {
      method: 'POST',
      url: '/token',
      type: 'application/x-www-form-urlencoded',
      accept: 'application/json',
      authorization: `Basic ${Buffer.from('monitor:hunter2').toString('base64')}`,
      form: { grant_type: 'client_credentials' },
    },
  ]);
  const more = { ...client, scopes: ['a', 'b'], parameters: new Map([['audience', new Secret('crm')]]) };
  t.equal(await get(more), 'token-2');
  t.strictSame(asked[1]?.form, { grant_type: 'client_credentials', scope: 'a b', audience: 'crm' });
});

t.test('equal settings share a token, and each other setting has its own', async (t) => {
  const { asked, client, get, origin } = await world(t);
  await get();
  t.equal(await get({ ...client, clientSecret: new Secret('hunter2'), parameters: new Map() }), 'token-1');
  const audience = (name: string, value: string) => ({ parameters: new Map([[name, new Secret(value)]]) });
  for (const [index, change] of [
    { clientId: 'other' },
    { clientSecret: new Secret('other') },
    { tokenUrl: `${origin}/other` },
    { scopes: ['a'] },
    audience('audience', 'a'),
    audience('audience', 'b'),
    audience('resource', 'b'),
    { tls: { insecureSkipVerify: true } },
    { tls: { insecureSkipVerify: false, key: new Secret('a') } },
    { tls: { insecureSkipVerify: false, key: new Secret('b') } },
  ].entries())
    t.equal(await get({ ...client, ...change }), `token-${index + 2}`, `change ${index}`);
  t.equal(asked.length, 11);
  t.equal(await get(), 'token-1', 'the first one is still known');
});

t.test('the request goes through the proxy of the settings', async (t) => {
  const { asked, client, get, origin } = await world(t);
  const { hostname: host, port } = new URL(origin);
  const proxy = { http: { host, port: Number(port), shown: origin }, exceptions: [] };
  t.equal(await get({ ...client, tokenUrl: 'http://login.example/token', proxy }), 'token-1');
  t.match(asked, [{ url: 'http://login.example/token' }]);
});

t.test(
  'a client whose credentials are refused in the header sends them in the form, and remembers what worked',
  async (t) => {
    for (const status of [400, 401]) {
      const { asked, state, clock, get } = await world(t);
      state.answer = ({ form, authorization }) =>
        form['client_secret'] === 'hunter2' && form['client_id'] === 'monitor' && authorization === ''
          ? { body: { access_token: `token-${asked.length}`, expires_in: 100 } }
          : { status };
      t.equal(await get(), 'token-2', String(status));
      clock.advance(90);
      t.equal(await get(), 'token-3');
      state.answer = ({ authorization }) =>
        authorization === '' ? { status } : { body: { access_token: 'again', expires_in: 100 } };
      clock.advance(90);
      t.equal(await get(), 'again', 'and tries the header again when the form does not work any more');
      t.equal(asked.length, 5);
    }
  },
);

t.test('without a token, the message says what the endpoint answered, in known words only', async (t) => {
  const { asked, state, client, get, clock } = await world(t);
  const none = (status: number) => `${status}: ${client.tokenUrl} issues no token: is auth.oauth2.token_url right?`;
  const refused = (status: number, why = '') => `${status}: ${client.tokenUrl} issues no token for auth.oauth2${why}`;
  for (const [answer, reason, message] of [
    [{ status: 401, body: { error: 'invalid_client' } }, 'auth', refused(401, ' (invalid_client)')],
    [{ status: 400, body: { error: 'invalid_scope' } }, 'auth', refused(400, ' (invalid_scope)')],
    [{ status: 400, body: { error: 'invalid_scopes of hunter2' } }, 'auth', refused(400)],
    [{ status: 400, body: { error: 'not invalid_scope' } }, 'auth', refused(400)],
    [{ status: 403, body: { error: 7 } }, 'auth', refused(403)],
    [{ status: 302, headers: { location: '/elsewhere' } }, 'internal', none(302)],
    [{ status: 500, body: { access_token: 'a' } }, 'internal', none(500)],
    [{ body: { token: 'a' } }, 'internal', none(200)],
    [{ body: [] }, 'internal', none(200)],
  ] as const) {
    state.answer = () => answer;
    t.hasStrict(await failureOf(get()), { reason, message });
    clock.advance(601);
  }
  state.answer = ({ authorization }) => (authorization === '' ? { status: 400 } : {});
  await failureOf(get());
  t.not(asked.at(-1)?.authorization, '', 'the header is tried first again, because the form did not work either');
  const tokenUrl = `http://127.0.0.1:${await closedPort()}/token`;
  t.hasStrict(await failureOf(get({ ...client, tokenUrl })), {
    reason: 'internal',
    message: `no token from ${tokenUrl}: connection refused by ${new URL(tokenUrl).host}`,
  });
});

t.test('an endpoint that fails is asked again after 5 s, then after longer pauses up to a minute', async (t) => {
  const { asked, state, clock, get } = await world(t);
  state.answer = () => ({ status: 503 });
  for (const pause of [5, 10, 20, 40, 60, 60]) {
    const before = asked.length;
    const notBeforeSeconds = clock.monotonicSeconds() + pause;
    for (const _ of [1, 2]) t.match(await failureOf(get()), { reason: 'internal', notBeforeSeconds });
    clock.advance(pause - 1);
    t.match(await failureOf(get()), { notBeforeSeconds });
    t.equal(asked.length, before + 1, `${pause} s`);
    clock.advance(1);
  }
});

t.test('refused credentials are tried again after a minute, then after longer pauses up to ten', async (t) => {
  const { asked, state, clock, get } = await world(t);
  state.answer = () => ({ status: 403 });
  for (const pause of [60, 120, 240, 480, 600, 600]) {
    const before = asked.length;
    t.match(await failureOf(get()), { reason: 'auth', notBeforeSeconds: clock.monotonicSeconds() + pause });
    clock.advance(pause - 1);
    t.match(await failureOf(get()), { reason: 'auth' });
    t.equal(asked.length, before + 1, `${pause} s`);
    clock.advance(1);
  }
});

t.test('a token is renewed before it ends, and used until its end while no other one comes', async (t) => {
  const { asked, state, clock, get } = await world(t);
  const first = { body: { access_token: 'first', expires_in: 100 } };
  state.answer = () => (asked.length === 1 ? first : { status: 503 });
  t.equal(await get(), 'first');
  clock.advance(89);
  t.equal(await get(), 'first');
  t.equal(asked.length, 1);
  clock.advance(1);
  t.equal(await get(), 'first');
  t.equal(asked.length, 2);
  clock.advance(9);
  t.equal(await get(), 'first');
  clock.advance(1);
  t.match(await failureOf(get()), { reason: 'internal' });
});

t.test('a refused token is replaced once for all, and not again within a minute', async (t) => {
  const { asked, clock, get } = await world(t);
  await get();
  const refused = ['token-1'];
  t.same(
    await Promise.all([get(undefined, { refused }), get(undefined, { refused })]),
    ['token-1 token-2', 'token-1 token-2'],
    'two requests at once that were refused',
  );
  t.equal(asked.length, 2);
  const all = Array.from({ length: 9 }, (_, index) => `token-${index}`);
  t.equal(await get(undefined, { refused: all }), 'token-2 token-3');
  t.equal(await get(undefined, { refused: all }), 'token-3', 'a new one would be refused, too');
  clock.advance(60);
  t.equal(await get(undefined, { refused: all }), 'token-3 token-4');
  clock.advance(119);
  t.equal(await get(undefined, { refused: all }), 'token-4');
  clock.advance(1);
  t.equal(await get(undefined, { refused: all }), 'token-4 token-5', 'then after longer pauses');
  t.equal(await get(), 'token-5');
  t.equal(await get(undefined, { refused: ['token-5'] }), 'token-5 token-6', 'until one is accepted');
});

t.test('who waits for a token longer than its deadline learns that no token came', async (t) => {
  const { state, client, get } = await world(t);
  state.answer = () => 'hang';
  await t.rejects(get(client, { signal: AbortSignal.timeout(1) }), {
    reason: 'internal',
    message: `no token came from ${client.tokenUrl} before the deadline`,
  });
});
