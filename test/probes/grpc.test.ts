import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
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

/** The health service of grpc/health/v1/health.proto on the C core of gRPC. */
const healthServer = `
import grpc, sys
from concurrent import futures
states = {'': 1, 'crm.Tasks': 1, 'crm.Agents': 2, 'crm.Unset': 0, 'crm.New': 7, 'x' * 150: 1}
def check(request, context):
    name = ''
    if request:
        assert request[0] == 0x0a
        at = 2 if request[1] < 128 else 3
        name = request[at:].decode()
        assert len(name) == (request[1] if at == 2 else (request[1] & 127) | request[2] << 7)
    metadata = dict(context.invocation_metadata())
    if name == 'crm.Closed' and metadata.get('authorization') != 'Bearer hunter2':
        context.abort(grpc.StatusCode.UNAUTHENTICATED, 'who are you?')
    if name == 'crm.Closed':
        return bytes([8, 1]) if metadata.get('x-tenant') == 'crm' else bytes([8, 2])
    if name == 'crm.Busy':
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, '')
    if name not in states:
        context.abort(grpc.StatusCode.NOT_FOUND, 'unknown service')
    return bytes([8, states[name]]) if states[name] else b''
server = grpc.server(futures.ThreadPoolExecutor(4))
if sys.argv[1] == 'health':
    handler = grpc.method_handlers_generic_handler('grpc.health.v1.Health', {'Check': grpc.unary_unary_rpc_method_handler(check)})
    server.add_generic_rpc_handlers((handler,))
if len(sys.argv) > 2:
    pair = (open(sys.argv[3], 'rb').read(), open(sys.argv[2], 'rb').read())
    port = server.add_secure_port('localhost:0', grpc.ssl_server_credentials([pair]))
else:
    port = server.add_insecure_port('127.0.0.1:0')
server.start()
print('port', port)
server.wait_for_termination()
`;

t.test('a real gRPC server', { skip: missingPython('grpc') }, async (t) => {
  const { port } = await startPython(t, healthServer, ['health']);
  const url = `grpc://127.0.0.1:${port}`;

  await t.test('has the level that it reports, for the server and each service', async (t) => {
    const answered = await reading(url);
    t.match(answered, { level: 'healthy', up: true, reason: null, kind: 'grpc', message: 'says SERVING', target: url });
    t.same(Object.keys(answered.phases), ['connect', 'first_byte', 'transfer']);
    for (const [service, expected] of [
      ['crm.Tasks', { level: 'healthy', target: `${url}/crm.Tasks` }],
      ['x'.repeat(150), { level: 'healthy' }],
      ['crm.Agents', { level: 'critical', up: false, reason: 'unhealthy', message: 'says NOT_SERVING' }],
      ['crm.Unset', { level: 'unknown', up: false, reason: 'body', message: 'says UNKNOWN' }],
      ['crm.New', { level: 'unknown', up: false, reason: 'body', message: 'says the unknown status 7' }],
      ['crm.Nobody', { level: 'critical', reason: 'status', message: /^NOT_FOUND/ }],
      ['crm.Busy', { level: 'unknown', reason: 'rate_limited', message: /^RESOURCE_EXHAUSTED/ }],
      ['crm.Closed', { level: 'critical', reason: 'auth', message: /^UNAUTHENTICATED/ }],
    ] as const)
      t.match(await reading(`${url}/${service}`), expected, service);
  });

  await t.test('gets credentials and metadata, and is UNKNOWN with wrong credentials', async (t) => {
    const closed = { url: `${url}/crm.Closed`, headers: { 'X-Tenant': 'crm' } };
    t.match(await reading({ ...closed, auth: { bearer: { token: 'hunter2' } } }), { level: 'healthy' });
    const wrong = await reading({ ...closed, auth: { bearer: { token: 'hunter3' } } });
    t.match(wrong, { level: 'unknown', reason: 'auth' });
    t.notMatch(JSON.stringify(wrong), /hunter/);
  });
});

t.test('a gRPC server without a health service is reported as such', { skip: missingPython('grpc') }, async (t) => {
  const { port } = await startPython(t, healthServer, ['bare']);
  t.match(await reading(`grpc://127.0.0.1:${port}`), {
    level: 'critical',
    reason: 'status',
    message: 'UNIMPLEMENTED: the server has no grpc.health.v1.Health',
  });
});

