import { once } from 'node:events';
import t from 'tap';
import { connectAny } from '../../../src/sources/net/connect.js';
import { createResolver, type Address } from '../../../src/sources/net/resolve.js';
import { run } from '../../support/programs.js';
import { closedPort, deafServer, rawServer } from '../../support/raw-server.js';
import { until } from '../../support/until.js';

const v4: Address = { address: '127.0.0.1', family: 4 };
const other: Address = { address: '127.0.0.2', family: 4 };
const v6: Address = { address: '::1', family: 6 };
const never = new AbortController().signal;

t.test('takes the other IP version at once when the first is refused', async (t) => {
  const server = await rawServer(() => {});
  const { socket, address } = await connectAny([v6, v4], server.port, never);
  t.same(address, v4);
  socket.destroy();
  await server.stop();
});

t.test('keeps to the first address that is given when it answers', async (t) => {
  const server = await rawServer(() => {}, { host: '::' });
  const { socket, address } = await connectAny([v6, v4], server.port, never);
  t.same(address, v6);
  socket.destroy();
  await server.stop();
});

t.test('says why the last address failed when all have', async (t) => {
  const port = await closedPort();
  await t.rejects(connectAny([v6, v4, other], port, never), { reason: 'connect', message: /^connection refused by / });
  await t.rejects(connectAny([], port, never), { reason: 'connect', message: 'the name has no address' });
});

/** Sockets and timers that this process has. */
const held = (kind: RegExp) => process.getActiveResourcesInfo().filter((name) => kind.test(name)).length;
const sockets = () => held(/^TCPSocketWrap$/);
const timers = () => held(/^Timeout$/);

t.test('an address that leads nowhere costs a quarter of a second, and is given up when another answers', async (t) => {
  const server = await rawServer(() => {});
  const dead = await deafServer('::1', server.port);
  t.teardown(() => Promise.all([server.stop(), dead.stop()]));
  const [before, timersBefore] = [sockets(), timers()];
  const startedAt = performance.now();
  // A second IPv6 address is not tried before the first of IPv4.
  const { socket, address } = await connectAny([v6, v6, v4], server.port, never);
  const tookMilliseconds = performance.now() - startedAt;
  t.same(address, v4);
  t.ok(tookMilliseconds > 240, `after ${tookMilliseconds} ms`);
  t.equal(timers(), timersBefore, 'nobody waits for the next attempt any more');
  await until('the connection and its other end are all that is left', () => sockets() === before + 2);
  socket.destroy();
  await until('nothing is left', () => sockets() === before);
  t.equal(server.accepted(), 1);
});

t.test('attempts that are still silent are given up with the signal, and nothing of them is left', async (t) => {
  const dead = await deafServer('127.0.0.1');
  t.teardown(() => dead.stop());
  const [before, timersBefore] = [sockets(), timers()];
  const controller = new AbortController();
  const connecting = connectAny([v4, v4, v4], dead.port, controller.signal);
  await until('two attempts are under way', () => sockets() === before + 2);
  const reason = new Error('enough');
  controller.abort(reason);
  await t.rejects(connecting, reason);
  t.equal(timers(), timersBefore);
  await until('nothing is left', () => sockets() === before);
});

t.test('one that was refused beside one that is silent does not end it', async (t) => {
  const dead = await deafServer('127.0.0.1');
  t.teardown(() => dead.stop());
  const controller = new AbortController();
  const reason = new Error('enough');
  const connecting = connectAny([v4, v6], dead.port, controller.signal);
  const refused = once(process, 'never', { signal: AbortSignal.timeout(400) }).catch(() => 'still waiting');
  t.equal(await Promise.race([connecting.catch(() => 'ended'), refused]), 'still waiting');
  controller.abort(reason);
  await t.rejects(connecting, reason);
});

t.test('descriptors that this machine has no more of are not a fault of the other side', async (t) => {
  const server = await rawServer(() => {});
  t.teardown(() => server.stop());
  const connectModule = new URL('../../../src/sources/net/connect.js', import.meta.url).href;
  const program = `
    import { openSync } from 'node:fs';
    import { connectAny } from '${connectModule}';
    const connect = () => connectAny([{ address: '127.0.0.1', family: 4 }], ${server.port}, new AbortController().signal).then(({ socket }) => (socket.destroy(), 'connected'), ({ reason, message }) => reason + ' ' + message);
    const found = [await connect()];
    try { for (;;) openSync('/dev/null'); } catch {}
    found.push(await connect());
    console.log(found.join('; '));`;
  const { stdout } = run('sh', ['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, program]);
  t.equal(stdout.trim(), `connected; internal no file descriptor left to connect to 127.0.0.1:${server.port} with: raise the limit, or lower concurrency`);
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

t.test('a name that several probes want at once is looked up once, and again the next time', async (t) => {
  let asked = 0;
  const resolve = createResolver(async () => (asked++, [{ address: '127.0.0.1', family: 4 }]));
  t.same(await Promise.all([resolve('a'), resolve('a'), resolve('a')]), [[v4], [v4], [v4]]);
  t.equal(asked, 1);
  await resolve('a');
  t.equal(asked, 2, 'an answer is not kept');
});

t.test('a look-up that fails has the reason dns, a word for what it was, and is not remembered', async (t) => {
  const failures = [Object.assign(new Error('x'), { code: 'ENOTFOUND' }), Object.assign(new Error('x'), { code: 'EAI_AGAIN' }), new Error('x')];
  const resolve = createResolver(async () => Promise.reject(failures.shift()));
  await t.rejects(resolve('a'), { reason: 'dns', message: 'cannot resolve a: no such host' });
  await t.rejects(resolve('a'), { reason: 'dns', message: 'cannot resolve a: the name server does not answer' });
  await t.rejects(resolve('a'), { reason: 'dns', message: 'cannot resolve a: look-up failed' });
});

t.test('what this machine lacks for a look-up is not said of the component', async (t) => {
  const resolve = createResolver(async () => Promise.reject(Object.assign(new Error('x'), { code: 'EMFILE' })));
  await t.rejects(resolve('a'), { reason: 'internal', message: /^cannot resolve a: no file descriptor left: / });
});
