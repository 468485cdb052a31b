import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { hashSync } from 'bcryptjs';
import t, { type Test } from 'tap';
import { ExporterError } from '../../src/base/errors.js';
import { loadWebConfig } from '../../src/http/web-config.js';
import { ask } from '../support/ask.js';
import { serveWith, webFiles } from '../support/web-files.js';

const suites = [
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ...['ECDSA', 'RSA'].flatMap((kind) =>
    ['AES_128_GCM_SHA256', 'AES_256_GCM_SHA384', 'CHACHA20_POLY1305_SHA256'].map(
      (rest) => `TLS_ECDHE_${kind}_WITH_${rest}`,
    ),
  ),
  ...['ECDSA', 'RSA'].flatMap((kind) =>
    ['AES_128_CBC_SHA', 'AES_256_CBC_SHA'].map((rest) => `TLS_ECDHE_${kind}_WITH_${rest}`),
  ),
].join(', ');
// The lowest cost of bcrypt, for fast tests.
const hash = hashSync('open sesame', 4);

const files = (t: Test, text: string) => webFiles(t, text).file;

/** The error, and whether a client that asks for a reload sees its message. */
async function refusalOf(file: string): Promise<readonly [code?: string, message?: string, isShown?: boolean]> {
  const error: unknown = await loadWebConfig(file).catch((error: unknown) => error);
  return error instanceof ExporterError ? [error.code, error.message, error.expose] : [];
}

t.test('an empty file requires nothing', async (t) => {
  for (const text of ['', '# nothing\n', '{}\n', 'basic_auth_users:\n']) {
    const { tls, users, headers } = await loadWebConfig(files(t, text));
    t.same([tls, users.size, headers.size], [undefined, 0, 0]);
  }
});

