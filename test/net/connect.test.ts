import { getEventListeners } from 'node:events';
import t from 'tap';
import { connectAny } from '../../src/net/connect.js';
import { type Address, createResolver, literalAddress } from '../../src/net/resolve.js';
import { fakeSockets } from '../support/fake-sockets.js';
import { run } from '../support/programs.js';
import { closedPort, deafServer, rawServer } from '../support/raw-server.js';
import { until } from '../support/until.js';

const v4: Address = { address: '127.0.0.1', family: 4 };
const other: Address = { address: '127.0.0.2', family: 4 };
const v6: Address = { address: '::1', family: 6 };
const never = new AbortController().signal;

t.test('tries the other IP version at once when the first is refused', async (t) => {
  const server = await rawServer(() => {});
  const { socket, address } = await connectAny([v6, v4], server.port, never);
  t.same(address, v4);
  socket.destroy();
  await server.stop();
});

t.test('uses the first address if it answers', async (t) => {
  const server = await rawServer(() => {}, { host: '::' });
  const { socket, address } = await connectAny([v6, v4], server.port, never);
  t.same(address, v6);
  socket.destroy();
  await server.stop();
});

t.test('reports why the last address failed when all have failed', async (t) => {
  const port = await closedPort();
  await t.rejects(connectAny([v6, v4, other], port, never), { reason: 'connect', message: /^connection refused by / });
  await t.rejects(connectAny([], port, never), { reason: 'connect', message: 'the name has no address' });
});

/** The number of sockets of this process. */
const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

t.test('a dead address costs a quarter of a second, and is dropped when another answers', async (t) => {
  const server = await rawServer(() => {});
  const dead = await deafServer('::1', server.port);
  t.teardown(() => Promise.all([server.stop(), dead.stop()]));
  const before = sockets();
  const startedAt = performance.now();
  // The first IPv4 address comes before the second IPv6 address.
  const { socket, address } = await connectAny([v6, v6, v4], server.port, never);
  const tookMilliseconds = performance.now() - startedAt;
  t.same(address, v4);
  t.ok(tookMilliseconds > 240, `after ${tookMilliseconds} ms`);
  await until('the connection and its other end are all that is left', () => sockets() === before + 2);
  socket.destroy();
  await until('nothing is left', () => sockets() === before);
  t.equal(server.accepted(), 1);
});

t.test('silent attempts end with the signal and leave nothing behind', async (t) => {
  const dead = await deafServer('127.0.0.1');
  t.teardown(() => dead.stop());
  const before = sockets();
  const controller = new AbortController();
  const connecting = connectAny([v4, v4, v4], dead.port, controller.signal);
  await until('two attempts are under way', () => sockets() === before + 2);
  const reason = new Error('enough');
  controller.abort(reason);
  await t.rejects(connecting, reason);
  await until('nothing is left', () => sockets() === before);
});

const address = (text: string): Address => ({ address: text, family: text.includes(':') ? 6 : 4 });
const failing = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

t.test('both IP versions are tried in turn, a quarter of a second apart', async (t) => {
  const { made, clock } = fakeSockets(t);
  const addresses = ['fd00::1', 'fd00::2', '10.0.0.1', '10.0.0.2', '10.0.0.3'].map(address);
  const controller = new AbortController();
  const connecting = connectAny(addresses, 443, controller.signal);
  const tried = () => made.map(({ options }) => options['host']);
  t.same(tried(), ['fd00::1']);
  t.match(made[0]?.options, { port: 443, autoSelectFamily: false, noDelay: true });
  clock.advance(0.249);
  t.same(tried(), ['fd00::1']);
  clock.advance(0.001);
  t.same(tried(), ['fd00::1', '10.0.0.1']);
  clock.advance(0.25);
  made[0]?.socket.emit('error', failing('ECONNREFUSED'));
  t.same(tried(), ['fd00::1', '10.0.0.1', 'fd00::2', '10.0.0.2'], 'after a failure the next one begins at once');
  clock.advance(0.249);
  t.equal(made.length, 4, 'it has its own quarter of a second');
  clock.advance(0.001);
  t.same(tried(), ['fd00::1', '10.0.0.1', 'fd00::2', '10.0.0.2', '10.0.0.3']);
  t.equal(clock.waiting, 0, 'without another address nothing waits');
  controller.abort(new Error('enough'));
  await t.rejects(connecting, { message: 'enough' });
});

