import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createAuthority } from '../../simulator/certificate.js';
import { endpointReader } from '../support/endpoint-reading.js';
import { missingPython, startPython } from '../support/python-servers.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';
import { localCertificate } from '../support/tls-servers.js';
import { until } from '../support/until.js';

const authority = createAuthority();
const certificate = localCertificate(authority);

/** The reading of an endpoint; `ca.pem` is the authority of these tests. */
const reading = endpointReader(authority);

const realServer = `
import asyncio, ssl, sys, http, websockets
async def check(path, headers):
    if path == '/closed' and headers.get('Authorization') != 'Bearer hunter2':
        return http.HTTPStatus.UNAUTHORIZED, [], b''
    if path == '/gone':
        return http.HTTPStatus.NOT_FOUND, [], b''
async def serve(socket):
    await socket.send('hello ' + socket.path)
    await socket.ping()
    async for message in socket:
        await socket.send('x' * 300 if message == 'long' else ['in ', 'pie', 'ces'] if message == 'pieces' else 'you said ' + message)
    print('closed with', socket.close_code)
async def main():
    context = None
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
    async with websockets.serve(serve, '127.0.0.1', 0, process_request=check, ssl=context) as server:
        print('port', server.sockets[0].getsockname()[1])
        await asyncio.Future()
asyncio.run(main())
`;

t.test('a real WebSocket server', { skip: missingPython('websockets') }, async (t) => {
  const server = await startPython(t, realServer);
  const url = `ws://127.0.0.1:${server.port}`;

  await t.test('is up after the handshake, and the connection is closed properly', async (t) => {
    const answered = await reading(`${url}/live?key=hunter2`);
    t.match(answered, { level: 'healthy', up: true, kind: 'ws', message: 'speaks WebSocket', target: `${url}/live` });
    t.notMatch(JSON.stringify(answered), /hunter2/);
    t.same(Object.keys(answered.phases), ['connect', 'first_byte', 'transfer']);
    await until('the server hears good-bye', () => server.output().includes('closed with 1000'));
  });

  await t.test('exchanges messages', async (t) => {
    const dialog = [
      { expect: '^hello /live$' },
      { send: 'Grüße', expect: '^you said Grüße$' },
      { send: 'pieces', expect: '^in pieces$' },
      { send: 'long', expect: '^x{300}$' },
      { send: 'y'.repeat(200), expect: '^you said y{200}$' },
    ];
    t.match(await reading({ url: `${url}/live`, dialog }), { level: 'healthy', message: 'answered as expected' });
    t.match(await reading({ url: `${url}/live`, dialog: [{ expect: '^bye' }] }, 300), {
      level: 'critical',
      reason: 'body',
      message: 'nothing that matches dialog[0].expect came before the deadline; the server says "hello /live"',
    });
  });

  await t.test('accepts right credentials, and reports refused ones', async (t) => {
    const closed = `${url}/closed`;
    t.match(await reading({ url: closed, auth: { bearer: { token: 'hunter2' } } }), { level: 'healthy' });
    t.match(await reading(closed), { level: 'critical', reason: 'auth', message: /^401/ });
    t.match(await reading({ url: closed, auth: { bearer: { token: 'hunter3' } } }), {
      level: 'unknown',
      reason: 'auth',
    });
    t.match(await reading(`${url}/gone`), { level: 'critical', reason: 'status', message: /^404/ });
  });
});

t.test(
  'the certificate of a WebSocket server with TLS is verified',
  { skip: missingPython('websockets') },
  async (t) => {
    const folder = t.testdir({ 'tls.crt': certificate.certificatePem, 'tls.key': certificate.keyPem });
    const { port } = await startPython(t, realServer, [join(folder, 'tls.crt'), join(folder, 'tls.key')]);
    const url = `wss://localhost:${port}/`;
    const dialog = [{ send: 'a', expect: '^you said a$' }];
    t.match(await reading({ url, dialog, tls: { ca_file: 'ca.pem' } }), {
      level: 'healthy',
      kind: 'wss',
      certificate: { verified: true },
    });
    t.match(await reading(url), { level: 'critical', reason: 'tls', certificate: { verified: false } });
  },
);

/** A server that answers the handshake with a text made from the right accept key. */
async function answering(t: Test, answer: (accept: string) => Buffer | string) {
  const server = await rawServer((socket: Socket, request) => {
    const key = /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? '';
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(answer(accept));
  });
  t.teardown(() => server.stop());
  return `ws://127.0.0.1:${server.port}`;
}

t.test('a server without WebSocket fails with its reason', async (t) => {
  const head = (accept: string) => `HTTP/1.1 101 X\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
  const dialog = [{ expect: 'hello' }];
  const after =
    (...bytes: readonly number[]) =>
    (accept: string) =>
      Buffer.concat([Buffer.from(head(accept)), Buffer.from(bytes)]);
  for (const [answer, expected] of [
    [after(0x81, 5, 0x68, 0x65, 0x6c, 0x6c, 0x6f), { up: true }],
    [() => '220 mail.example.com ESMTP\r\n', { reason: 'body', message: 'the server does not speak HTTP' }],
    [() => httpAnswer('{}'), { reason: 'body', message: '200: not switched to WebSocket' }],
    [() => httpAnswer('', { code: 302, headers: ['Location: /x'] }), { reason: 'redirect' }],
    [() => head('bad'), { reason: 'body', message: /Sec-WebSocket-Accept/ }],
    [(accept: string) => head(accept).replace('WebSocket', 'h2c'), { reason: 'body' }],
    [() => `HTTP/1.1 200 X\r\nA: ${'x'.repeat(17_000)}`, { reason: 'size' }],
    [after(0xc1, 1, 0x61), { reason: 'body', message: 'the server does not speak the protocol of WebSocket' }],
    [after(0x81, 0x81, 0, 0, 0, 0, 0x61), { reason: 'body' }],
    [after(0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0), { reason: 'size' }],
    [
      after(0x88, 0),
      { reason: 'closed', message: /^the connection was closed while the exporter waited for dialog\[0\]/ },
    ],
  ] as const)
    t.match(await reading({ url: await answering(t, answer), dialog }), expected);
  t.match(await reading(await answering(t, () => ''), 300), {
    reason: 'timeout',
    message: 'no answer before the deadline, still waiting for an answer to the handshake',
  });
  t.match(await reading(`ws://127.0.0.1:${await closedPort()}`), { reason: 'connect' });
});