t.test('reports every problem of a file with its position', async (t) => {
  const cases: readonly (readonly [text: string, problems: readonly string[]])[] = [
    [
      'tls_server_confg:\n  cert_file: a\nrate_limit:\n  brust: 1\n  interval: 5\n',
      [
        ':2:3 tls_server_confg: unknown key; known are tls_server_config, http_server_config, basic_auth_users, rate_limit',
        ':4:10 rate_limit.brust: unknown key; known are interval, burst',
        ':5:13 rate_limit.interval: must be a duration such as 100ms, or 0 for no limit',
      ],
    ],
    [
      'tls_server_config:\n  cert_file: gone.crt\n  min_version: TLS11\n  client_auth_type: RequireAndVerifyClientCert\n  cipher_suites: [x, TLS_AES_128_GCM_SHA256]\n',
      [
        ':3:16 tls_server_config.min_version: TLS11 is not supported by ai-crm-exporter: TLS12 is the oldest',
        `:5:18 tls_server_config.cipher_suites: "x": not one of ${suites}`,
        ':2:3 tls_server_config.client_ca_file: is missing, but RequireAndVerifyClientCert needs it',
        ':2:14 tls_server_config.cert_file: gone.crt cannot be read: ENOENT',
        ':2:3 tls_server_config.key_file: is missing: give it, or key',
      ],
    ],
    [
      'tls_server_config:\n  cert: a\n  cert_file: b\n  key_file: |\n    -----BEGIN PRIVATE KEY-----\n    c2VjcmV0\n  min_version: TLS13\n  max_version: TLS12\n  prefer_server_cipher_suites: 1\n  curve_preferences: CurveP256\n  client_allowed_sans: []\n',
      [
        ':8:16 tls_server_config.max_version: is older than min_version',
        ':10:22 tls_server_config.curve_preferences: must be a list of text values',
        ':9:32 tls_server_config.prefer_server_cipher_suites: must be true or false',
        ':11:24 tls_server_config.client_allowed_sans: is empty, so nobody could connect',
        ':11:24 tls_server_config.client_allowed_sans: has no effect while client_auth_type is NoClientCert',
        ':2:9 tls_server_config.cert: is given together with cert_file: use only one of them',
        ':3:14 tls_server_config.cert_file: b cannot be read: ENOENT',
        ':4:13 tls_server_config.key_file: is PEM text, not the name of a file: use key for the text',
      ],
    ],
    [
      `basic_auth_users:\n  ann: plain-password\n  "a:b": ${hash}\n  bob: [1]\n  eve: x${hash}\n  joe: ${hash}x\n`,
      [
        ':2:8 basic_auth_users.ann: must be a bcrypt hash, as `htpasswd -nB` makes it',
        ':3:10 basic_auth_users.a:b: a user name cannot contain a colon',
        ':4:8 basic_auth_users.bob: must be a bcrypt hash, as `htpasswd -nB` makes it',
        ':5:8 basic_auth_users.eve: must be a bcrypt hash, as `htpasswd -nB` makes it',
        ':6:8 basic_auth_users.joe: must be a bcrypt hash, as `htpasswd -nB` makes it',
      ],
    ],
    [
      'http_server_config:\n  http2: true\n  headers:\n    Set-Cookie: a\n    X-Content-Type-Options: sniff\n    X-Frame-Options: DENY\n    X-XSS-Protection: "a\\nb"\n',
      [
        ':2:10 http_server_config.http2: is not supported by ai-crm-exporter: it speaks HTTP/1.1 only',
        ':4:17 http_server_config.headers.Set-Cookie: unknown key; known are Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection',
        ':5:29 http_server_config.headers.X-Content-Type-Options: "sniff" is not one of nosniff',
        ':6:22 http_server_config.headers.X-Frame-Options: "DENY" is not one of deny, sameorigin',
        ':7:23 http_server_config.headers.X-XSS-Protection: Invalid character in header content ["X-XSS-Protection"]',
      ],
    ],
    [
      'tls_server_config:\n  cert_file: a\n  key_file: a\n  curve_preferences: [x, y]\n  cipher_suites: [~]\n  client_allowed_sans: [a, {b: c}]\n',
      [
        ':5:18 tls_server_config.cipher_suites: must be a list of text values',
        ':4:22 tls_server_config.curve_preferences: "x", "y": not one of CurveP256, CurveP384, CurveP521, X25519',
        ':6:24 tls_server_config.client_allowed_sans: must be a list of text values',
        ':6:24 tls_server_config.client_allowed_sans: has no effect while client_auth_type is NoClientCert',
        ':2:14 tls_server_config.cert_file: a cannot be read: ENOENT',
        ':3:13 tls_server_config.key_file: a cannot be read: ENOENT',
      ],
    ],
    [
      'tls_server_config: {cert: [a], key: [b], min_version: [c], client_auth_type: [d]}\n',
      [
        ':1:55 tls_server_config.min_version: must be text',
        ':1:78 tls_server_config.client_auth_type: must be text',
        ':1:27 tls_server_config.cert: must be text',
        ':1:37 tls_server_config.key: must be text',
        ':1:20 tls_server_config.cert_file: is missing: give it, or cert',
        ':1:20 tls_server_config.key_file: is missing: give it, or key',
      ],
    ],
    ['rate_limit: {interval: 100ms, burst: two}\n', [':1:38 rate_limit.burst: must be a whole number']],
    ['rate_limit: {interval: 100ms, burst: 2.5}\n', [':1:38 rate_limit.burst: must be a whole number']],
    [
      'rate_limit: {interval: 1s}\n',
      [':1:13 rate_limit.burst: must be 1 or more: with 0 every request would be refused'],
    ],
    [
      'rate_limit: {interval: soon, burst: -1}\n',
      [
        ':1:24 rate_limit.interval: must be a duration such as 100ms, or 0 for no limit',
        ':1:37 rate_limit.burst: must be a whole number',
      ],
    ],
    [
      'http_server_config:\n  headers: {X-Frame-Options: [deny]}\n',
      [':2:30 http_server_config.headers.X-Frame-Options: must be text'],
    ],
    ['- a\n', [':1:1 web.yml: must be a mapping']],
    ['tls_server_config: 7\n', [':1:20 tls_server_config: must be a mapping']],
  ];
  for (const [text, problems] of cases) {
    const file = files(t, text);
    t.same(await refusalOf(file), ['config_invalid', problems.map((problem) => file + problem).join('\n'), true], text);
  }
  const broken = files(t, 'a: [\n');
  t.same(await refusalOf(broken), [
    'config_invalid',
    `${broken}:2:1 web.yml: a closing bracket or brace is missing`,
    true,
  ]);
  const leaking = files(t, 'basic_auth_users:\n  ann: "hunter2" hunter3\n');
  t.same(
    await refusalOf(leaking),
    [
      'config_invalid',
      `${leaking}:2:18 web.yml: text after a closing quote: a quote within text is written \\" in "…" and '' in '…'`,
      true,
    ],
    'and contains no part of the file',
  );
});

