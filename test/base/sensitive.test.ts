import t from 'tap';
import {
  harmlessRequestHeaders,
  isSensitiveName,
  mask,
  withoutPaths,
  withoutSecretsOfUrls,
  withoutUrlSecrets,
} from '../../src/base/sensitive.js';
import { shownHeaders } from '../../src/probes/component-probe.js';

t.test('names of secrets are distinguished from other names', async (t) => {
  const secret = [
    'Authorization',
    'Proxy-Authenticate',
    'WWW-Authenticate',
    'Cookie',
    'Set-Cookie',
    'X-API-Key',
    'apikey',
    'X-Signature',
    'X-Hub-Signature-256',
    'X-Auth-Token',
    'X-Amz-Security-Token',
    'X-Session-Id',
    'sid',
    'PHPSESSID-session',
    'client_secret',
    'password',
    'passwd',
    'X-Pwd',
    'X-CSRF',
    'X-XSRF-TOKEN',
    'X-Goog-IAP-JWT-Assertion',
    'X-Forwarded-Client-Cert',
    'Private-Key',
    'X-Credential',
    'sig',
    'X-Nonce',
    'X-License',
    'licence',
    'X-ClientCert',
    'ApiKeyId',
    'X-KeyId',
    'Key-Id',
    'X-Pin-Code',
    'pwd2',
    'X-Passphrase',
    'passcode',
    'Passkey',
    'X-Bearer',
    'X-MS-OIDC',
    'SAMLResponse',
    'X-Ticket',
    'X-HMAC',
    'X-WSSE',
    'X-OTP',
    'sas',
    'keys',
    'signed-by',
    'private',
    'DPoP',
    'X-Cookies',
    'user.pass',
    'pin.code',
    'key.id',
    'a.keyId',
    'dbPwd',
    'pass',
    'X-JWT',
    'principal-id',
    'X-Client-Assertion',
  ];
  const harmless = [
    'Content-Type',
    'Content-Length',
    'Server',
    'Date',
    'ETag',
    'Keep-Alive',
    'Location',
    'X-Request-Id',
    'Retry-After',
    'X-RateLimit-Remaining',
    'Cache-Control',
    'Strict-Transport-Security',
    'Access-Control-Allow-Credentials',
    'X-Design',
    'Transfer-Encoding',
    'X-Powered-By',
    'Public-Key-Pins',
    'Keyboard',
    'X-Passenger',
    'X-Side',
  ];
  for (const name of secret) t.equal(isSensitiveName(name), true, name);
  for (const name of harmless) t.equal(isSensitiveName(name), false, name);
});

