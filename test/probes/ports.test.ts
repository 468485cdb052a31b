import { type AddressInfo, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { createAuthority } from '../../simulator/certificate.js';
import { missingPostgres, startPostgres } from '../support/databases.js';
import { endpointReader } from '../support/endpoint-reading.js';
import { missing } from '../support/programs.js';
import { startDovecot, startSlapd, startVsftpd } from '../support/tls-servers.js';
import { until } from '../support/until.js';

const authority = createAuthority();
const day = 86_400_000;
const issue = (days: number) =>
  authority.issue({
    names: ['localhost'],
    notBefore: new Date(Date.now() - 30 * day),
    notAfter: new Date(Date.now() + days * day),
  });
const certificate = issue(90);
const expired = issue(-1);

/** The reading of an endpoint; `ca.pem` is the authority of these tests. */
const reading = endpointReader(authority);

const tls = { ca_file: 'ca.pem' };
const secured = { level: 'healthy', up: true, reason: null, certificate: { verified: true } };

/** A server that greets and then answers as the test says. Open connections are counted. */
async function speaker(t: Test, greeting: string, answer: (socket: Socket, request: string) => void = () => {}) {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on('error', () => {}).on('close', () => open.delete(socket)));
    socket.on('data', (bytes) => answer(socket, bytes.toString('latin1'))).write(greeting, 'latin1');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return { url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, open };
}

/** Checks a protocol with STARTTLS, and with TLS from the first byte. */
async function isWatched(
  test: Test,
  starttls: string,
  port: number,
  securePort?: { readonly scheme: string; readonly port: number },
) {
  const answered = await reading({ url: `tcp://localhost:${port}`, starttls, tls });
  test.match(answered, { ...secured, kind: 'tcp', message: 'port open, with TLS' }, starttls);
  test.same(
    Object.keys(answered.phases).sort(),
    ['connect', 'dns', 'first_byte', 'tls', 'transfer'],
    `${starttls}: every phase`,
  );
  test.ok(Math.abs((answered.certificate?.expiryTimestampSeconds ?? 0) - Date.now() / 1000 - 90 * 86_400) < 3600);
  test.match(
    await reading({ url: `tcp://localhost:${port}`, starttls }),
    { level: 'critical', up: false, reason: 'tls', message: /issuer is not trusted/, certificate: { verified: false } },
    `${starttls} without our authority`,
  );
  if (securePort !== undefined)
    test.match(
      await reading({ url: `${securePort.scheme}://localhost:${securePort.port}`, tls }),
      { ...secured, kind: 'tls', target: `${securePort.scheme}://localhost:${securePort.port}` },
      securePort.scheme,
    );
}

t.test('a mail server is watched with TLS in each of its protocols', { skip: missing('dovecot') }, async (t) => {
  const dovecot = await startDovecot(certificate);
  t.teardown(() => dovecot.stop());
  const { imap, imaps, pop3, submission, submissions } = dovecot.ports;
  await isWatched(t, 'smtp', submission, { scheme: 'smtps', port: submissions });
  await isWatched(t, 'imap', imap, { scheme: 'imaps', port: imaps });
  await isWatched(t, 'pop3', pop3);
  t.match(
    await reading({
      url: `tls://localhost:${imaps}`,
      tls,
      dialog: [
        { expect: '^\\* OK' },
        { send: 'a CAPABILITY\\r\\n', expect: '^a OK' },
        { send: 'b LOGIN watch open-sesame\\r\\n', expect: '^b OK' },
        { send: 'c LOGOUT\\r\\n', expect: '^\\* BYE' },
      ],
    }),
    { ...secured, message: 'answered as expected' },
    'a whole dialog within TLS',
  );
  const refused = await reading(
    {
      url: `tcp://localhost:${imap}`,
      starttls: 'imap',
      tls,
      dialog: [{ send: 'b LOGIN watch hunter2\\r\\n', expect: '^b OK' }],
    },
    4000,
  );
  t.match(refused, {
    level: 'critical',
    up: false,
    reason: 'body',
    message: /^nothing that matches dialog\[0\].expect came/,
  });
  t.notMatch(
    JSON.stringify(refused),
    /hunter2|AUTHENTICATIONFAILED/,
    'the message does not quote answers to a sent line',
  );
});