t.test('the first address that answers is used, and the others leave nothing behind', async (t) => {
  const { made, clock } = fakeSockets(t);
  const { signal } = new AbortController();
  const connecting = connectAny(['fd00::1', '10.0.0.1', 'fd00::2'].map(address), 443, signal);
  clock.advance(0.25);
  const [loser, winner] = made.map(({ socket }) => socket);
  if (loser === undefined || winner === undefined) throw new Error('two should be under way');
  winner.emit('connect');
  const { socket, address: reached } = await connecting;
  t.equal(socket, winner);
  t.same(reached, address('10.0.0.1'));
  t.same([winner.destroyed, loser.destroyed], [false, true]);
  t.same([winner.listenerCount('error'), winner.listenerCount('connect')], [0, 0], 'its errors go to its user');
  t.equal(loser.listenerCount('connect'), 0);
  t.equal(loser.listenerCount('error'), 1);
  loser.emit('error', failing('ECONNRESET'));
  t.equal(clock.waiting, 0);
  t.equal(made.length, 2);
  t.same(getEventListeners(signal, 'abort'), []);
});

t.test('connecting fails when all addresses have failed, not while one is still silent', async (t) => {
  const { made, clock } = fakeSockets(t);
  const { signal } = new AbortController();
  let outcome = 'under way';
  const connecting = connectAny(['10.0.0.1', 'fd00::1'].map(address), 443, signal);
  connecting.catch((error: Error) => (outcome = error.message));
  clock.advance(0.25);
  made[1]?.socket.emit('error', failing('ECONNREFUSED'));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(outcome, 'under way');
  t.equal(made[1]?.socket.listenerCount('connect'), 0);
  made[0]?.socket.emit('error', failing('ETIMEDOUT'));
  await t.rejects(connecting, { reason: 'connect', message: '10.0.0.1:443 does not answer' });
  t.same(getEventListeners(signal, 'abort'), []);
});

t.test('each failure has a reason and a message', async (t) => {
  const { made } = fakeSockets(t);
  const table = [
    ['10.0.0.1', 'ECONNREFUSED', 'connect', 'connection refused by 10.0.0.1:443'],
    ['fd00::1', 'ECONNREFUSED', 'connect', 'connection refused by [fd00::1]:443'],
    ['10.0.0.1', 'EHOSTUNREACH', 'connect', 'no route to 10.0.0.1:443'],
    ['10.0.0.1', 'ENETUNREACH', 'connect', 'no route to 10.0.0.1:443'],
    ['10.0.0.1', 'ETIMEDOUT', 'connect', '10.0.0.1:443 does not answer'],
    ['10.0.0.1', 'EADDRNOTAVAIL', 'connect', 'cannot connect to 10.0.0.1:443: EADDRNOTAVAIL'],
    ['10.0.0.1', undefined, 'connect', 'cannot connect to 10.0.0.1:443: unknown error'],
    [
      '10.0.0.1',
      'EMFILE',
      'internal',
      'no file descriptor left to connect to 10.0.0.1:443: raise the limit of open files, or lower concurrency',
    ],
    [
      '10.0.0.1',
      'ENFILE',
      'internal',
      'no file descriptor left to connect to 10.0.0.1:443: raise the limit of open files, or lower concurrency',
    ],
    ['10.0.0.1', 'ENOBUFS', 'internal', 'cannot connect to 10.0.0.1:443: ENOBUFS'],
    ['10.0.0.1', 'ENOMEM', 'internal', 'cannot connect to 10.0.0.1:443: ENOMEM'],
  ] as const;
  for (const [host, code, reason, message] of table) {
    const connecting = connectAny([address(host)], 443, never);
    const cause = code === undefined ? new Error('x') : failing(code);
    made.at(-1)?.socket.emit('error', cause);
    await t.rejects(connecting, { reason, message, cause });
  }
});

