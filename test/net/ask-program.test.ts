import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { askProgram } from '../../src/net/ask-program.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { httpSettings } from '../support/config.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';

const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };

/** Asks a program at this port for a path. */
const ask = (port: number, timeoutSeconds = 10) =>
  askProgram(
    { url: `http://127.0.0.1:${port}/prefix`, http: httpSettings(), timeoutSeconds, intervalSeconds: 60 },
    '/api/v2/status',
    { name: 'Alertmanager', section: 'alertmanager' },
    prober,
    AbortSignal.timeout(20_000),
  );

async function program(t: Test, answer: (socket: Socket, request: string) => void) {
  const server = await rawServer(answer);
  t.teardown(() => server.stop());
  return server.port;
}

t.test('the path of the request follows the path prefix of the URL', async (t) => {
  let asked = '';
  const port = await program(t, (socket, request) => {
    asked = request.split('\r\n')[0] ?? '';
    socket.end(httpAnswer('{"status":"success"}'));
  });
  t.strictSame(await ask(port), { status: 'success' });
  t.equal(asked, 'GET /prefix/api/v2/status HTTP/1.1');
});

t.test('the message about a failure names the option to check', async (t) => {
  const answers: readonly (readonly [
    answer: Buffer,
    expected: { readonly reason: string; readonly message: string | RegExp },
  ])[] = [
    [
      httpAnswer('', { code: 401 }),
      { reason: 'auth', message: '401: Alertmanager does not accept the credentials; check alertmanager.auth' },
    ],
    [
      httpAnswer('', { code: 403 }),
      { reason: 'auth', message: '403: Alertmanager does not accept the credentials; check alertmanager.auth' },
    ],
    [
      httpAnswer('{}', { code: 404 }),
      {
        reason: 'status',
        message: '404: this is not Alertmanager, or its path prefix is missing; check alertmanager.url',
      },
    ],
    [httpAnswer('{}', { code: 204 }), { reason: 'status', message: /^204: this is not Alertmanager/ }],
    [httpAnswer('<html>'), { reason: 'json', message: 'the answer is not JSON; check alertmanager.url' }],
    [httpAnswer(''), { reason: 'json', message: /not JSON/ }],
  ];
  for (const [answer, expected] of answers) {
    const port = await program(t, (socket) => socket.end(answer));
    await t.rejects(ask(port), expected);
  }
  await t.rejects(ask(await closedPort()), { reason: 'connect', message: /^connection refused/ });
});

t.test('a request without an answer fails at the deadline', async (t) => {
  const port = await program(t, () => {});
  await t.rejects(ask(port, 0.05), { reason: 'timeout', message: /deadline/ });
});
