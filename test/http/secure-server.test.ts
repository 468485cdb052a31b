import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { connect, Socket } from 'node:net';
import tls, { type ConnectionOptions, connect as connectTls, type TlsOptions } from 'node:tls';
import t from 'tap';
import { secureConnections } from '../../src/http/secure-server.js';
import { WebConfigFile } from '../../src/http/web-config-file.js';
import { type Answer, ask } from '../support/ask.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordedLog } from '../support/recorded-log.js';
import { serveWith, type WebFiles, webFiles } from '../support/web-files.js';

const own = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n';

/** Whether a client with these options is answered. */
function isServed(url: string, { read }: WebFiles, options: object = {}): Promise<boolean> {
  return ask(`${url}/-/healthy`, { ca: read('server.crt'), ...options }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

const shown = ({ read }: WebFiles, name: string) => ({ cert: read(`${name}.crt`), key: read(`${name}.key`) });

/** The version, cipher and curve of a connection. */
function agreed(
  port: number,
  options: ConnectionOptions,
): Promise<{ readonly protocol: string | null; readonly cipher: string; readonly curve: string }> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      const { name = '' } = socket.getEphemeralKeyInfo() as { readonly name?: string };
      resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().name, curve: name });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

t.test('serves over TLS, only in the allowed versions', async (t) => {
  const oldest = webFiles(t, `${own}  min_version: TLS13\n`);
  const { url } = await serveWith(t, oldest.file);
  t.match(url, /^https:/);
  t.ok(await isServed(url, oldest));
  await t.rejects(ask(`${url}/-/healthy`, { ca: oldest.read('server.crt'), maxVersion: 'TLSv1.2' }), {
    message: /alert protocol version/,
  });
  const newest = await serveWith(t, webFiles(t, `${own}  max_version: TLS12\n`).file);
  t.equal((await agreed(newest.port, {})).protocol, 'TLSv1.2');
});

