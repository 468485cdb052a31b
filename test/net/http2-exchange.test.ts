import { getEventListeners } from 'node:events';
import { createServer, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { exchangeHttp2 } from '../../src/net/http2-exchange.js';
import { newMeasurement } from '../../src/net/measurement.js';
import { rawServer } from '../support/raw-server.js';

const never = new AbortController().signal;
const headers = { ':method': 'GET', ':path': '/', ':authority': 'crm.example' };

/** An HTTP/2 server that calls the test for each request. */
async function serving(
  t: Test,
  answer: (stream: ServerHttp2Stream, session: Http2Session | undefined, sockets: ReadonlySet<Socket>) => void,
) {
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('sessionError', () => {});
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    answer(stream, stream.session, sockets);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server.address() as AddressInfo;
}

async function opened({ port }: { readonly port: number }): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await new Promise((done) => socket.once('connect', done));
  return socket;
}

/** Sends one request, and checks that nothing is left behind. */
async function asked(
  t: Test,
  place: { readonly port: number },
  options: { maxBodyBytes?: number; signal?: AbortSignal; body?: Buffer } = {},
) {
  const { maxBodyBytes = 1000, signal = never, ...body } = options;
  const socket = await opened(place);
  const measurement = newMeasurement();
  const outcome = await exchangeHttp2(socket, { headers, maxBodyBytes, ...body }, measurement, signal).catch(
    (error: unknown) => error,
  );
  t.equal(socket.destroyed, true, 'the connection is closed');
  t.equal(getEventListeners(signal, 'abort').length, 0, 'and no listener is left');
  return { outcome, phases: Object.keys(measurement.phases) };
}

t.test('an answer has its code, fields, trailers and body', async (t) => {
  const place = await serving(t, (stream) => {
    stream.respond({ ':status': 200, 'set-cookie': ['a=1', 'b=2'], 'x-a': 'b' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.write('one, ');
    stream.end('two');
  });
  const { outcome, phases } = await asked(t, place);
  t.match(outcome, { statusCode: 200, trailers: [['grpc-status', '0']], body: Buffer.from('one, two') });
  t.match((outcome as { readonly headers: unknown }).headers, [
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['x-a', 'b'],
  ]);
  t.strictSame(phases, ['first_byte', 'transfer']);
});

t.test('a request ends with its body, or at once without one', async (t) => {
  const place = await serving(t, (stream) => {
    let received = '';
    stream.on('data', (bytes: Buffer) => (received += bytes.toString()));
    stream.on('end', () => {
      stream.respond({ ':status': 200 });
      stream.end(`received ${received}`);
    });
  });
  t.match((await asked(t, place)).outcome, { body: Buffer.from('received ') });
  t.match((await asked(t, place, { body: Buffer.from('{"ä":1}') })).outcome, { body: Buffer.from('received {"ä":1}') });
});

t.test('a request that the server ends early fails with the reason closed', async (t) => {
  const causes: readonly [name: string, answer: Parameters<typeof serving>[1], message: RegExp, code?: string][] = [
    [
      'RST_STREAM before an answer',
      (stream) => stream.close(2),
      /^the server cancelled the request$/,
      'ERR_HTTP2_STREAM_ERROR',
    ],
    [
      'an error within the body',
      (stream) => {
        stream.respond({ ':status': 200 });
        stream.write('half', () => stream.destroy(new Error('out of order')));
      },
      /^the server cancelled the request$/,
    ],
    ['GOAWAY', (_stream, session) => session?.goaway(11), /^the connection was closed before an answer$/],
    [
      'GOAWAY without an error, and the end',
      (_stream, session) => {
        session?.goaway(0);
        session?.destroy();
      },
      /^the connection was closed before an answer$/,
    ],
    [
      'a connection that breaks',
      (_stream, _session, sockets) => sockets.forEach((socket) => socket.destroy()),
      /^the connection was closed before an answer$/,
    ],
    [
      'a connection that is reset',
      (_stream, _session, sockets) => sockets.forEach((socket) => socket.resetAndDestroy()),
      /^connection lost \(ECONNRESET\) before an answer$/,
      'ECONNRESET',
    ],
  ];
  for (const [name, answer, message, code] of causes) {
    const { outcome } = await asked(t, await serving(t, answer));
    t.match(
      outcome,
      { name: 'ProbeFailure', reason: 'closed', message, ...(code !== undefined && { cause: { code } }) },
      name,
    );
  }
});

/** A frame of HTTP/2 for the first stream. */
function frame(type: number, flags: number, payload: Buffer, stream = 1): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

t.test('an answer that ends with CANCEL is not complete', async (t) => {
  const preface = 24;
  const server = await rawServer((socket, first) => {
    let received = first;
    const answer = () => {
      // The request is complete: settings, and a frame of headers after them.
      const settingsEnd = preface + 9 + Buffer.from(received.slice(preface, preface + 3), 'latin1').readUIntBE(0, 3);
      if (received.length < settingsEnd + 9) return;
      socket.removeAllListeners('data');
      const cancel = Buffer.from([0, 0, 0, 8]);
      socket.write(
        Buffer.concat([
          frame(4, 0, Buffer.alloc(0), 0),
          frame(1, 4, Buffer.from([0x88])),
          frame(0, 0, Buffer.from('half')),
          frame(3, 0, cancel),
        ]),
      );
    };
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      answer();
    });
    answer();
  });
  t.teardown(() => server.stop());
  t.match((await asked(t, server)).outcome, { reason: 'closed', message: 'the server cancelled the request' });
});

