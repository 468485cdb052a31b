import { readFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { messageOf } from '../../src/base/errors.js';
import { loadConfig } from '../../src/config/load.js';

type Environment = Readonly<Record<string, string>>;

async function load(t: Test, options: string, environment: Environment = {}) {
  const text = `endpoints: {a: {url: "https://crm.test", ${options}}}`;
  const files = { 'ca.pem': await readFile('test/fixtures/config/tls/ca.pem', 'utf8') };
  const directory = t.testdir({ ...files, 'monitoring.yml': text });
  const [component] = (await loadConfig('monitoring.yml', { environment, directory })).components;
  if (component === undefined || !('http' in component)) throw new Error('no HTTP component');
  return component.http;
}

/** The proxies of a component, with secrets as text. */
async function proxies(t: Test, options: string, environment: Environment = {}): Promise<unknown> {
  const { proxy } = await load(t, options, environment);
  const plain = (one: NonNullable<typeof proxy>['http']) =>
    one && {
      ...one,
      ...(one.authorization === undefined ? {} : { authorization: one.authorization.reveal() }),
    };
  return proxy && { ...proxy, http: plain(proxy.http), https: plain(proxy.https) };
}

const both = (proxy: unknown) => ({ http: proxy, https: proxy, exceptions: [] });

t.test('a proxy has an address, and optional credentials and TLS settings', async (t) => {
  t.equal(await proxies(t, 'interval: 30'), undefined);
  t.strictSame(
    await proxies(t, 'proxy_url: "http://proxy.test"'),
    both({ host: 'proxy.test', port: 80, shown: 'http://proxy.test' }),
  );
  t.strictSame(
    await proxies(t, 'proxy_url: "http://me:hunter%202@[::1]:3128/"'),
    both({
      host: '::1',
      port: 3128,
      shown: 'http://[::1]:3128',
      authorization: `Basic ${Buffer.from('me:hunter 2').toString('base64')}`,
    }),
  );
  t.strictSame(
    await proxies(t, 'proxy_url: "https://proxy.test"'),
    both({ host: 'proxy.test', port: 443, shown: 'https://proxy.test', tls: { insecureSkipVerify: false } }),
  );
  t.match(
    await proxies(t, 'proxy_url: "https://proxy.test", tls: {ca_file: ca.pem, insecure_skip_verify: true}'),
    both({ tls: { ca: /BEGIN CERTIFICATE/, insecureSkipVerify: false } }),
    'the certificate of the proxy is verified although that of the server is not',
  );
  for (const url of ['tcp://proxy.test:1', 'proxy.test', 'http://proxy.test/a', 'http://proxy.test/?a'])
    await t.rejects(
      load(t, `proxy_url: "${url}"`),
      { message: /proxy_url: must be environment, or an HTTP proxy such as http:\/\/proxy.example.com:3128/ },
      url,
    );
});

t.test('environment variables name a proxy for each scheme, and the hosts without a proxy', async (t) => {
  const of = (environment: Environment) => proxies(t, 'proxy_url: environment', environment);
  const thisMachine = ['localhost', '127.0.0.0/8', '::1'];
  t.equal(await of({}), undefined);
  t.equal(await of({ http_proxy: '', no_proxy: 'a' }), undefined);
  t.strictSame(await of({ http_proxy: 'one.test:1', HTTPS_PROXY: 'http://two.test:2', no_proxy: ' a, b ,c' }), {
    http: { host: 'one.test', port: 1, shown: 'http://one.test:1' },
    https: { host: 'two.test', port: 2, shown: 'http://two.test:2' },
    exceptions: [...thisMachine, 'a', 'b', 'c'],
  });
  t.strictSame(await of({ https_proxy: 'two.test:2', HTTPS_PROXY: 'three.test', NO_PROXY: '*' }), {
    http: undefined,
    https: { host: 'two.test', port: 2, shown: 'http://two.test:2' },
    exceptions: [...thisMachine, '*'],
  });
  t.strictSame(await of({ HTTP_PROXY: 'one.test:1' }), {
    http: { host: 'one.test', port: 1, shown: 'http://one.test:1' },
    https: undefined,
    exceptions: thisMachine,
  });
  t.equal(
    await proxies(t, 'interval: 30', { HTTP_PROXY: 'one.test' }),
    undefined,
    'the environment does not count without proxy_url',
  );
  await t.rejects(of({ https_proxy: 'ftp://hunter2' }), {
    message: /proxy_url: the environment's HTTPS_PROXY is not an HTTP proxy such as/,
  });
});

t.test('an OAuth 2.0 client has all settings of its token request', async (t) => {
  const { oauth2 } = await load(
    t,
    'auth: {oauth2: {token_url: "https://login.test/token/", client_id: a, client_secret: b, scopes: [c], endpoint_params: {audience: d}, tls: {ca_file: ca.pem}, proxy_url: "http://proxy.test"}}',
  );
  t.match(oauth2, {
    tokenUrl: 'https://login.test/token/',
    clientId: 'a',
    scopes: ['c'],
    tls: { ca: /BEGIN CERTIFICATE/ },
    proxy: { http: { host: 'proxy.test' }, https: { host: 'proxy.test' } },
  });
  t.equal(oauth2?.clientSecret.reveal(), 'b');
  t.strictSame(
    [...(oauth2?.parameters ?? [])].map(([name, value]) => [name, value.reveal()]),
    [['audience', 'd']],
  );
  const client = 'token_url: "https://login.test/token", client_id: a';
  const least = (await load(t, `auth: {oauth2: {${client}, client_secret: b}}`)).oauth2;
  t.strictSame([least?.scopes, least?.parameters.size, least?.proxy], [[], 0, undefined]);
  const problem = async (options: string) =>
    messageOf(await load(t, `auth: {oauth2: {${options}}}`).catch((error: unknown) => error)).replace(
      /^\S+ endpoints\.a\.auth\.oauth2/,
      '',
    );
  t.equal(await problem(client), ': needs either client_secret or client_secret_file');
  for (const name of ['grant_type', 'scope', 'client_id', 'client_secret'])
    t.equal(
      await problem(`${client}, client_secret: b, endpoint_params: {${name}: x}`),
      `.endpoint_params.${name}: the exporter sends this parameter itself`,
    );
  t.match(await problem(`${client}, client_secret: b, endpoint_params: {"a b": x}`), 'not the name of a parameter');
  t.match(await problem(`${client}, client_secret: b, scopes: ["a b"]`), 'must be a scope, without blanks');
  t.match(await problem(`${client}, client_secret: b, scopes: a`), 'must be a list of scopes');
  t.match(
    await problem('token_url: "https://me:x@login.test", client_id: a, client_secret: b'),
    'the URL contains credentials; they belong under client_id and client_secret',
  );
});
