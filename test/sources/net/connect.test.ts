import t from 'tap';
import { connectAny } from '../../../src/sources/net/connect.js';
import { type Address, createResolver } from '../../../src/sources/net/resolve.js';
import { closedPort, rawServer } from '../../support/raw-server.js';

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

t.test('what this machine lacks for a look-up is not said of the component', async (t) => {
  const resolve = createResolver(async () => Promise.reject(Object.assign(new Error('x'), { code: 'EMFILE' })));
  await t.rejects(resolve('a'), { reason: 'internal', message: /^cannot resolve a: no file descriptor left: / });
});