t.test(
  'a mail server with an expired certificate is down, and its expiry is known',
  { skip: missing('dovecot') },
  async (t) => {
    const dovecot = await startDovecot(expired);
    t.teardown(() => dovecot.stop());
    for (const endpoint of [
      { url: `tcp://localhost:${dovecot.ports.submission}`, starttls: 'smtp', tls },
      { url: `imaps://localhost:${dovecot.ports.imaps}`, tls },
    ]) {
      const answered = await reading(endpoint);
      t.match(answered, { level: 'critical', reason: 'tls', message: /has expired/, certificate: { verified: false } });
      t.ok((answered.certificate?.expiryTimestampSeconds ?? Infinity) < Date.now() / 1000);
    }
    t.match(
      await reading({
        url: `tcp://localhost:${dovecot.ports.pop3}`,
        starttls: 'pop3',
        tls: { insecure_skip_verify: true },
      }),
      { up: true, certificate: { verified: false } },
    );
  },
);

t.test('a directory is watched with TLS', { skip: missing('slapd') }, async (t) => {
  const slapd = await startSlapd(certificate);
  t.teardown(() => slapd.stop());
  await isWatched(t, 'ldap', slapd.ports.ldap, { scheme: 'ldaps', port: slapd.ports.ldaps });
  t.match(slapd.log(), /STARTTLS[\s\S]*UNBIND/, 'the session is closed properly');
});

t.test('a file server is watched with TLS', { skip: missing('vsftpd') }, async (t) => {
  const vsftpd = await startVsftpd(certificate);
  t.teardown(() => vsftpd.stop());
  await isWatched(t, 'ftp', vsftpd.ports.ftp);
});

t.test('a database is watched with TLS, without a login', { skip: missingPostgres() }, async (t) => {
  const postgres = await startPostgres({ certificate });
  t.teardown(() => postgres.stop());
  await isWatched(t, 'postgres', postgres.port);
  t.notMatch(postgres.log(), /incomplete|unexpected/, 'the log of the server has no complaint');
});

t.test('a database without TLS is reported as such', { skip: missingPostgres() }, async (t) => {
  const postgres = await startPostgres();
  t.teardown(() => postgres.stop());
  t.match(await reading({ url: `tcp://localhost:${postgres.port}`, starttls: 'postgres', tls }), {
    level: 'critical',
    reason: 'tls',
    message: 'the server does not offer TLS',
  });
});

t.test('a dialog runs step by step, and then the connection is closed', async (t) => {
  const { url, open } = await speaker(t, '+OK r\xe9ady\r\n', (socket, request) => {
    // In pieces, which the probe must join.
    if (request === 'PING\r\n') for (const letter of 'a\r\n+PO\xc3\xb6NG\r\nrest') socket.write(letter, 'latin1');
    if (request === '\x00\xff\xc3\xa9\\') socket.write('done\n');
  });
  const answered = await reading({
    url,
    dialog: [
      { expect: '^\\+OK r\u00e9ady$' },
      { send: 'PING\\r\\n', expect: '^\\+POöNG$' },
      { expect: 'rest' },
      { send: '\\0\\xff\u00e9\\\\' },
      { expect: '^done$' },
    ],
  });
  t.match(answered, { level: 'healthy', up: true, kind: 'tcp', message: 'answered as expected' });
  t.same(Object.keys(answered.phases), ['connect', 'first_byte', 'transfer']);
  await until('the connection is closed', () => open.size === 0);
});

t.test('a server with an unexpected answer is down, with its answer', async (t) => {
  const ssh = await speaker(t, 'SSH-2.0-OpenSSH_9.2p1 Debian\r\n');
  t.match(await reading({ url: ssh.url, dialog: [{ expect: '^220 ' }] }, 300), {
    level: 'critical',
    up: false,
    reason: 'body',
    message:
      'nothing that matches dialog[0].expect came before the deadline; the server says "SSH-2.0-OpenSSH_9.2p1 Debian"',
  });
  await until('the connection is closed', () => ssh.open.size === 0);
  const silent = await speaker(t, '');
  t.match(await reading({ url: silent.url, dialog: [{ expect: '.' }] }, 300), {
    reason: 'timeout',
    message: 'no answer before the deadline, still waiting for dialog[0].expect',
  });
  t.match(await reading(silent.url), { up: true, message: 'port open' });
  const leaving = await speaker(t, '', (socket) => socket.end('421 too busy\r\n'));
  t.match(await reading({ url: leaving.url, dialog: [{ send: 'HELO', expect: '^250' }] }), {
    reason: 'closed',
    message: 'the connection was closed while the exporter waited for dialog[0].expect',
  });
  const large = await speaker(t, 'x'.repeat(20_000));
  t.match(await reading({ url: large.url, dialog: [{ expect: 'y' }] }), {
    reason: 'size',
    message: '16384 bytes were received, and none of them match dialog[0].expect',
  });
  const slow = await speaker(t, `${'a'.repeat(60)}!\n`);
  t.match(await reading({ url: slow.url, dialog: [{ expect: '^(a+)+$' }] }), {
    level: 'unknown',
    reason: 'internal',
    message: /takes too long/,
  });
});

