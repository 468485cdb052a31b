import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Secret } from '../../src/config/secret.js';
import { loadWebConfig } from '../../src/http/web-config.js';
import { contextOf } from '../../src/http/web-tls.js';
import { webFiles } from '../support/web-files.js';

const own = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n';
const tlsOf = async (t: Test, more: string) => (await loadWebConfig(webFiles(t, `${own}${more}`).file)).tls;

t.test('without further settings TLS 1.2 and 1.3 are allowed, with the suites and curves of Node.js', async (t) => {
  const tls = await tlsOf(t, '');
  t.match(tls, {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    clientAuthentication: 'NoClientCert',
    prefersOwnCiphers: true,
  });
  const given = new Set(Object.keys(tls ?? {}));
  for (const name of ['clientCa', 'clientAllowedSans', 'ciphers', 'curves']) t.notOk(given.has(name), name);
});

t.test('the texts of certificate, key and client CA may be in the file itself', async (t) => {
  const files = webFiles(t, own);
  const block = (name: string) => `|\n${files.read(name).replace(/^/gm, '    ')}\n`;
  const load = async (text: string) => {
    writeFileSync(files.file, `tls_server_config:\n${text}`);
    return (await loadWebConfig(files.file)).tls;
  };
  const [cert, key] = [`  cert: ${block('server.crt')}`, `  key: ${block('server.key')}`];
  const ca = `  client_ca: ${block('server.crt')}  client_auth_type: RequireAndVerifyClientCert\n`;
  const tls = await load(`${cert}${key}${ca}  client_allowed_sans: [a, "1"]\n`);
  t.match(tls, { clientCa: /CERTIFICATE/, clientAllowedSans: ['a', '1'] });
  t.equal(tls?.key.reveal().trim(), files.read('server.key').trim());
  await t.rejects(load(cert), { message: /:2:3 tls_server_config\.key_file: is missing: give it, or key$/ });
  await t.rejects(load(key), { message: /:2:3 tls_server_config\.cert_file: is missing: give it, or cert$/ });
});

t.test('the first name of a policy for clients stays, and what has no effect is refused', async (t) => {
  const policy = async (name: string) => (await tlsOf(t, `  client_auth_type: ${name}\n`))?.clientAuthentication;
  t.equal(await policy('RequireClientCert'), 'RequireAnyClientCert');
  t.equal(await policy('VerifyClientCertIfGiven'), 'VerifyClientCertIfGiven');
  for (const [key, value] of [
    ['client_ca', 'text'],
    ['client_ca_file', 'server.crt'],
    ['client_allowed_sans', '[a]'],
  ])
    await t.rejects(tlsOf(t, `  ${key}: ${value}\n`), {
      message: new RegExp(`${key}: has no effect while client_auth_type is NoClientCert`),
    });
});

t.test('Node.js gets only the settings of the file', (t) => {
  const tls = {
    certificate: 'certificate',
    key: new Secret('key'),
    clientAuthentication: 'NoClientCert',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    prefersOwnCiphers: true,
  } as const;
  const plain = {
    cert: 'certificate',
    key: 'key',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    honorCipherOrder: true,
  };
  t.strictSame(contextOf(tls), plain);
  t.strictSame(contextOf({ ...tls, clientCa: 'ca', ciphers: 'A:B', curves: 'C' }), {
    ...plain,
    ca: 'ca',
    ciphers: 'A:B',
    ecdhCurve: 'C',
  });
  t.end();
});

t.test('versions before TLS 1.2 are refused by name', async (t) => {
  for (const version of ['TLS10', 'TLS11'])
    await t.rejects(tlsOf(t, `  min_version: ${version}\n`), {
      message: new RegExp(`min_version: ${version} is not supported by ai-crm-exporter: TLS12 is the oldest$`),
    });
});

