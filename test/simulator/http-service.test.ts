import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import t, { type Test } from 'tap';
import { jsonAnswer, type ReceivedRequest } from '../../simulator/exchange.js';
import type { Fault } from '../../simulator/faults.js';
import {
  Freezer,
  type HttpServiceOptions,
  requestListener,
  upstreamCall,
  upstreamCalls,
  upstreamFailure,
} from '../../simulator/http-service.js';
import { ManualClock } from '../support/manual-clock.js';
import { ask, askJson } from './ask.js';

/** A service that says what it has received. */
async function start(t: Test, options: Partial<HttpServiceOptions> = {}) {
  const clock = new ManualClock();
  const faults: { current: Fault | undefined } = { current: undefined };
  const listener = requestListener({
    clock,
    handle: ({ method, path, query, body, peer, arrivedAtSeconds }) =>
      jsonAnswer(200, { method, path, query: [...query], bytes: body.length, peer, arrivedAtSeconds }),
    faultFor: () => faults.current,
    isHealthPath: (path) => path === '/health',
    latencySeconds: () => 0,
    ...options,
  });
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { clock, faults, port, url: `http://127.0.0.1:${port}` };
}

t.test('the backend calls its upstream as often as recorded, for queries with credentials only', async (t) => {
  const calls = (path: string, headers: ReceivedRequest['headers'] = { authorization: 'Bearer x' }) =>
    upstreamCalls({ path, headers });
  const table: readonly (readonly [path: string, count: number])[] = [
    ['/tasks', 1],
    ['/analytics/task-completion', 4],
    ['/analytics/agent-performance', 4],
    ['/analytics/executive-dashboard', 8],
    ['/health', 0],
    ['/auth/me', 0],
    ['/agents', 0],
    ['/agents/suggest', 0],
    ['/pm/analyze', 0],
    ['/users/admin/stats', 0],
  ];
  for (const [path, count] of table) {
    t.equal(calls(path), count, path);
    t.equal(calls(path, {}), 0, `${path} without credentials`);
  }
});

t.test('a query blocks the backend for as long as recorded: 2 s a call, 3 s refused, 93 s hanging', async (t) => {
  t.same(upstreamCall({ kind: 'upstream-slow', seconds: 2 }, 4), { seconds: 8, isAnswered: true });
  t.same(upstreamCall({ kind: 'upstream-refuse' }, 4), { seconds: 3, isAnswered: false });
  t.same(upstreamCall({ kind: 'upstream-hang' }, 4), { seconds: 93, isAnswered: false });
  t.same(upstreamCall({ kind: 'freeze', seconds: 8 }, 4), { seconds: 8, isAnswered: true });
  for (const fault of [undefined, { kind: '500' }, { kind: 'slow', seconds: 2 }] as const)
    t.equal(upstreamCall(fault, 4), undefined);
  for (const fault of [{ kind: 'upstream-hang' }, { kind: 'freeze', seconds: 8 }] as const)
    t.equal(upstreamCall(fault, 0), undefined, 'requests without the upstream do not block');
  const { status, body } = upstreamFailure();
  t.equal(status, 500);
  t.match(JSON.parse(String(body)), { detail: /^Failed to fetch tasks: .* with url: \/.*limit=1000/ });
});

t.test('nothing else is answered while a query hangs, and the query fails in the end', async (t) => {
  const { clock, faults, url } = await start(t, { upstreamCalls });
  const other = await start(t);
  faults.current = { kind: 'upstream-hang' };
  const token = 'x';
  const seen: string[] = [];
  const note = async (name: string, options = {}) => {
    const { status, body } = await ask(url + name, options);
    seen.push(`${name} ${status} at ${clock.monotonicSeconds()} s`);
    return body;
  };
  const tasks = note('/tasks', { token });
  await clock.timerSet();
  const health = note('/health');
  clock.advance(92.9);
  // Whole exchanges with another service. Any other answer would have arrived before their end.
  for (let round = 0; round < 3; round += 1) await ask(other.url);
  t.same(seen, []);
  clock.advance(0.1);
  t.match(await tasks, 'Failed to fetch tasks');
  t.match(await health, '"path":"/health"');
  t.same([...seen].sort(), ['/health 200 at 93 s', '/tasks 500 at 93 s']);
  faults.current = { kind: 'upstream-slow', seconds: 2 };
  const slow = note('/analytics/task-completion', { token });
  await clock.timerSet();
  clock.advance(8);
  t.match(await slow, '"path":"/analytics/task-completion"', 'a slow upstream answers in the end');
});