t.test('GOAWAY before the server has accepted the request ends the wait', async (t) => {
  // In this GOAWAY the last accepted stream is 0, and the error code is 0.
  const place = await rawServer((socket) => {
    socket.write(Buffer.concat([frame(4, 0, Buffer.alloc(0), 0), frame(7, 0, Buffer.alloc(8), 0)]));
  });
  t.teardown(() => place.stop());
  const { outcome } = await asked(t, place, { signal: AbortSignal.timeout(20_000) });
  t.match(outcome, { reason: 'closed', message: 'the connection was closed before an answer' });
});

t.test('an answer is complete although the server announces its end with GOAWAY', async (t) => {
  const place = await serving(t, (stream, session) => {
    session?.goaway(0, stream.id);
    stream.respond({ ':status': 200 });
    stream.end('last words');
    session?.close();
  });
  t.match((await asked(t, place)).outcome, { statusCode: 200, body: Buffer.from('last words') });
});

t.test('the sizes of body and headers are limited', async (t) => {
  const place = await serving(t, (stream) => {
    stream.respond({ ':status': 200 });
    stream.end('x'.repeat(1001));
  });
  const { outcome } = await asked(t, place);
  t.match(outcome, { reason: 'size', message: 'the body is larger than 1000 bytes' });
  t.match((await asked(t, place, { maxBodyBytes: 1001 })).outcome, { statusCode: 200 });
  const talkative = await serving(t, (stream) => {
    stream.respond({
      ':status': 200,
      ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x-${i}`, 'y'.repeat(8000)])),
    });
    stream.end();
  });
  t.match((await asked(t, talkative)).outcome, { name: 'ProbeFailure' });
});

t.test('a silent peer is dropped with the signal', async (t) => {
  const mute = await rawServer(() => {});
  t.teardown(() => mute.stop());
  const listening = await serving(t, () => {});
  const half = await serving(t, (stream) => {
    stream.respond({ ':status': 200 });
    stream.write('half');
  });
  for (const place of [mute, listening, half]) {
    const { outcome } = await asked(t, place, { signal: AbortSignal.timeout(100) });
    t.match(outcome, { name: 'TimeoutError' });
  }
  const late = AbortSignal.abort(new Error('too late'));
  t.match((await asked(t, listening, { signal: late })).outcome, { message: 'too late' });
});

t.test('another protocol is not an answer', async (t) => {
  const place = await rawServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  t.teardown(() => place.stop());
  t.match((await asked(t, place)).outcome, {
    reason: 'body',
    message: 'the server does not speak HTTP/2',
    cause: Error,
  });
});
