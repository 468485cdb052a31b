import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { clientOf } from '../../src/http/connections.js';
import { startServer } from '../../src/http/server.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordedLog } from '../support/recorded-log.js';
import { documented, fixtureService, reading } from '../support/service-fixture.js';
import { until } from '../support/until.js';

/** A server whose `/probe` answers when the test says so. */
async function serve(t: Test) {
  let finish = () => {};
  const held = new Promise<void>((resolve) => (finish = resolve));
  const probe = async () => (await held, { reading: reading('backend'), render: () => 'done\n' });
  const service = fixtureService({ components: documented, readings: [reading('backend')], probe });
  const server = await startServer(service, {
    host: '127.0.0.1',
    port: 0,
    telemetryPath: '/metrics',
    version: '1',
    log: new RecordedLog(),
    clock: new ManualClock(),
  });
  t.teardown(() => server.stop());
  const opened: Socket[] = [];
  t.teardown(() => opened.forEach((socket) => socket.destroy()));
  /** From any loopback address; there are sixteen million. */
  const open = async (localAddress: string) => {
    const socket = connect({ port: server.port, host: '127.0.0.1', localAddress }).on('error', () => {});
    opened.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  const openMany = (count: number, localAddress: string) =>
    Promise.all(Array.from({ length: count }, () => open(localAddress)));
  /** The first line of the answer over this connection. */
  const get = async (socket: Socket, path: string) => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const [answer] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])) as [
      Buffer | string,
    ];
    return answer.toString().split('\r\n')[0];
  };
  return { open, openMany, get, finish };
}

/** The number of connections that the server has not closed. */
const openOf = (sockets: readonly Socket[]) => sockets.filter((socket) => !socket.resume().destroyed).length;

const busy = (socket: Socket) => socket.write('GET /probe?target=backend HTTP/1.1\r\nHost: localhost\r\n\r\n');

t.test('255 idle connections of one client block nobody, not even this client', async (t) => {
  const { open, openMany, get } = await serve(t);
  const prometheus = await open('127.0.0.2');
  t.equal(await get(prometheus, '/metrics'), 'HTTP/1.1 200 OK');
  await openMany(255, '127.0.0.3');
  for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.4'])
    t.equal(await get(await open(address), '/metrics'), 'HTTP/1.1 200 OK', address);
  t.equal(await get(prometheus, '/metrics'), 'HTTP/1.1 200 OK', 'and nobody loses a connection');
});

t.test('when there are too many connections, the client with the most loses idle ones', async (t) => {
  const { open, openMany, get } = await serve(t);
  const kept = await openMany(100, '127.0.0.2');
  const many = await openMany(127, '127.0.0.3');
  await openMany(40, '127.0.0.4');
  t.equal(await get(await open('127.0.0.5'), '/metrics'), 'HTTP/1.1 200 OK');
  await until('all but 256 are closed', () => openOf(many) === 127 - (100 + 127 + 40 + 1 - 256));
  t.same(
    kept.filter(({ destroyed, readableEnded }) => destroyed || readableEnded),
    [],
  );
});

t.test('a client loses its oldest idle connection, never one with a running answer', async (t) => {
  const { open, openMany, get, finish } = await serve(t);
  const [first, second, ...others] = await openMany(128, '127.0.0.3');
  if (first === undefined || second === undefined) throw new Error('no connections');
  for (const socket of others) busy(socket);
  t.equal(await get(first, '/metrics'), 'HTTP/1.1 200 OK');
  const gone = once(second.resume(), 'close');
  t.equal(await get(await open('127.0.0.3'), '/metrics'), 'HTTP/1.1 200 OK');
  await gone;
  t.equal(first.destroyed, false);
  finish();
});

t.test('if no connection is idle, a new client is refused, but health checks are still answered', async (t) => {
  const { open, openMany, get, finish } = await serve(t);
  const answered = (await openMany(128, '127.0.0.3')).map((socket) => (busy(socket), once(socket, 'data')));
  // Its answer shows that the connections before it have arrived.
  await get(await open('127.0.0.2'), '/-/healthy');
  for (const path of ['/metrics', '/'])
    t.equal(await get(await open('127.0.0.3'), path), 'HTTP/1.1 503 Service Unavailable', path);
  const turnedAway = await openMany(40, '127.0.0.3');
  await until('no more than the reserve is kept', () => openOf(turnedAway) === 16);
  for (const path of ['/-/healthy', '/-/ready'])
    t.equal(await get(await open('127.0.0.3'), path), 'HTTP/1.1 200 OK', path);
  t.equal(await get(await open('127.0.0.4'), '/metrics'), 'HTTP/1.1 200 OK', 'other clients have room');
  finish();
  t.equal((await Promise.all(answered)).length, 128, 'every answer was complete');
});

t.test('a client is an IPv4 address or an IPv6 network', async (t) => {
  t.equal(clientOf('192.0.2.1'), '192.0.2.1');
  t.equal(clientOf('::ffff:192.0.2.1'), '192.0.2.1');
  t.equal(clientOf('::FFFF:192.0.2.1'), '192.0.2.1');
  t.equal(clientOf('::ffff:c000:201'), '0:0:0:0::/64');
  t.equal(clientOf('1::ffff:192.0.2.1'), '1:0:0:0::/64');
  t.equal(clientOf('2001:db8::'), '2001:db8:0:0::/64');
  t.equal(clientOf('2001:db8:1:2:3:4:5::'), '2001:db8:1:2::/64');
  t.equal(clientOf('::'), '0:0:0:0::/64');
  t.equal(clientOf('::1:2:3:4:5:6:7'), '0:1:2:3::/64');
  t.equal(clientOf('1::2:3:4:5:6:7'), '1:0:2:3::/64');
  t.equal(clientOf('1:2:3:4:5:6:192.0.2.1'), '1:2:3:4::/64');
  t.equal(clientOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  t.equal(clientOf('2001:db8:1:2::9'), '2001:db8:1:2::/64');
  t.equal(clientOf('2001:db8::9'), '2001:db8:0:0::/64');
  t.equal(clientOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
  t.equal(clientOf('::1'), '0:0:0:0::/64');
  t.equal(clientOf(undefined), '');
});