t.test('users have bcrypt hashes of any cost, which cannot be printed', async (t) => {
  const of = (cost: string) => hash.replace('$04$', `$${cost}$`);
  for (const cost of ['04', '09', '10', '29', '31']) {
    const { users } = await loadWebConfig(files(t, `basic_auth_users:\n  ann: ${of(cost)}\n`));
    t.same(
      [...users].map(([name, secret]) => [name, secret.reveal()]),
      [['ann', of(cost)]],
      cost,
    );
    t.notMatch(inspect(users), of(cost));
  }
  for (const cost of ['03', '32', '40', '1a'])
    await t.rejects(
      loadWebConfig(files(t, `basic_auth_users:\n  ann: ${of(cost)}\n`)),
      { code: 'config_invalid' },
      cost,
    );
});

t.test('a limit has an interval and a burst, and an interval of 0 is no limit', async (t) => {
  for (const [text, limit] of [
    ['{interval: 100ms, burst: 5}', { intervalSeconds: 0.1, burst: 5 }],
    ['{interval: 1h, burst: 999999999}', { intervalSeconds: 3600, burst: 999_999_999 }],
    ['{interval: 0, burst: 3}', undefined],
    ['{interval: 0s}', undefined],
    ['{burst: 3}', undefined],
    ['', undefined],
  ] as const)
    t.same((await loadWebConfig(files(t, `rate_limit: ${text}\n`))).rateLimit, limit, text);
});

t.test('headers may have these names and values, as text or number', async (t) => {
  const { headers } = await loadWebConfig(
    files(
      t,
      "http_server_config:\n  http2: false\n  headers:\n    Content-Security-Policy: default-src 'self'\n    Strict-Transport-Security: max-age=60\n    X-Content-Type-Options: nosniff\n    X-Frame-Options: sameorigin\n    X-XSS-Protection: 1.0\n",
    ),
  );
  t.same(Object.fromEntries(headers), {
    'Content-Security-Policy': "default-src 'self'",
    'Strict-Transport-Security': 'max-age=60',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'sameorigin',
    'X-XSS-Protection': '1.0',
  });
});

t.test('reports why the file cannot be read', async (t) => {
  const missing = join(t.testdir({}), 'web.yml');
  t.same(await refusalOf(missing), ['config_missing', `${missing}: no such file`, true]);
  const folder = join(t.testdir({ 'web.yml': {} }), 'web.yml');
  t.same(await refusalOf(folder), ['config_unreadable', `${folder}: cannot be read: EISDIR`, true]);
  const binary = files(t, '');
  writeFileSync(binary, Buffer.from('# grüße\n', 'latin1'));
  t.same(await refusalOf(binary), ['config_invalid', `${binary}: not UTF-8 text`, true]);
});

t.test('refuses a certificate and key that do not match', async (t) => {
  const { file, certify } = webFiles(t, 'tls_server_config:\n  cert_file: server.crt\n  key_file: other.key\n');
  certify('other');
  await t.rejects(loadWebConfig(file), {
    code: 'config_invalid',
    message: /:3:13 tls_server_config\.key_file: cannot be used: .*key values mismatch/,
  });
});

t.test('sets the headers of the file on every answer', async (t) => {
  const server = await serveWith(
    t,
    files(t, 'http_server_config:\n  headers:\n    Strict-Transport-Security: max-age=60\n    X-Frame-Options: ""\n'),
  );
  for (const path of ['/metrics', '/nothing']) {
    const { headers } = await ask(server.url + path);
    t.equal(headers['strict-transport-security'], 'max-age=60');
    t.equal(headers['x-frame-options'], undefined);
  }
});
