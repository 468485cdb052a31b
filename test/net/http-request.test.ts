import t from 'tap';
import { Secret } from '../../src/config/secret.js';
import type { HttpSettings } from '../../src/config/sections/http-options.js';
import type { Cookies } from '../../src/net/http-headers.js';
import { authorizationOf, carriesCredentials, writeRequest } from '../../src/net/http-request.js';
import { httpSettings } from '../support/config.js';

const url = new URL('http://crm.example:8000/a/b?c=d');
const body = new Secret('{"ä":1}');
const bearer: HttpSettings['auth'] = { kind: 'bearer', token: new Secret('tok') };
const basic: HttpSettings['auth'] = { kind: 'basic', username: 'ann', password: new Secret('open sesame') };

const oauth2: NonNullable<HttpSettings['oauth2']> = {
  tokenUrl: 'https://login.example/token',
  clientId: 'exporter',
  clientSecret: new Secret('s'),
  scopes: [],
  parameters: new Map(),
  tls: { insecureSkipVerify: false },
};

const write = (settings: Partial<HttpSettings> = {}, method = 'GET', cookies?: Cookies) =>
  writeRequest(url, method, httpSettings(settings), 'exporter/1', cookies);
const text = (...given: Parameters<typeof write>) => write(...given).bytes.toString('latin1');

t.test('a request without settings has four headers', async (t) => {
  t.equal(
    text(),
    'GET /a/b?c=d HTTP/1.1\r\nhost: crm.example:8000\r\nuser-agent: exporter/1\r\naccept: */*\r\nconnection: close\r\n\r\n',
  );
});

t.test('only methods with a body send it, with its length in bytes', async (t) => {
  for (const method of ['GET', 'HEAD']) t.equal(text({ body }, method), text({}, method), method);
  const posted = write({ body }, 'POST').bytes.toString();
  t.match(posted, '\r\ncontent-length: 8\r\n');
  t.ok(posted.endsWith('\r\n\r\n{"ä":1}'));
  t.notMatch(text({}, 'POST'), 'content-length');
});

t.test('a configured header replaces the default one, and its bytes are unchanged', async (t) => {
  const headers = new Map([
    ['host', new Secret('other.example')],
    ['accept', new Secret('a/\xe4')],
  ]);
  t.equal(
    text({ headers }),
    'GET /a/b?c=d HTTP/1.1\r\nhost: other.example\r\nuser-agent: exporter/1\r\naccept: a/\xe4\r\nconnection: close\r\n\r\n',
  );
});

t.test('credentials come from the configuration, and an Authorization header takes precedence', async (t) => {
  t.equal(authorizationOf(httpSettings()), undefined);
  t.equal(authorizationOf(httpSettings({ auth: bearer })), 'Bearer tok');
  t.equal(authorizationOf(httpSettings({ auth: basic })), 'Basic YW5uOm9wZW4gc2VzYW1l');
  const headers = new Map([['authorization', new Secret('Token own')]]);
  t.equal(authorizationOf(httpSettings({ auth: basic, headers })), 'Token own');
  t.match(text({ auth: bearer }), '\r\nauthorization: Bearer tok\r\n');
  t.notMatch(text(), 'authorization');
});

t.test('each setting that is a secret counts as credentials', async (t) => {
  const withHeader = (name: string) => ({ headers: new Map([[name, new Secret('x')]]) });
  const secret: readonly Partial<HttpSettings>[] = [
    { auth: bearer },
    { oauth2 },
    { body },
    { tls: { insecureSkipVerify: false, key: new Secret('k') } },
    withHeader('x-api-key'),
  ];
  for (const settings of secret) t.ok(carriesCredentials(httpSettings(settings)), Object.keys(settings).join());
  for (const settings of [{}, withHeader('accept'), { tls: { insecureSkipVerify: true } }])
    t.notOk(carriesCredentials(httpSettings(settings)), Object.keys(settings).join());
});

t.test('a line break in a method or header is refused', async (t) => {
  const refused = { reason: 'internal', message: 'a method or header contains a line break' };
  for (const value of ['a\rb', 'a\nb', 'a\0b'])
    t.throws(() => write({ headers: new Map([['x-key', new Secret(value)]]) }), refused, JSON.stringify(value));
  t.throws(() => write({}, 'GET /\r\nx: y'), refused);
});

t.test('HTTP/2 has its own fields for method, path and host, and no Connection header', async (t) => {
  const { bytes, http2 } = write({ httpVersion: 2, body, auth: bearer }, 'POST');
  t.equal(bytes.length, 0);
  t.strictSame(http2?.headers, {
    ':method': 'POST',
    ':path': '/a/b?c=d',
    ':authority': 'crm.example:8000',
    'user-agent': 'exporter/1',
    accept: '*/*',
    'content-length': '8',
    authorization: 'Bearer tok',
  });
  t.equal(http2?.body?.toString(), '{"ä":1}');
  t.notOk('body' in (write({ httpVersion: 2 }).http2 ?? {}));
  const headers = new Map([['host', new Secret('other.example')]]);
  t.equal(write({ httpVersion: 2, headers }).http2?.headers[':authority'], 'other.example');
});