t.test('requests that freeze the process do it one after the other', async (t) => {
  const clock = new ManualClock();
  const freezer = new Freezer(clock);
  const seen: string[] = [];
  const pass = (name: string, seconds?: number) =>
    freezer.pass(seconds).then(() => seen.push(`${name} ${clock.monotonicSeconds()}`));
  await pass('free');
  const all = [pass('first', 5), pass('second', 5), pass('other')];
  await clock.pass(4.9);
  t.same(seen, ['free 0']);
  await clock.pass(0.1);
  t.match(seen.slice(1), ['first 5']);
  await clock.pass(5);
  await Promise.all(all);
  t.ok(seen.includes('second 10'));
});

t.test('a request arrives complete: method, path, query, body, address and time', async (t) => {
  const { clock, url } = await start(t);
  clock.advance(7);
  const said = { method: 'GET', query: [], bytes: 0, peer: '127.0.0.1', arrivedAtSeconds: 7 };
  t.same((await askJson(`${url}/a/b?x=1&y=?2`)).value, {
    ...said,
    path: '/a/b',
    query: [
      ['x', '1'],
      ['y', '?2'],
    ],
  });
  t.same((await askJson(`${url}//x`)).value, { ...said, path: '//x' }, 'not a host');
  t.same((await askJson(url, { method: 'POST', body: 'x'.repeat(65_536) })).value, {
    ...said,
    method: 'POST',
    path: '/',
    bytes: 65_536,
  });
  t.same(await askJson(url, { method: 'POST', body: 'x'.repeat(65_537) }), {
    status: 413,
    value: { detail: 'Request body too large' },
  });
  const head = await ask(url, { method: 'HEAD' });
  t.equal(head.body, '');
  t.ok(Number(head.headers['content-length']) > 20, 'with the length that the body would have');
});

t.test('only its health says that a service is ill, in its own words if it has some', async (t) => {
  const plain = await start(t);
  for (const [kind, status] of [
    ['degraded', 503],
    ['unhealthy', 200],
  ] as const) {
    plain.faults.current = { kind };
    t.same(await askJson(`${plain.url}/health`), { status, value: { status: kind } });
    t.equal((await askJson(`${plain.url}/tasks`)).status, 200);
  }
  const own = await start(t, { illness: (word, path) => ({ word, path }) });
  own.faults.current = { kind: 'degraded' };
  t.same(await askJson(`${own.url}/health`), { status: 503, value: { word: 'degraded', path: '/health' } });
});

t.test('a fault adds to the usual time of an answer, and a client that has gone is forgotten', async (t) => {
  let handled = 0;
  const { clock, faults, port, url } = await start(t, {
    latencySeconds: (path) => (path === '/slow' ? 1 : 0),
    handle: () => {
      handled += 1;
      return jsonAnswer(200, {});
    },
  });
  t.equal((await ask(`${url}/fast`)).status, 200, 'without a timer');
  faults.current = { kind: 'slow', seconds: 2 };
  const slow = ask(`${url}/slow`);
  await clock.timerSet();
  clock.advance(2.9);
  t.equal(clock.waiting, 1);
  clock.advance(0.1);
  t.equal((await slow).status, 200);
  t.equal(handled, 2);

  const gone = connect(port, '127.0.0.1');
  gone.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
  await clock.timerSet();
  gone.destroy();
  while (clock.waiting > 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(10);
  faults.current = undefined;
  await ask(`${url}/fast`);
  t.equal(handled, 3, 'nothing is done for a client that has gone');
});

t.test('a handler that fails closes the connection without an answer', async (t) => {
  const { url } = await start(t, { handle: () => Promise.reject(new Error('broken')) });
  await t.rejects(ask(url), { code: 'ECONNRESET' });
});
