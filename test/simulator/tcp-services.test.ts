import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { Fault } from '../../simulator/faults.js';
import { createPostgres, createRedis, Port } from '../../simulator/tcp-services.js';
import { systemCodeOf } from '../../src/base/errors.js';
import { ManualClock } from '../support/manual-clock.js';
import { dial } from './ask.js';

/** The open port of a server. */
async function open(t: Test, server: Server): Promise<Port> {
  const port = new Port(server, 0);
  await port.open();
  t.teardown(() => port.close());
  return port;
}

/** Resolves when a connection has ended, also by a reset. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.on('error', () => {}).once('close', () => resolve()));
}

/** A connection to Redis that collects what it says. */
async function connectRedis(t: Test) {
  const clock = new ManualClock();
  const faults: { current: Fault | undefined } = { current: undefined };
  const port = await open(
    t,
    createRedis(clock, () => faults.current),
  );
  const socket = await dial(port.number);
  t.teardown(() => socket.destroy());
  let received = '';
  socket.on('data', (bytes: Buffer) => (received += bytes.toString()));
  /** Sends this, and waits until as many characters as these have come. */
  const talk = async (words: string, expected: string) => {
    received = '';
    socket.write(words);
    while (received.length < expected.length) await once(socket, 'data');
    t.equal(received, expected, JSON.stringify(words));
  };
  return { clock, faults, socket, talk, said: () => received };
}

t.test('redis answers PING in both forms, and refuses every other command by name', async (t) => {
  const { talk, socket } = await connectRedis(t);
  await talk('PING\r\n', '+PONG\r\n');
  await talk('ping\n', '+PONG\r\n');
  await talk('ping hello\r\n', '+PONG\r\n');
  await talk('*1\r\n$4\r\npInG\r\n', '+PONG\r\n');
  await talk('get x\r\n', "-ERR unknown command 'GET'\r\n");
  await talk('*3\r\n$3\r\nSET\r\n$4\r\nPING\r\n$2\r\n\r\n\r\n', "-ERR unknown command 'SET'\r\n");
  await talk('*0\r\nPING\r\n', "-ERR unknown command ''\r\n+PONG\r\n");
  await talk('PING\r\n*1\r\n$4\r\nPING\r\nx\r\n', "+PONG\r\n+PONG\r\n-ERR unknown command 'X'\r\n");
  for (const piece of ['*1', '\r\n', '$4', '\r\nPI', 'NG', '\r']) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await talk('\n', '+PONG\r\n');
});

t.test('redis answers late or never with a fault, and forgets who has gone', async (t) => {
  const { clock, faults, socket, talk, said } = await connectRedis(t);
  faults.current = { kind: 'slow', seconds: 2 };
  const late = talk('PING\r\n', '+PONG\r\n');
  await clock.timerSet();
  clock.advance(1.9);
  t.equal(clock.waiting, 1);
  t.equal(said(), '');
  clock.advance(0.1);
  await late;
  faults.current = { kind: 'hang' };
  socket.write('PING\r\n');
  // Whole exchanges with another one. Any other answer would have arrived before their end.
  const other = await connectRedis(t);
  for (let round = 0; round < 3; round += 1) await other.talk('PING\r\n', '+PONG\r\n');
  t.same([said(), clock.waiting], ['+PONG\r\n', 0]);
  faults.current = { kind: 'slow', seconds: 2 };
  socket.write('PING\r\n');
  await clock.timerSet();
  socket.destroy();
  while (clock.waiting > 0) await new Promise((resolve) => setImmediate(resolve));
});

t.test('redis closes the connection of a client that sends too much without a command', async (t) => {
  const { socket, talk } = await connectRedis(t);
  await talk(`${'x'.repeat(4000)}\r\n`, `-ERR unknown command '${'X'.repeat(4000)}'\r\n`);
  const closed = closing(socket);
  socket.write('x'.repeat(5000));
  await closed;
});

t.test('postgres reads everything, and never answers', async (t) => {
  const port = await open(t, createPostgres());
  const socket = await dial(port.number);
  socket.on('data', () => t.fail('it answers'));
  const closed = closing(socket);
  await new Promise<void>((resolve) => socket.write(Buffer.alloc(4 << 20), () => resolve()));
  t.equal(socket.bytesWritten, 4 << 20);
  await port.close();
  await closed;
});

t.test('a port keeps its number, refuses while it is closed, and cuts its connections', async (t) => {
  const port = new Port(createPostgres(), 0);
  t.same([port.number, port.isOpen], [0, false]);
  await port.close();
  await port.open();
  const { number } = port;
  t.ok(number > 0 && port.isOpen);
  const sockets = await Promise.all([dial(number), dial(number)]);
  const closed = Promise.all(sockets.map(closing));
  await port.close();
  await closed;
  t.notOk(port.isOpen);
  t.equal(await dial(number).catch(systemCodeOf), 'ECONNREFUSED');
  await port.reopen();
  await port.reopen();
  t.same([port.number, port.isOpen], [number, true]);
  (await dial(number)).destroy();
  await port.close();
});

t.test('a port opens again when another program leaves it within a second', async (t) => {
  const server = createPostgres();
  const port = new Port(server, 0);
  await port.open();
  await port.close();
  const thief = createServer().listen(port.number, '127.0.0.1');
  await once(thief, 'listening');
  let attempts = 0;
  server.on('error', () => {
    attempts += 1;
    thief.close();
  });
  await port.reopen();
  t.ok(port.isOpen);
  t.ok(attempts >= 1 && attempts < 5, `${attempts} attempts failed`);
  await port.close();
});

t.test('a port that cannot be opened is named with the reason', async (t) => {
  const taken = await open(t, createPostgres());
  await t.rejects(new Port(createPostgres(), taken.number).open(), {
    code: 'port_in_use',
    message: `port ${taken.number} on 127.0.0.1 is already in use`,
  });
  await t.rejects(new Port(createPostgres(), 4711, '192.0.2.1').open(), {
    code: 'listen_failed',
    message: /^cannot listen on 192\.0\.2\.1:4711: .*EADDRNOTAVAIL/,
  });
});

t.test('a connection that breaks does not end the program', async (t) => {
  const server = createPostgres();
  const port = await open(t, server);
  const accepted = once(server, 'connection');
  const client = await dial(port.number);
  const [socket] = (await accepted) as [Socket];
  const closed = new Promise((resolve) => socket.once('close', resolve));
  client.resetAndDestroy();
  await closed;
  t.ok(socket.destroyed);
});
