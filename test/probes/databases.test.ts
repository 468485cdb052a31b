import type { Socket } from 'node:net';
import { Client } from 'pg';
import t from 'tap';
import { createAuthority } from '../../simulator/certificate.js';
import type { ComponentReading } from '../../src/collector.js';
import { Secret } from '../../src/config/secret.js';
import type { TlsSettings } from '../../src/config/sections/credential-options.js';
import type { DatabaseAddress } from '../../src/config/sections/database-options.js';
import type { DatabaseComponent } from '../../src/config/sections/endpoints-section.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { createProbe } from '../../src/probes/component-probe.js';
import { databaseComponent, thresholdsWith } from '../support/config.js';
import { missingPostgres, missingRedis, startPostgres, startRedis } from '../support/databases.js';
import { closedPort, rawServer } from '../support/raw-server.js';
import { localCertificate } from '../support/tls-servers.js';
import { until } from '../support/until.js';

const probe = createProbe(
  { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' },
  thresholdsWith({ warning: 5, critical: 8 }),
);
const kinds = ['postgres', 'redis'] as const;
const wrong = new Secret('hunter2');
const authority = createAuthority();
const certificate = localCertificate(authority);
const trusting: TlsSettings = { ca: authority.certificatePem, insecureSkipVerify: false };
const secured = { subject: 'component', up: true, level: 'healthy', certificate: { verified: true } };

async function ask(
  kind: DatabaseComponent['kind'],
  database: DatabaseAddress,
  signal = AbortSignal.timeout(10_000),
): Promise<ComponentReading> {
  const reading = await probe(databaseComponent(kind, database), signal, []);
  const said = JSON.stringify(reading);
  for (const secret of ['hunter2', 'open sesame'])
    if (said.includes(secret)) throw new Error(`the reading gives ${secret} away: ${said}`);
  return reading;
}

t.test('a PostgreSQL', { skip: missingPostgres() }, async (t) => {
  const postgres = await startPostgres({ certificate });
  t.teardown(() => postgres.stop());
  const { address, port } = postgres;

  t.test(
    'is up when login and query succeed, with a time for each phase, and the connection is closed at once',
    async (t) => {
      const reading = await ask('postgres', { ...address, host: 'localhost' });
      t.match(reading, {
        kind: 'postgres',
        up: true,
        level: 'healthy',
        reason: null,
        message: 'logged in and answered',
        ipProtocol: 4,
      });
      t.strictSame(Object.keys(reading.phases), ['dns', 'connect', 'first_byte', 'transfer']);
      t.ok(Object.values(reading.phases).reduce((sum, seconds) => sum + seconds, 0) <= reading.responseSeconds);
      t.match(reading.log.join('\n'), /connected to .*\n.*logged in as postgres\n.*logged in and answered/);
      t.notMatch(postgres.log(), /unexpected EOF|reset by peer/, 'the log of the server has no complaint');
    },
  );

  t.test('is UNKNOWN when the login fails', async (t) => {
    const wrongPassword = await ask('postgres', { ...address, password: wrong });
    t.match(wrongPassword, {
      up: false,
      level: 'unknown',
      reason: 'auth',
      message: '28P01: wrong password, or no such user',
    });
    t.match(await ask('postgres', { ...address, username: 'nobody' }), {
      level: 'unknown',
      reason: 'auth',
      message: /^28P01/,
    });
    const { password: _none, ...withoutPassword } = address;
    t.match(await ask('postgres', withoutPassword), {
      level: 'unknown',
      reason: 'auth',
      message: 'the server requires a password, and none is configured',
    });
    t.match(await ask('postgres', { ...address, database: 'nowhere' }), {
      level: 'critical',
      reason: 'status',
      message: '3D000: there is no such database',
    });
  });

  t.test('is probed over TLS, and its certificate is verified as far as configured', async (t) => {
    const reading = await ask('postgres', { ...address, host: 'localhost', tls: trusting });
    t.match(reading, secured);
    t.ok((reading.phases.tls ?? 0) > 0);
    const byAddress = await ask('postgres', { ...address, tls: trusting });
    t.match(byAddress, { up: false, reason: 'tls', level: 'critical', message: /issued for another name/ });
    t.match(await ask('postgres', { ...address, tls: { ...trusting, acceptsAnyName: true } }), secured);
    const unknown: TlsSettings = { ca: createAuthority().certificatePem, insecureSkipVerify: false };
    t.match(await ask('postgres', { ...address, tls: { ...unknown, acceptsAnyName: true } }), {
      reason: 'tls',
      message: /issuer is not trusted/,
    });
    t.match(await ask('postgres', { ...address, tls: { insecureSkipVerify: true } }), {
      up: true,
      certificate: { verified: false },
    });
  });

  t.test('is down when it is killed, and up again when it is back', async (t) => {
    await postgres.kill();
    t.match(await ask('postgres', address), {
      up: false,
      level: 'critical',
      reason: 'connect',
      message: `connection refused by 127.0.0.1:${port}`,
    });
    await postgres.restart();
    t.match(await ask('postgres', address), { up: true, level: 'healthy' });
  });
});

t.test(
  'a PostgreSQL without TLS, or without free connections, is reported as such',
  { skip: missingPostgres() },
  async (t) => {
    const postgres = await startPostgres({
      settings: { max_connections: '4', superuser_reserved_connections: '0', max_wal_senders: '0' },
    });
    t.teardown(() => postgres.stop());
    const { address } = postgres;
    t.match(await ask('postgres', { ...address, tls: trusting }), {
      reason: 'tls',
      level: 'critical',
      message: 'the server does not offer TLS',
    });
    const clients: Client[] = [];
    await until('every connection is taken', async () => {
      const client = new Client({
        host: address.host,
        port: address.port,
        user: 'postgres',
        database: 'postgres',
        password: 'open sesame',
      });
      const isIn = await client.connect().then(
        () => true,
        () => false,
      );
      if (isIn) clients.push(client);
      return clients.length === 4;
    });
    t.match(await ask('postgres', address), {
      up: false,
      level: 'critical',
      reason: 'status',
      message: '53300: the server has no free connection',
    });
    for (const client of clients) await client.end();
  },
);

t.test('a Redis', { skip: missingRedis() }, async (t) => {
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  const { address, port } = redis;

  t.test('is up when it answers, also with a password that it does not need', async (t) => {
    const reading = await ask('redis', address);
    t.match(reading, {
      kind: 'redis',
      up: true,
      level: 'healthy',
      reason: null,
      message: 'logged in and answered',
      ipProtocol: 4,
    });
    t.strictSame(Object.keys(reading.phases), ['connect', 'first_byte', 'transfer']);
    t.match(await ask('redis', { ...address, password: wrong, database: '3' }), { up: true, level: 'healthy' });
    t.match(await ask('redis', { ...address, database: '99' }), {
      level: 'critical',
      reason: 'status',
      message: 'there is no database of this number',
    });
  });

  t.test('is down when it is killed, and up again when it is back', async (t) => {
    await redis.kill();
    t.match(await ask('redis', address), {
      up: false,
      level: 'critical',
      reason: 'connect',
      message: `connection refused by 127.0.0.1:${port}`,
    });
    await redis.restart();
    t.match(await ask('redis', address), { up: true });
  });
});

t.test('a Redis with a password, users and TLS', { skip: missingRedis() }, async (t) => {
  const settings = [
    '--requirepass',
    'open sesame',
    ...'--user monitor on >pass -@all +ping --user blind on >pass -@all'.split(' '),
  ];
  const redis = await startRedis({ certificate, settings });
  t.teardown(() => redis.stop());
  const address: DatabaseAddress = { ...redis.address, host: 'localhost', tls: trusting };
  const denied = { up: false, level: 'unknown', reason: 'auth' };
  const pass = new Secret('pass');
  t.match(await ask('redis', { ...address, password: new Secret('open sesame') }), secured);
  t.match(
    await ask('redis', { ...address, username: 'monitor', password: pass }),
    secured,
    'the user may send only PING',
  );
  t.match(await ask('redis', address), {
    ...denied,
    message: 'NOAUTH: the server requires a password, and none is configured',
  });
  t.match(await ask('redis', { ...address, password: wrong }), {
    ...denied,
    message: 'WRONGPASS: wrong password, or no such user',
  });
  t.match(await ask('redis', { ...address, username: 'blind', password: pass }), {
    ...denied,
    message: 'NOPERM: this user has no permission for PING',
  });
  t.match(await ask('redis', { ...address, host: '127.0.0.1' }), { reason: 'tls', message: /issued for another name/ });
  const { tls: _tls, ...plain } = address;
  t.match(await ask('redis', plain), { up: false, level: 'critical', reason: 'closed' });
});

/** Answers that a real server cannot give on demand. */
const said: readonly [kind: DatabaseComponent['kind'], says: string, expected: object][] = [
  [
    'redis',
    '-LOADING Redis is loading the dataset in memory\r\n',
    { level: 'critical', reason: 'status', message: 'LOADING: the server is still loading its data' },
  ],
  [
    'redis',
    '-ERR max number of clients reached\r\n',
    { reason: 'status', message: 'the server has no free connection' },
  ],
  ['redis', '-WHATEVER hunter2\r\n', { reason: 'status', message: 'WHATEVER: the server refused' }],
  ['redis', '+hunter2\r\n', { reason: 'body', message: 'the server does not answer PING with PONG' }],
  [
    'redis',
    '*2\r\n$-1\r\n>2\r\n+message\r\n+x\r\n',
    { reason: 'body', message: 'the server does not speak the protocol of Redis' },
  ],
  ['redis', '>2\r\n$7\r\nmessage\r\n$1\r\nx\r\n', { reason: 'closed', message: 'connection lost before the answer' }],
  ['redis', '>1\r\n*1\r\n%1\r\n$-1\r\n_\r\n', { reason: 'closed', message: 'connection lost before the answer' }],
  [
    'redis',
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    { reason: 'body', message: 'the server does not speak the protocol of Redis' },
  ],
  [
    'postgres',
    errorResponse('57P03'),
    { level: 'critical', reason: 'status', message: '57P03: the server is starting up or shutting down' },
  ],
  ['postgres', errorResponse('XX000'), { reason: 'status', message: 'XX000: the server refused, see its log' }],
  [
    'postgres',
    errorResponse('hunter2'),
    { reason: 'body', message: 'the server does not speak the protocol of PostgreSQL' },
  ],
  // The client library takes this for the begin of a message with a gigabyte.
  ['postgres', '220 mail\r\n', { reason: 'body', message: 'the server does not speak the protocol of PostgreSQL' }],
  [
    'postgres',
    'SSH-2.0-OpenSSH_9.2\r\n',
    { reason: 'body', message: 'the server does not speak the protocol of PostgreSQL' },
  ],
  // Rows with more columns than bytes. The library throws while it reads them.
  [
    'postgres',
    'R\0\0\0\x08\0\0\0\0Z\0\0\0\x05IT\0\0\0\x08\x7f\xff\0\0',
    { reason: 'body', message: 'the server does not speak the protocol of PostgreSQL' },
  ],
];

function errorResponse(code: string): string {
  const fields = `SFATAL\0C${code}\0Mhunter2\0\0`;
  return `E${String.fromCharCode(0, 0, 0, fields.length + 4)}${fields}`;
}

t.test('a Redis that requires a client certificate is reported as such', { skip: missingRedis() }, async (t) => {
  const redis = await startRedis({ certificate, settings: ['--tls-auth-clients', 'yes'] });
  t.teardown(() => redis.stop());
  t.match(await ask('redis', { ...redis.address, host: 'localhost', tls: trusting }), {
    level: 'critical',
    reason: 'tls',
    message: 'the server requires a client certificate; set tls.cert_file',
  });
});

t.test('answers of a server become a reason in our own words, and no answer crashes the exporter', async (t) => {
  for (const [kind, says, expected] of said) {
    const isStranger = JSON.stringify(expected).includes('does not speak');
    const server = await rawServer((socket) => {
      socket.write(Buffer.from(says, 'latin1'));
      // Another protocol is recognised at once, not at the end of the connection.
      if (!isStranger) socket.end();
    });
    const reading = await ask(kind, { host: '127.0.0.1', port: server.port, username: 'u' });
    t.match(reading, { up: false, ...expected }, JSON.stringify(says));
    await server.stop();
  }
});

for (const kind of kinds) {
  const address = { host: '127.0.0.1', username: 'u', password: wrong };

  t.test(`${kind}: silence ends at the deadline, a closed connection at once, and nothing stays open`, async (t) => {
    const sockets: Socket[] = [];
    const server = await rawServer((socket) => sockets.push(socket));
    const silent = await ask(kind, { ...address, port: server.port }, AbortSignal.timeout(100));
    t.match(silent, {
      up: false,
      level: 'critical',
      reason: 'timeout',
      message: 'no answer before the deadline, still waiting for the first byte',
    });
    await until('the connection is closed', () => sockets.every((socket) => socket.readableEnded || socket.destroyed));
    const tls = await ask(kind, { ...address, port: server.port, tls: trusting }, AbortSignal.timeout(100));
    t.match(tls, { reason: 'timeout', message: /in the TLS handshake/ });
    await until(
      'the connection is closed',
      () => sockets.length === 2 && sockets.every((socket) => socket.readableEnded || socket.destroyed),
    );
    await server.stop();

    const rude = await rawServer((socket) => socket.destroy());
    t.match(await ask(kind, { ...address, port: rude.port }), {
      level: 'critical',
      reason: 'closed',
      message: /^connection lost before the answer/,
    });
    t.match(await ask(kind, { ...address, port: rude.port, tls: trusting }), { level: 'critical', reason: 'tls' });
    await rude.stop();
  });

  t.test(`${kind}: an endless answer is cut off`, async (t) => {
    const flood = Buffer.alloc(1 << 20, kind === 'postgres' ? Buffer.from('N\0\0\0\x05\0') : '+x');
    const server = await rawServer((socket) => {
      const more = () => {
        while (socket.write(flood));
      };
      socket.on('drain', more);
      more();
    });
    t.match(await ask(kind, { ...address, port: server.port }), {
      up: false,
      reason: 'size',
      message: 'the server sent more than 16 MiB',
    });
    await server.stop();
  });

  t.test(`${kind}: no server, and no such name`, async (t) => {
    t.match(await ask(kind, { ...address, port: await closedPort() }), { reason: 'connect', level: 'critical' });
    t.match(await ask(kind, { ...address, host: 'nowhere.invalid', port: 1 }), { reason: 'dns', level: 'critical' });
    t.match(await ask(kind, { ...address, port: 1 }, AbortSignal.abort(new DOMException('late', 'TimeoutError'))), {
      reason: 'timeout',
    });
  });
}