t.test('missing file descriptors of this machine are not a fault of the other side', async (t) => {
  const server = await rawServer(() => {});
  t.teardown(() => server.stop());
  const connectModule = new URL('../../src/net/connect.js', import.meta.url).href;
  const program = `
    import { openSync } from 'node:fs';
    import { connectAny } from '${connectModule}';
    const connect = () => connectAny([{ address: '127.0.0.1', family: 4 }], ${server.port}, new AbortController().signal).then(({ socket }) => (socket.destroy(), 'connected'), ({ reason, message }) => reason + ' ' + message);
    const found = [await connect()];
    try { for (;;) openSync('/dev/null'); } catch {}
    found.push(await connect());
    console.log(found.join('; '));`;
  const { stdout } = run('sh', [
    '-c',
    'ulimit -n 64; exec "$0" --input-type=module -e "$1"',
    process.execPath,
    program,
  ]);
  t.equal(
    stdout.trim(),
    `connected; internal no file descriptor left to connect to 127.0.0.1:${server.port}: raise the limit of open files, or lower concurrency`,
  );
});

t.test('ends with the reason of the signal, before and during the attempt', async (t) => {
  const server = await rawServer(() => {});
  const reason = new Error('enough');
  await t.rejects(connectAny([v4], server.port, AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const connecting = connectAny([v4], server.port, controller.signal);
  controller.abort(reason);
  await t.rejects(connecting, reason);
  t.equal(server.accepted() <= 1, true);
  await server.stop();
});

t.test('a name that several probes need at once is resolved once, and again the next time', async (t) => {
  let asked = 0;
  const resolve = createResolver(async () => (asked++, [{ address: '127.0.0.1', family: 4 }]));
  t.same(await Promise.all([resolve('a'), resolve('a'), resolve('a')]), [[v4], [v4], [v4]]);
  t.equal(asked, 1);
  await resolve('a');
  t.equal(asked, 2, 'an answer is not kept');
});

t.test('a name has all addresses that the system returns, and an IP address is itself', async (t) => {
  const found = await createResolver()('localhost');
  t.ok(found.length > 0);
  for (const one of found)
    t.ok(['127.0.0.1', '::1'].includes(one.address) && one.family === (one.address === '::1' ? 6 : 4));
  const odd = createResolver(async () => [
    { address: '::1', family: 6 },
    { address: 'what?', family: 0 },
    { address: '127.0.0.1', family: 4 },
  ]);
  t.same(await odd('a'), [v6, v4], 'in the order of the system');
  t.same(['127.0.0.1', '::1', 'localhost', '127.1'].map(literalAddress), [v4, v6, undefined, undefined]);
});

t.test('a failed look-up has the reason dns and a message, and is not remembered', async (t) => {
  const failures = [
    Object.assign(new Error('x'), { code: 'ENOTFOUND' }),
    Object.assign(new Error('x'), { code: 'EAI_AGAIN' }),
    new Error('x'),
  ];
  const resolve = createResolver(async () => Promise.reject(failures.shift()));
  await t.rejects(resolve('a'), { reason: 'dns', message: 'cannot resolve a: no such host' });
  await t.rejects(resolve('a'), { reason: 'dns', message: 'cannot resolve a: the name server does not answer' });
  await t.rejects(resolve('a'), { reason: 'dns', message: 'cannot resolve a: look-up failed' });
});

t.test('a look-up that fails for lack of resources is not a fault of the component', async (t) => {
  for (const [code, words] of [
    ['EMFILE', /^cannot resolve a: no file descriptor left: /],
    ['ENFILE', /^cannot resolve a: no file descriptor left: /],
    ['ENOMEM', /^cannot resolve a: ENOMEM$/],
  ] as const) {
    const cause = failing(code);
    await t.rejects(createResolver(async () => Promise.reject(cause))('a'), {
      reason: 'internal',
      message: words,
      cause,
    });
  }
});
