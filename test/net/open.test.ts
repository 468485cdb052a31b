import { getEventListeners } from 'node:events';
import t from 'tap';
import { openConnection } from '../../src/net/connect.js';
import { newMeasurement } from '../../src/net/measurement.js';
import type { Resolve } from '../../src/net/resolve.js';
import { closedPort, rawServer } from '../support/raw-server.js';

const never = new AbortController().signal;
const loopback: Resolve = async () => [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

t.test('the look-up of a name is timed, an address needs none, and both report the address used', async (t) => {
  const server = await rawServer(() => {});
  t.teardown(() => server.stop());
  const log: string[] = [];
  const named = newMeasurement(log);
  const { signal } = new AbortController();
  (await openConnection('crm.example', server.port, { resolve: loopback }, named, signal)).destroy();
  t.same(getEventListeners(signal, 'abort'), []);
  t.strictSame(Object.keys(named.phases), ['dns', 'connect']);
  t.equal(named.ipProtocol, 4);
  t.match(log, [
    / crm\.example is 127\.0\.0\.1, ::1$/,
    new RegExp(` connected to 127\\.0\\.0\\.1 port ${server.port}$`),
  ]);
  const literal = newMeasurement();
  const unasked: Resolve = async () => Promise.reject(new Error('it was asked'));
  (await openConnection('127.0.0.1', server.port, { resolve: unasked }, literal, never)).destroy();
  t.strictSame(Object.keys(literal.phases), ['connect']);
});

t.test('a failed attempt has the times of the phases that it reached', async (t) => {
  const unknown = newMeasurement();
  await t.rejects(
    openConnection(
      'crm.example',
      1,
      { resolve: async () => Promise.reject(new Error('no such host')) },
      unknown,
      never,
    ),
    { message: 'no such host' },
  );
  t.strictSame(Object.keys(unknown.phases), ['dns']);
  const refused = newMeasurement();
  await t.rejects(openConnection('crm.example', await closedPort(), { resolve: loopback }, refused, never), {
    reason: 'connect',
    message: /refused/,
  });
  t.strictSame(Object.keys(refused.phases), ['dns', 'connect']);
  t.equal(refused.ipProtocol, undefined);
});

t.test('a hanging name server is not waited for after the signal, and its late error is ignored', async (t) => {
  const reason = new Error('enough');
  let fail = (_error: Error) => {};
  const hanging: Resolve = () => new Promise((_resolve, reject) => (fail = reject));
  const controller = new AbortController();
  const measurement = newMeasurement();
  const opening = openConnection('crm.example', 1, { resolve: hanging }, measurement, controller.signal);
  controller.abort(reason);
  await t.rejects(opening, reason);
  t.same(getEventListeners(controller.signal, 'abort'), []);
  t.strictSame(Object.keys(measurement.phases), ['dns']);
  fail(new Error('too late'));
  await t.rejects(
    openConnection('crm.example', 1, { resolve: hanging }, newMeasurement(), AbortSignal.abort(reason)),
    reason,
  );
});