t.test('the certificate of a gRPC server with TLS is verified', { skip: missingPython('grpc') }, async (t) => {
  const folder = t.testdir({ 'tls.crt': certificate.certificatePem, 'tls.key': certificate.keyPem });
  const { port } = await startPython(t, healthServer, ['health', join(folder, 'tls.crt'), join(folder, 'tls.key')]);
  const url = `grpcs://localhost:${port}`;
  const answered = await reading({ url, tls: { ca_file: 'ca.pem' } });
  t.match(answered, { level: 'healthy', kind: 'grpcs', certificate: { verified: true } });
  t.same(Object.keys(answered.phases), ['dns', 'connect', 'tls', 'first_byte', 'transfer']);
  t.match(await reading(url), { level: 'critical', reason: 'tls', certificate: { verified: false } });
  t.match(await reading(`grpc://localhost:${port}`), { up: false, reason: /closed|body/ });
});

/** An HTTP/2 server with any answer. */
async function http2Server(t: Test, answer: (stream: ServerHttp2Stream) => void) {
  const open = new Set<Socket>();
  const server: Http2Server = createServer();
  server.on('connection', (socket: Socket) => open.add(socket.on('close', () => open.delete(socket))));
  server.on('stream', (stream) => answer(stream.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { url: `grpc://127.0.0.1:${(server.address() as AddressInfo).port}`, open };
}

t.test('an invalid gRPC answer fails with its reason, and every connection is closed', async (t) => {
  const grpc = { ':status': 200, 'content-type': 'application/grpc' };
  const connections: Set<Socket>[] = [];
  for (const [answer, expected, milliseconds] of [
    [() => {}, { reason: 'timeout', message: 'no answer before the deadline, still waiting for the first byte' }, 300],
    [(stream) => stream.respond({ ':status': 503 }, { endStream: true }), { reason: 'status', message: /^503/ }],
    [
      (stream) => stream.respond({ ':status': 200, 'content-type': 'text/html' }, { endStream: true }),
      { reason: 'body' },
    ],
    [
      (stream) => stream.respond({ ...grpc, 'grpc-status': '14' }, { endStream: true }),
      { reason: 'status', message: /^UNAVAILABLE/ },
    ],
    [
      (stream) => stream.respond({ ...grpc, 'grpc-status': '99' }, { endStream: true }),
      { reason: 'status', message: 'gRPC status "99"' },
    ],
    [(stream) => stream.respond({ ...grpc, 'grpc-status': '0' }, { endStream: true }), { reason: 'body' }],
    [
      (stream) => {
        stream.respond(grpc);
        stream.end(Buffer.alloc(70_000));
      },
      { reason: 'size' },
    ],
    [(stream) => stream.close(8), { reason: 'closed', message: 'the server cancelled the request' }],
    [
      (stream) => stream.session?.destroy(),
      { reason: 'closed', message: 'the connection was closed before an answer' },
    ],
    [(stream) => stream.session?.goaway(2), { reason: 'closed' }],
  ] as readonly (readonly [(stream: ServerHttp2Stream) => void, object, number?])[]) {
    const { url, open } = await http2Server(t, answer);
    connections.push(open);
    t.match(await reading(url, milliseconds), { up: false, ...expected });
  }
  await until('the connections are closed', () => connections.every(({ size }) => size === 0));
  const leaving = await rawServer((socket) => socket.end());
  t.teardown(() => leaving.stop());
  t.match(await reading(`grpc://127.0.0.1:${leaving.port}`), {
    reason: 'closed',
    message: 'the connection was closed before an answer',
  });
  const web = await rawServer((socket) => socket.end(httpAnswer('{}')));
  t.teardown(() => web.stop());
  t.match(await reading(`grpc://127.0.0.1:${web.port}`), {
    reason: 'body',
    message: 'the server does not speak HTTP/2',
  });
  const secure = await rawServer(() => {}, { certificate });
  t.teardown(() => secure.stop());
  t.match(await reading({ url: `grpcs://localhost:${secure.port}`, tls: { ca_file: 'ca.pem' } }), {
    reason: 'tls',
    message: 'the server does not offer HTTP/2 (ALPN h2)',
  });
  t.match(await reading(`grpc://127.0.0.1:${await closedPort()}`), { reason: 'connect' });
});
