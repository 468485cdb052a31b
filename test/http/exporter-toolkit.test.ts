import { writeFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { hashSync } from 'bcryptjs';
import t from 'tap';
import { loadWebConfig } from '../../src/http/web-config.js';
import { ask } from '../support/ask.js';
import { serveWith, type WebFiles, webFiles } from '../support/web-files.js';

// The cases from the tests of Prometheus' exporter-toolkit, with our own files, and the result of this exporter. "same": as the toolkit.
// "better": refused at the start, where the toolkit accepts it or fails each connection. "by name": not supported, and the message names
// it.

type Comparison = 'same' | 'better' | 'by name';

const own = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n';
const all13 = [
  'AES_128_GCM_SHA256',
  'AES_256_GCM_SHA384',
  'CHACHA20_POLY1305_SHA256',
  'ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'ECDHE_RSA_WITH_AES_256_CBC_SHA',
]
  .map((name) => `TLS_${name}`)
  .join(', ');
const headers = 'http_server_config:\n  headers:\n    ';

t.test('refuses at the start everything that the toolkit refuses, and more', async (t) => {
  const scenarios: readonly (readonly [scenario: string, text: string, problem: RegExp, comparison: Comparison])[] = [
    ['no YAML but a list of words', 'Zm9v\nYmFy\n', /must be a mapping/, 'same'],
    [
      'a key that does not exist',
      'tls_server_config:\n  cert_fil: server.crt\n',
      /tls_server_config\.cert_fil: unknown key/,
      'same',
    ],
    [
      'an empty name of a certificate',
      'tls_server_config:\n  cert_file: ""\n  key_file: server.key\n',
      /cert_file: is missing: give it, or cert/,
      'same',
    ],
    [
      'an empty certificate',
      'tls_server_config:\n  cert: ""\n  key_file: server.key\n',
      /cert_file: is missing: give it, or cert/,
      'same',
    ],
    [
      'an empty name of a key',
      'tls_server_config:\n  cert_file: server.crt\n  key_file: ""\n',
      /key_file: is missing: give it, or key/,
      'same',
    ],
    [
      'an empty key',
      'tls_server_config:\n  cert_file: server.crt\n  key: ""\n',
      /key_file: is missing: give it, or key/,
      'same',
    ],
    [
      'both empty, and a policy that does not exist',
      'tls_server_config:\n  cert_file: ""\n  key_file: ""\n  client_auth_type: "y"\n',
      /"y" is not one of NoClientCert, .*\n.*cert_file: is missing.*\n.*key_file: is missing/s,
      'better',
    ],
    [
      'a certificate that is not there',
      'tls_server_config:\n  cert_file: none\n  key_file: server.key\n',
      /cert_file: none cannot be read: ENOENT/,
      'same',
    ],
    [
      'a key that is not there',
      'tls_server_config:\n  cert_file: server.crt\n  key_file: none\n',
      /key_file: none cannot be read: ENOENT/,
      'same',
    ],
    [
      'neither is there',
      'tls_server_config:\n  cert_file: none\n  key_file: none\n',
      /cert_file: none .*\n.*key_file: none /,
      'better',
    ],
    [
      'a client CA without a policy',
      `${own}  client_ca_file: server.crt\n`,
      /client_ca_file: has no effect while client_auth_type is NoClientCert/,
      'same',
    ],
    [
      'a client CA that is not there',
      `${own}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: none\n`,
      /client_ca_file: none cannot be read/,
      'same',
    ],
    [
      'a client CA that is no certificate',
      `${own}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: web.yml\n`,
      /client_ca_file: cannot be used/,
      'better',
    ],
    [
      'certificates to be verified without a client CA',
      `${own}  client_auth_type: RequireAndVerifyClientCert\n`,
      /client_ca_file: is missing, but RequireAndVerifyClientCert needs it/,
      'better',
    ],
    [
      'a password that is no hash',
      `${own}basic_auth_users:\n  jane: roe\n`,
      /basic_auth_users\.jane: must be a bcrypt hash/,
      'same',
    ],
    [
      'a cipher suite that does not exist',
      `${own}  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_512_GCM_SHA1]\n`,
      /cipher_suites: "TLS_ECDHE_RSA_WITH_AES_512_GCM_SHA1": not one of/,
      'same',
    ],
    [
      'a cipher suite that Go calls insecure',
      `${own}  cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]\n`,
      /cipher_suites: "TLS_RSA_WITH_AES_128_CBC_SHA": not one of/,
      'same',
    ],
    [
      'a curve that does not exist',
      `${own}  curve_preferences: [CurveP255]\n`,
      /curve_preferences: "CurveP255": not one of CurveP256, CurveP384, CurveP521, X25519/,
      'same',
    ],
    [
      'a version of TLS that does not exist',
      `${own}  min_version: TLS14\n`,
      /min_version: "TLS14" is not one of TLS12, TLS13/,
      'same',
    ],
    [
      'a version of TLS that is too old',
      `${own}  max_version: TLS11\n`,
      /max_version: TLS11 is not supported by ai-crm-exporter/,
      'by name',
    ],
    [
      'versions of TLS with nothing between them',
      `${own}  min_version: TLS13\n  max_version: TLS12\n`,
      /max_version: is older than min_version/,
      'better',
    ],
    ['HTTP/2', `${own}http_server_config: {http2: true}\n`, /http2: is not supported by ai-crm-exporter/, 'by name'],
    [
      'a value of X-Content-Type-Options that browsers do not know',
      `${headers}X-Content-Type-Options: guess\n`,
      /X-Content-Type-Options: "guess" is not one of nosniff/,
      'same',
    ],
    [
      'a value of X-Frame-Options that browsers do not know',
      `${headers}X-Frame-Options: bar\n`,
      /X-Frame-Options: "bar" is not one of deny, sameorigin/,
      'same',
    ],
    ['a header that is not to be set', `${headers}Content-Length: 1\n`, /headers\.Content-Length: unknown key/, 'same'],
    [
      'a limit that lets no request through',
      'rate_limit: {interval: 1s, burst: 0}\n',
      /rate_limit\.burst: must be 1 or more/,
      'better',
    ],
    [
      'a limit without a unit',
      'rate_limit: {interval: 100, burst: 1}\n',
      /rate_limit\.interval: must be a duration/,
      'better',
    ],
  ];
  for (const [scenario, text, problem, comparison] of scenarios) {
    await t.rejects(
      loadWebConfig(webFiles(t, text).file),
      { code: 'config_invalid', message: problem },
      `${scenario} (${comparison})`,
    );
  }
  await t.rejects(loadWebConfig('nowhere.yml'), { code: 'config_missing' }, 'a missing file (same)');
});

t.test('serves as the toolkit does', async (t) => {
  const friend = ({ read }: WebFiles) => ({ cert: read('friend.crt'), key: read('friend.key') });
  const scenarios: readonly (readonly [
    scenario: string,
    text: string,
    client: (files: WebFiles) => Omit<RequestOptions, 'agent'>,
    answer: number | RegExp,
  ])[] = [
    ['an empty file', '', () => ({}), 200],
    ['TLS', own, () => ({}), 200],
    [
      'TLS, and certificates verified where they are given, by the certificate authorities of the system',
      `${own}  client_auth_type: VerifyClientCertIfGiven\n`,
      () => ({}),
      200,
    ],
    [
      'the same, and a certificate from elsewhere',
      `${own}  client_auth_type: VerifyClientCertIfGiven\n`,
      friend,
      /socket hang up|ECONNRESET/,
    ],
    [
      'TLS, and a client that knows TLS 1.1 at most',
      own,
      () => ({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }),
      /protocol version/,
    ],
    ['every suite', `${own}  cipher_suites: [${all13}]\n`, () => ({}), 200],
    [
      'two suites, of which the client has one',
      `${own}  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n`,
      () => ({ ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }),
      200,
    ],
    [
      'two suites, of which the client has none',
      `${own}  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n`,
      () => ({ ciphers: 'ECDHE-ECDSA-AES128-SHA', maxVersion: 'TLSv1.2' }),
      /handshake failure/,
    ],
    ['every curve', `${own}  curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]\n`, () => ({}), 200],
    [
      'one curve, which the client has',
      `${own}  min_version: TLS13\n  curve_preferences: [CurveP521]\n`,
      () => ({ ecdhCurve: 'P-521' }),
      200,
    ],
    [
      'one curve, which the client has not',
      `${own}  min_version: TLS13\n  curve_preferences: [CurveP521]\n`,
      () => ({ ecdhCurve: 'P-384' }),
      /handshake failure/,
    ],
    [
      'a suite that HTTP/2 would not do with, and no HTTP/2',
      `${own}  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\nhttp_server_config: {http2: false}\n`,
      () => ({}),
      200,
    ],
    ['headers, a number among them', `${headers}X-XSS-Protection: 1\n    X-Frame-Options: deny\n`, () => ({}), 200],
    ['any certificate, and the client has one', `${own}  client_auth_type: RequireAnyClientCert\n`, friend, 200],
    [
      'any certificate, and the client has none',
      `${own}  client_auth_type: RequireAnyClientCert\n`,
      () => ({}),
      /socket hang up|ECONNRESET/,
    ],
    [
      'certificates of one authority, and the client has one',
      `${own}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: friend.crt\n`,
      friend,
      200,
    ],
    [
      'certificates of another authority',
      `${own}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: server.crt\n`,
      friend,
      /socket hang up|ECONNRESET|certificate/,
    ],
    [
      'names that clients may have, and the client has one',
      `${own}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: friend.crt\n  client_allowed_sans: [first, localhost, last]\n`,
      friend,
      200,
    ],
    [
      'names that clients may have, and the client has none',
      `${own}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: friend.crt\n  client_allowed_sans: [localhos]\n`,
      friend,
      /socket hang up|ECONNRESET/,
    ],
    ['a limit that is none', 'rate_limit: {interval: 0, burst: 0}\n', () => ({}), 200],
    [
      'users without TLS, and a right password',
      `basic_auth_users: {jane: ${hashSync('pass', 4)}}\n`,
      () => ({ auth: 'jane:pass' }),
      200,
    ],
    [
      'users without TLS, and a wrong password',
      `basic_auth_users: {jane: ${hashSync('pass', 4)}}\n`,
      () => ({ auth: 'jane:word' }),
      401,
    ],
    ['users without TLS, and no password', `basic_auth_users: {jane: ${hashSync('pass', 4)}}\n`, () => ({}), 401],
    [
      'users and TLS, and an unknown user',
      `${own}basic_auth_users: {jane: ${hashSync('pass', 4)}}\n`,
      () => ({ auth: 'joe:pass' }),
      401,
    ],
  ];
  for (const [scenario, text, client, expected] of scenarios) {
    const files = webFiles(t, text);
    if (text.includes('friend') || client === friend) files.certify('friend');
    const { url } = await serveWith(t, files.file);
    const asked = ask(`${url}/metrics`, { rejectUnauthorized: false, ...client(files) }).then(
      ({ status }) => status,
      (error: Error) => `${error.message} ${(error as NodeJS.ErrnoException).code}`,
    );
    t.match(await asked, expected, scenario);
  }
});

t.test('does not accept plain HTTP if TLS is configured, nor TLS if it is not', async (t) => {
  const secure = await serveWith(t, webFiles(t, own).file);
  await t.rejects(ask(`http://127.0.0.1:${secure.port}/metrics`));
  const plain = await serveWith(t, webFiles(t, '').file);
  await t.rejects(ask(`https://127.0.0.1:${plain.port}/metrics`, { rejectUnauthorized: false }));
});

t.test('reads the key from the file itself and the certificate from another', async (t) => {
  const files = webFiles(t, own);
  writeFileSync(
    files.file,
    `tls_server_config:\n  cert_file: server.crt\n  key: |\n${files.read('server.key').replace(/^/gm, '    ')}`,
  );
  const { url } = await serveWith(t, files.file);
  t.equal((await ask(`${url}/metrics`, { rejectUnauthorized: false })).status, 200);
});