t.test("suites and curves have Go's names, and those of TLS 1.3 stay", async (t) => {
  const newest = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';
  const older = ['ECDSA', 'RSA'].flatMap((kind) => [
    ...['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305', 'AES128-SHA', 'AES256-SHA'].map(
      (name) => `ECDHE-${kind}-${name}`,
    ),
  ]);
  const named = ['ECDSA', 'RSA'].flatMap((kind) =>
    ['AES_128_GCM_SHA256', 'AES_256_GCM_SHA384', 'CHACHA20_POLY1305_SHA256', 'AES_128_CBC_SHA', 'AES_256_CBC_SHA'].map(
      (name) => `TLS_ECDHE_${kind}_WITH_${name}`,
    ),
  );
  const cases: readonly (readonly [more: string, ciphers: string | undefined])[] = [
    [`  cipher_suites: [${named.join(', ')}]\n`, `${older.join(':')}:${newest}`],
    ['  cipher_suites: [TLS_AES_256_GCM_SHA384]\n', newest],
    [`  cipher_suites: [${named[0]}]\n  min_version: TLS13\n`, newest],
    [`  cipher_suites: [${named[0]}]\n  max_version: TLS12\n`, `${older[0]}:${newest}`],
    ['  cipher_suites: []\n', undefined],
  ];
  for (const [more, ciphers] of cases) t.equal((await tlsOf(t, more))?.ciphers, ciphers, more);
  await t.rejects(tlsOf(t, '  cipher_suites: [TLS_AES_256_GCM_SHA384]\n  max_version: TLS12\n'), {
    message: /:4:18 tls_server_config\.cipher_suites: has no suite of TLS 1\.2, but max_version is TLS12$/,
  });
  const curves = async (names: string) => (await tlsOf(t, `  curve_preferences: [${names}]\n`))?.curves;
  t.equal(await curves('X25519, CurveP521, CurveP384, CurveP256'), 'X25519:P-521:P-384:P-256');
  t.equal(await curves(''), undefined);
});

t.test('certificates and keys that would fail each handshake are refused by name', async (t) => {
  const verifying = `${own}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n`;
  const load = (text: string, change: Readonly<Record<string, (good: string) => string | Buffer>> = {}) => {
    const files = webFiles(t, text);
    const good = files.read('server.crt');
    for (const [name, content] of Object.entries(change)) writeFileSync(join(files.directory, name), content(good));
    return loadWebConfig(files.file);
  };
  const broken = (pem: string) => pem.replace(/\n[^-\n]+\n/, '\nAAAA\n');
  const refused: readonly (readonly [text: string, change: Parameters<typeof load>[1], problem: RegExp])[] = [
    [own, { 'server.crt': broken }, /web\.yml:2:14 tls_server_config\.cert_file: cannot be used: [^\n]+$/],
    [own, { 'server.key': () => 'no key' }, /web\.yml:3:13 tls_server_config\.key_file: cannot be used: [^\n]+$/],
    [own.replace('cert_file: server.crt', 'cert: none'), {}, /:2:9 tls_server_config\.cert: cannot be used/],
    [
      own,
      { 'server.crt': () => Buffer.from([0x2d, 0xe4, 0x2d]) },
      /:2:14 [^\n]*cert_file: server\.crt is not UTF-8 text$/,
    ],
    [verifying, { 'ca.crt': () => 'nothing' }, /:5:19 tls_server_config\.client_ca_file: cannot be used/],
    [verifying, { 'ca.crt': (good) => `${good}${broken(good)}` }, /client_ca_file: cannot be used/],
    [verifying, { 'ca.crt': (good) => `${good}${good.slice(0, 200)}` }, /client_ca_file: cannot be used/],
  ];
  for (const [text, change, problem] of refused)
    await t.rejects(load(text, change), { message: problem }, String(problem));
  const bundle = (good: string) => `# ours\n${good}# theirs\n${good.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')}`;
  t.match((await load(verifying, { 'ca.crt': bundle })).tls, { clientCa: /# theirs/ });
});