t.test('uses the suites and curves of the file, and for TLS 1.3 all of its suites', async (t) => {
  const suites = `${own}  cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n  curve_preferences: [CurveP384]\n`;
  const { port } = await serveWith(t, webFiles(t, suites).file);
  const older = { maxVersion: 'TLSv1.2' } as const;
  t.same(await agreed(port, { ...older, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305' }), {
    protocol: 'TLSv1.2',
    cipher: 'ECDHE-ECDSA-CHACHA20-POLY1305',
    curve: 'secp384r1',
  });
  t.match(await agreed(port, {}), { protocol: 'TLSv1.3', curve: 'secp384r1' });
  await t.rejects(agreed(port, { ...older, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }), /handshake failure/);
  await t.rejects(agreed(port, { ecdhCurve: 'X25519' }), /handshake failure/);
  const { port: polite } = await serveWith(t, webFiles(t, `${suites}  prefer_server_cipher_suites: false\n`).file);
  t.match(await agreed(polite, { ...older, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305' }), {
    cipher: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  });
});

t.test('reads certificate, key and client CA from the file itself', async (t) => {
  const files = webFiles(t, '');
  for (const name of ['server', 'friend', 'stranger']) files.certify(name);
  const text = (name: string) => `|\n${files.read(name).replace(/^/gm, '    ')}\n`;
  writeFileSync(
    files.file,
    `tls_server_config:\n  cert: ${text('server.crt')}  key: ${text('server.key')}  client_ca: ${text('friend.crt')}  client_auth_type: RequireAndVerifyClientCert\n`,
  );
  const { url } = await serveWith(t, files.file);
  t.same(
    await Promise.all([
      isServed(url, files, shown(files, 'friend')),
      isServed(url, files, shown(files, 'stranger')),
      isServed(url, files),
    ]),
    [true, false, false],
  );
});

t.test('allows only clients with the right certificate', async (t) => {
  for (const [policy, stranger, nobody] of [
    ['RequireAndVerifyClientCert', false, false],
    ['VerifyClientCertIfGiven', false, true],
    ['RequireAnyClientCert', true, false],
    ['RequireClientCert', true, false],
    ['RequestClientCert', true, true],
  ] as const) {
    const files = webFiles(t, `${own}  client_ca_file: friend.crt\n  client_auth_type: ${policy}\n`);
    for (const name of ['friend', 'stranger']) files.certify(name);
    const { url } = await serveWith(t, files.file);
    t.equal(await isServed(url, files, shown(files, 'friend')), true, `${policy}: friend`);
    t.equal(await isServed(url, files, shown(files, 'stranger')), stranger, `${policy}: stranger`);
    t.equal(await isServed(url, files), nobody, `${policy}: nobody`);
  }
});

t.test('allows only clients whose certificate has one of the allowed names', async (t) => {
  const allowed = '[prometheus.internal, "fd00::7", 10.1.2.3, "spiffe://crm/prometheus", ops@crm.test]';
  const files = webFiles(t, `${own}  client_auth_type: RequireAnyClientCert\n  client_allowed_sans: ${allowed}\n`);
  const { url } = await serveWith(t, files.file);
  for (const [names, isAllowed] of [
    ['DNS.1=other.internal\nDNS.2=prometheus.internal', true],
    ['IP.1=fd00:0:0:0:0:0:0:7', true],
    ['IP.1=10.1.2.3', true],
    ['URI.1=spiffe://crm/prometheus', true],
    ['email.1=ops@crm.test', true],
    ['DNS.1=prometheus.internal.evil.test', false],
    ['DNS.1=*.internal', false],
    ['IP.1=10.1.2.4', false],
    ['IP.1=fd00:0:0:0:0:0:0:8', false],
    ['DNS.1=fd00:0:0:0:0:0:0:7', false],
    ['dirName.1=other\n[other]\nCN=DNS:prometheus.internal', false],
    ['URI.1=http://evil.test/?, DNS:prometheus.internal', false],
    ['DNS.1=evil.test, DNS:prometheus.internal', false],
    ['otherName.1=1.2.3.4;UTF8:x, DNS:prometheus.internal', false],
    ['RID.1=1.2.3', false],
  ] as const) {
    files.certify('client', names);
    t.equal(await isServed(url, files, shown(files, 'client')), isAllowed, names);
  }
  t.equal(await isServed(url, files), false);
});

t.test('changed rules for client certificates apply to the next connection', async (t) => {
  const files = webFiles(t, own);
  for (const name of ['friend', 'stranger']) files.certify(name);
  const { url } = await serveWith(t, files.file);
  const all = () =>
    Promise.all([
      isServed(url, files, shown(files, 'friend')),
      isServed(url, files, shown(files, 'stranger')),
      isServed(url, files),
    ]);
  const require = `${own}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: `;
  t.same(await all(), [true, true, true]);
  writeFileSync(files.file, `${require}friend.crt\n`);
  t.same(await all(), [true, false, false]);
  writeFileSync(files.file, `${require}stranger.crt\n`);
  t.same(await all(), [false, true, false]);
  writeFileSync(files.file, own);
  t.same(await all(), [true, true, true]);
});

t.test('a session that began under other settings is not resumed', async (t) => {
  const files = webFiles(t, own);
  const { port } = await serveWith(t, files.file);
  const options = { port, host: '127.0.0.1', rejectUnauthorized: false };
  const resumed = (session?: Buffer) =>
    new Promise<{ readonly reused: boolean; readonly session: Buffer }>((resolve, reject) => {
      const socket = connectTls({ ...options, ...(session && { session }) }, () =>
        socket.write('GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      );
      let last: Buffer | undefined;
      socket.on('session', (next: Buffer) => (last = next));
      socket.once('data', () => {
        resolve({ reused: socket.isSessionReused(), session: last ?? Buffer.alloc(0) });
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const { session } = await resumed();
  t.ok((await resumed(session)).reused);
  t.ok((await resumed(session)).reused);
  writeFileSync(files.file, `${own}  client_auth_type: RequestClientCert\n`);
  t.notOk((await resumed(session)).reused);
});

t.test(
  'uses a renewed certificate from the next connection on, and the old one while certificate and key do not match',
  async (t) => {
    const files = webFiles(t, own);
    const { url, log } = await serveWith(t, files.file);
    const [before, oldKey] = [files.read('server.crt'), files.read('server.key')];
    const health = (ca: string) => ask(`${url}/-/healthy`, { ca });
    files.certify('server');
    const [after, newKey] = [files.read('server.crt'), files.read('server.key')];
    writeFileSync(`${files.directory}/server.key`, oldKey);
    for (let i = 0; i < 3; i += 1) t.equal((await health(before)).status, 200);
    t.match(
      log.lines.filter(({ level }) => level === 'error'),
      [
        {
          message: 'web configuration not reloaded, the old one stays in force',
          fields: { error: /key_file: cannot be used: .*key values mismatch/ },
        },
      ],
      'said once',
    );
    writeFileSync(`${files.directory}/server.key`, newKey);
    t.equal((await health(after)).status, 200);
    await t.rejects(health(before));
  },
);

t.test(
  'TLS is switched on and off with the next connection, and earlier connections end with their next answer',
  async (t) => {
    const files = webFiles(t, '');
    files.certify('server');
    const { url, port } = await serveWith(t, files.file);
    const secure = `https://127.0.0.1:${port}`;
    const agent = new (await import('node:http')).Agent({ keepAlive: true });
    t.teardown(() => agent.destroy());
    t.equal((await ask(`${url}/-/healthy`, { agent })).headers.connection, 'keep-alive');
    writeFileSync(files.file, own);
    t.match(await ask(`${url}/-/healthy`, { agent }), { status: 200, headers: { connection: 'close' } });
    t.ok(await isServed(secure, files));
    await t.rejects(ask(`${url}/-/healthy`), 'no plain HTTP any more');
    writeFileSync(files.file, '');
    t.equal((await ask(`${url}/-/healthy`)).status, 200);
    t.notOk(await isServed(secure, files));
  },
);

t.test('a connection stays open over TLS, too, and chooses HTTP/1.1', async (t) => {
  const files = webFiles(t, own);
  const { url, port } = await serveWith(t, files.file);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const get = () =>
    new Promise<boolean>((resolve, reject) => {
      const sent = request(`${url}/-/healthy`, { agent, ca: files.read('server.crt') }, (response) =>
        response.resume().on('end', () => resolve(sent.reusedSocket)),
      );
      sent.on('error', reject).end();
    });
  t.same([await get(), await get()], [false, true]);
  const chosen = await new Promise((resolve) => {
    const socket = connectTls(
      { port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] },
      () => {
        resolve(socket.alpnProtocol);
        socket.destroy();
      },
    );
  });
  t.equal(chosen, 'http/1.1');
});

t.test('clients that leave the handshake or use another protocol do no harm', async (t) => {
  const files = webFiles(t, own);
  const { url, port } = await serveWith(t, files.file);
  await Promise.all(
    ['', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', '\u0016\u0003\u0001'].map(
      (text) =>
        new Promise<void>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1', () => socket.resetAndDestroy()));
          socket.on('error', () => {}).on('close', () => resolve());
        }),
    ),
  );
  const plain = await ask(`http://127.0.0.1:${port}/`).catch((error: Error) => error);
  t.notOk('status' in (plain as Answer), 'plain HTTP is not answered');
  t.ok(await isServed(url, files));
});

t.test('a client that does not finish its handshake is disconnected after ten seconds', async (t) => {
  const handshakes: unknown[] = [];
  const { createServer } = tls;
  tls.createServer = ((options: TlsOptions) => (
    handshakes.push(options.handshakeTimeout), createServer(options)
  )) as typeof createServer;
  syncBuiltinESMExports();
  t.teardown(() => {
    tls.createServer = createServer;
    syncBuiltinESMExports();
  });
  const files = webFiles(t, own);
  const webTls = (await WebConfigFile.open(files.file, { clock: new ManualClock(), log: new RecordedLog() })).latest
    .tls;
  if (webTls === undefined) throw new Error('no TLS');
  secureConnections(() => {}, new RecordedLog())(new Socket(), webTls);
  t.same(handshakes, [10_000]);
});