t.test('data sent before TLS is not used as an answer within it, and a refusal is reported', async (t) => {
  const refusing = await speaker(t, '220 x\r\n', (socket, request) =>
    socket.write(request.startsWith('EHLO') ? '250-x\r\n250 HELP\r\n' : '502 not implemented\r\n'),
  );
  t.match(await reading({ url: refusing.url, starttls: 'smtp' }), {
    level: 'critical',
    reason: 'tls',
    message: 'the server does not offer STARTTLS; the server says "502 not implemented"',
  });
  const busy = await speaker(t, '421 4.7.0 too busy\r\n');
  t.match(await reading({ url: busy.url, starttls: 'smtp' }), {
    reason: 'tls',
    message: 'the server refuses the connection; the server says "421 4.7.0 too busy"',
  });
  const injected = await speaker(t, '* OK\r\n', (socket) => socket.write('a OK begin\r\n* injected\r\n'));
  t.match(await reading({ url: injected.url, starttls: 'imap' }), {
    reason: 'tls',
    message: 'the server sent unexpected data before TLS',
  });
  await until('the connections are closed', () => refusing.open.size + injected.open.size === 0);
});

const noPrograms = missing('dovecot') || missing('slapd') || missing('vsftpd') || missingPostgres();

t.test('a server of another protocol is reported at once, with its first line', { skip: noPrograms }, async (t) => {
  const [dovecot, slapd, vsftpd, postgres] = await Promise.all([
    startDovecot(certificate),
    startSlapd(certificate),
    startVsftpd(certificate),
    startPostgres({ certificate }),
  ]);
  t.teardown(() => Promise.all([dovecot, slapd, vsftpd, postgres].map((each) => each.stop())));
  const ports = {
    smtp: dovecot.ports.submission,
    imap: dovecot.ports.imap,
    pop3: dovecot.ports.pop3,
    ftp: vsftpd.ports.ftp,
    ldap: slapd.ports.ldap,
    postgres: postgres.port,
  };
  const names = { smtp: 'SMTP', imap: 'IMAP', pop3: 'POP3', ftp: 'FTP', ldap: 'LDAP', postgres: 'PostgreSQL' };
  const says = { smtp: '220 ', imap: '\\* OK ', pop3: '\\+OK', ftp: '220 ' };
  for (const [starttls, name] of Object.entries(names)) {
    for (const [server, port] of Object.entries(ports)) {
      if (server === starttls) continue;
      // Here server and client both wait for the other to speak first.
      const isSilent = !(server in says) && !['ldap', 'postgres'].includes(starttls);
      const { reason, message } = await reading({ url: `tcp://localhost:${port}`, starttls }, isSilent ? 300 : 30_000);
      const pair = `${starttls} of ${server}: ${message}`;
      if (isSilent) t.match({ reason, message }, { reason: 'timeout', message: /still waiting for a greeting$/ }, pair);
      else if (!(server in says)) t.match(reason, /^(?:tls|closed)$/, pair);
      else if (says[server as 'smtp'] === says[starttls as 'smtp'])
        t.match(
          { reason, message },
          { reason: 'tls', message: /does not offer STARTTLS; the server says "\d+ / },
          pair,
        );
      else {
        const words = new RegExp(`^the server does not speak ${name}; the server says "${says[server as 'smtp']}`);
        t.match({ reason, message }, { reason: 'tls', message: words }, pair);
      }
    }
  }
});

t.test('another protocol is recognised by its first bytes, however they arrive', async (t) => {
  const mysql = await speaker(t, 'N\0\0\0\n8.0.35\0');
  for (const starttls of ['smtp', 'imap', 'pop3', 'ftp', 'ldap', 'postgres'])
    t.match(
      await reading({ url: mysql.url, starttls }),
      { reason: 'tls', message: /^the server does not speak \w+; the server says "N/ },
      starttls,
    );
  const ssh = await speaker(t, 'SSH-2.0-OpenSSH_9.2p1 Debian\r\n');
  for (const starttls of ['smtp', 'postgres'])
    t.match(await reading({ url: ssh.url, starttls }), {
      reason: 'tls',
      message: /^the server does not speak \w+; the server says "SSH-2.0-OpenSSH_9.2p1 Debian"$/,
    });
});