t.test('headers are shown without possible secrets, in UTF-8, on one line', async (t) => {
  const latin1 = (text: string) => Buffer.from(text).toString('latin1');
  const table: readonly (readonly [name: string, value: string, shown: string])[] = [
    ['x-signature', 'hunter2', mask],
    ['set-cookie', 'sid=hunter2', mask],
    ['location', '/next?token=hunter2', `/next?${mask}`],
    ['location', '/next?hunter2', `/next?${mask}`],
    ['location', 'https://x.example/cb#access_token=hunter2', `https://x.example/cb?${mask}`],
    ['location', 'https://me:hunter2@x.example/cb', `https://${mask}@x.example/cb`],
    ['refresh', '0; url=/next?code=hunter2', `0; url=/next?${mask}`],
    ['link', '<https://x.example/p?key=hunter2>; rel="next"', `<https://x.example/p?${mask}>; rel="next"`],
    ['x-next', '/a?sig=hunter2', `/a?${mask}`],
    ['x-debug', 'user=1; token=hunter2', `user=1; token=${mask}`],
    ['x-debug', 'token = hunter2', `token = ${mask}`],
    ['x-debug', 'password  :\thunter2', `password : ${mask}`],
    ['x-debug', 'access_token: hunter2, x: 1', `access_token: ${mask}, x: 1`],
    ['x-config', '{"user":"me","password":"hunter 2"}', `{"user":"me","password":${mask}}`],
    ['x-config', "{'api_key': 'hunter2'}", `{'api_key': ${mask}}`],
    ['x-data', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2ln', mask],
    ['x-config', '{"token":"hunter\\"2"}', `{"token":${mask}}`],
    ['location', '/in;jsessionid=hunter2?a=b', `/in;jsessionid=${mask}`],
    ['location', 'http:\\\\me:hunter2@x.example/a', `http:\\\\${mask}@x.example/a`],
    ['location', 'http:me:hunter2@x.example/a', `${mask}@x.example/a`],
    ...['ApiKey', 'bearer', 'Basic', 'Negotiate', 'Token'].map(
      (scheme) => ['x-mirror', `${scheme} hunter2`, `${scheme} ${mask}`] as const,
    ),
    ['x-mirror', 'Bearer hunter2, a', `Bearer ${mask}, a`],
    ['x-mirror', 'Bearer   hunter2==, a', `Bearer ${mask}, a`],
    ['x-mirror', '//me:hunter2@x.example/a', `//${mask}@x.example/a`],
    [
      'x-mirror',
      'at 10:59:01, key=1 of https://x.example:8080/a',
      `at 10:59:01, key=${mask} of https://x.example:8080/a`,
    ],
    ['dpop', 'hunter2', mask],
    ['x-ms-client-principal', 'hunter2', mask],
    ['cache-control', 'max-age=60', 'max-age=60'],
    ['alt-svc', 'h3=":443"; ma=86400', 'h3=":443"; ma=86400'],
    ['report-to', '{"group":"x","max_age":60}', '{"group":"x","max_age":60}'],
    ['server', latin1('größe'), 'größe'],
    ['server', 'gr\xf6\xdfe', 'größe'],
    ['server', latin1('a\u202eb\u001b[2J'), 'a\ufffdb [2J'],
    ['server', 'x'.repeat(300), `${'x'.repeat(199)}…`],
  ];
  for (const [name, value, shown] of table) t.strictSame(shownHeaders([[name, value]]), [[name, shown]], value);
});

t.test('headers with a URL are shown without query and fragment, and without credentials before a host', async (t) => {
  for (const name of ['Location', 'content-location', 'refresh', 'referer', 'link', 'origin'])
    for (const [value, shown] of [
      ['/next?hunter2', `/next?${mask}`],
      ['/next#hunter2', `/next?${mask}`],
      ['me:hunter2@x.example', `${mask}@x.example`],
    ] as const)
      t.strictSame(shownHeaders([[name, value]]), [[name, shown]], name);
  t.strictSame(shownHeaders([['x-note', 'is it up?yes']]), [['x-note', 'is it up?yes']]);
});

t.test('of request headers only those are shown that never hold credentials', async (t) => {
  for (const name of ['accept', 'accept-language', 'content-type', 'host', 'user-agent'])
    t.equal(harmlessRequestHeaders.has(name), true, name);
  for (const name of ['authorization', 'cookie', 'referer', 'x-tenant', ''])
    t.equal(harmlessRequestHeaders.has(name), false, name);
});

t.test('a URL, or a text meant as one, is quoted without credentials, query and fragment', async (t) => {
  for (const [text, shown] of [
    ['https://me:hunter2@x.example/a?token=hunter2#hunter2', `${mask}@x.example/a?${mask}`],
    ['https//me:hunter@2@x.example', `${mask}@x.example`],
    ['https://x.example/a#hunter2', `https://x.example/a?${mask}`],
    ['hun\nter2@x.example?hun\nter2', `${mask}@x.example?${mask}`],
    ['https://x.example/a', 'https://x.example/a'],
  ] as const)
    t.equal(withoutUrlSecrets(text), shown, text);
});

t.test('texts of other programs keep their URLs without possible secrets', async (t) => {
  t.equal(
    withoutSecretsOfUrls('Get "postgres://me:p@w@db:5432/crm?password=x": refused'),
    `Get "postgres://${mask}@db:5432/crm?${mask}": refused`,
  );
  t.equal(withoutSecretsOfUrls('https://x.example/a?hunter2 refuses'), `https://x.example/a?${mask} refuses`);
  t.equal(withoutSecretsOfUrls('x://y/#hunter2'), `x://y/?${mask}`, 'a scheme of one letter');
  t.equal(withoutPaths('Post "https://me:x@hooks.example/T0/B0/secret": 404'), 'Post "https://hooks.example/…": 404');
  t.equal(withoutPaths('http://hooks.example:8080/T0/secret?x refuses'), 'http://hooks.example:8080/… refuses');
});
