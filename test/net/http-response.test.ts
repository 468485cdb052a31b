import { getEventListeners, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { ProbeFailure } from '../../src/base/reason.js';
import { writeRequest } from '../../src/net/http-request.js';
import { exchange, ResponseReader } from '../../src/net/http-response.js';
import { newMeasurement } from '../../src/net/measurement.js';
import { httpSettings } from '../support/config.js';
import { rawServer } from '../support/raw-server.js';

/** Feeds `text` in pieces of `size` bytes and ends the connection. */
function read(text: string, options: { method?: string; limit?: number; size?: number } = {}) {
  const reader = new ResponseReader(options.method ?? 'GET', options.limit ?? 1000);
  const bytes = Buffer.from(text, 'latin1');
  const size = options.size ?? bytes.length;
  let isDone = false;
  for (let at = 0; at < bytes.length && !isDone; at += size) isDone = reader.push(bytes.subarray(at, at + size));
  if (!isDone) reader.end();
  const { statusCode, headers, body } = reader.response();
  return { statusCode, headers, body: body.toString('latin1') };
}

const good: readonly (readonly [string, string, string])[] = [
  ['a content length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  ['no length, until the end', 'HTTP/1.0 200 OK\r\nX: y\r\n\r\nhello', 'hello'],
  [
    'chunks with extension and trailer',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nhel\r\n2\r\nlo\r\n0\r\nT: 1\r\n\r\n',
    'hello',
  ],
  [
    'an informational answer first',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'hello',
  ],
  ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello', 'hello'],
  ['no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  ['small letters', 'http/1.0 200 ok\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  ['a tab before the reason phrase', 'HTTP/1.1 200\tOK\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  ['a version 1.x of the future', 'HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  ['bytes behind the end', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, world', 'hello'],
  ['an empty body', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', ''],
  ['204 without a length', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ['line feeds, and carriage returns at the end only', 'HTTP/1.1 200 OK\nContent-Length: 5\n\r\nhello', 'hello'],
  ['two blanks before the code', 'HTTP/1.1  200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  ['the same length twice in one line', 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello', 'hello'],
  [
    'a folded transfer encoding',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    'hello',
  ],
  [
    'the transfer encoding identity',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello',
    'hello',
  ],
  [
    'chunk sizes with zeros in front',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000005\r\nhello\r\n0000\r\n\r\n',
    'hello',
  ],
  [
    'a last chunk without the last line end',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n',
    'hello',
  ],
  ['the same length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  ['an empty line in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhel\n\nlo', 'hel\n\nlo'],
  [
    'an empty line in the body after bare line feeds',
    'HTTP/1.1 200 OK\nContent-Length: 8\n\nhel\n\r\nlo',
    'hel\n\r\nlo',
  ],
  ['an empty line at the beginning of the body', 'HTTP/1.1 200 OK\nContent-Length: 3\n\n\r\nx', '\r\nx'],
  ['an empty transfer encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: ,\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  ['101, and another protocol after it', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello', ''],
  ['204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', ''],
  ['304 with the length of the cached body', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', ''],
];

t.test('reads an answer with', async (t) => {
  for (const [what, text, body] of good) {
    for (const size of [1, 2, 7, text.length])
      t.equal(read(text, { size }).body, body, `${what}, in pieces of ${size}`);
  }
});

t.test('the reader reports when the answer is complete, and before that what has arrived', async (t) => {
  const reader = new ResponseReader('GET', 1000);
  const push = (text: string) => reader.push(Buffer.from(text));
  const arrived = () => [reader.statusCode, reader.headers.length, reader.receivedBytes];
  t.strictSame(arrived(), [undefined, 0, 0]);
  t.notOk(push('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 O'));
  t.strictSame(arrived(), [undefined, 0, 0], 'an informational answer does not count');
  t.notOk(push('K\r\nA: b\r\nContent-Length: 5\r\n\r\nhe'));
  t.strictSame(arrived(), [200, 2, 2]);
  t.notOk(push('ll'));
  t.ok(push('o, world'));
  t.strictSame(arrived(), [200, 2, 5]);
  t.match(reader.response(), { statusCode: 200, body: Buffer.from('hello') });
  const chunked = new ResponseReader('GET', 1000);
  const chunk = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n';
  t.notOk(chunked.push(Buffer.from(chunk)));
  t.ok(chunked.push(Buffer.from('\r\n')), 'at the empty line after the trailers, while the connection is open');
});

t.test('header names are in lower case, and values have no padding', async (t) => {
  t.same(read('HTTP/1.1 200 OK\r\nX-Foo:\t bar baz \r\nEmpty:\r\nContent-Length: 0\r\n\r\n').headers, [
    ['x-foo', 'bar baz'],
    ['empty', ''],
    ['content-length', '0'],
  ]);
});

t.test('a line that begins with a blank continues the header before it', async (t) => {
  t.same(
    read('HTTP/1.1 200 OK\r\n stray\r\nA: one\r\n two,\r\n\tthree\r\n \r\nB: x\r\nContent-Length: 0\r\n\r\n').headers,
    [
      ['a', 'one two, three'],
      ['b', 'x'],
      ['content-length', '0'],
    ],
  );
});

t.test('an invalid header line is skipped with its continuation, and the others stay', async (t) => {
  for (const line of ['X Bad Name: 1', 'X-A : 1', 'nonsense', ': 1', 'X(a): 1', 'Größe: 1', 'X Bad: 1\r\n folded']) {
    const { headers, body } = read(`HTTP/1.1 200 OK\r\nA: b\r\n${line}\r\nContent-Length: 5\r\n\r\nhello`);
    t.same(
      headers,
      [
        ['a', 'b'],
        ['content-length', '5'],
      ],
      line,
    );
    t.equal(body, 'hello', line);
  }
});

t.test('an answer to HEAD has no body, whatever its length says', async (t) => {
  t.equal(read('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', { method: 'HEAD' }).body, '');
});

const bad: readonly (readonly [string, string, string, RegExp])[] = [
  ['nothing at all', '', 'closed', /closed without an answer/],
  ['half a header', 'HTTP/1.1 200 OK\r\nX: ', 'closed', /broke off in its header/],
  ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell', 'closed', /broke off after 4 bytes/],
  [
    'half a chunk',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhell',
    'closed',
    /broke off after 4 bytes/,
  ],
  ['no last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n', 'closed', /broke off/],
  [
    'half a trailer',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n0\r\nT: ',
    'closed',
    /broke off after 4 bytes/,
  ],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', 'body', /not HTTP\/1\.1$/],
  ['a frame that does not begin HTTP/2', '\0\0\0\0\0\0\0\0\0', 'body', /not HTTP\/1\.1$/],
  [
    'the first frame of HTTP/2',
    '\0\0\0\x04\0\0\0\0\0',
    'body',
    /not HTTP\/1\.1 but HTTP\/2; http_version: 2 of http:\/\/ is for servers that know only HTTP\/2$/,
  ],
  ['the first frame of HTTP/2 with the number of a stream', '\0\0\0\x04\0\0\0\0\x01', 'body', /not HTTP\/1\.1$/],
  ['less than a frame of HTTP/2', '\0\0\0\x04\0\0\0\0', 'body', /not HTTP\/1\.1$/],
  ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'body', /not HTTP/],
  ['text before the answer', '<p>HTTP/1.1 200 OK\r\n\r\n', 'body', /not HTTP/],
  ['a code of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'body', /not HTTP/],
  ['a carriage return in the reason phrase', 'HTTP/1.1 200 O\rK\r\n\r\n', 'body', /not HTTP/],
  ['an impossible code', 'HTTP/1.1 099 No\r\n\r\n', 'body', /not HTTP/],
  [
    'a blank before the colon of the length',
    'HTTP/1.1 200 OK\r\nContent-Length : 4\r\n\r\nhell',
    'body',
    /malformed header "content-length"/,
  ],
  [
    'a tab before the colon of the encoding',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding\t: chunked\r\n\r\n',
    'body',
    /malformed header "transfer-encoding/,
  ],
  [
    'a folded length',
    'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n 0\r\n\r\nhell',
    'body',
    /malformed content length \(Content-Length: "4 0"\)/,
  ],
  [
    'two lengths in one line',
    'HTTP/1.1 200 OK\r\nContent-Length: 4, 5\r\n\r\nhello',
    'body',
    /malformed content length: there are several \(Content-Length: "4, 5"\)/,
  ],
  [
    'chunks of chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n',
    'body',
    /"chunked, chunked" \(Transfer-Encoding\)/,
  ],
  ['a NUL within a header', 'HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n', 'body', /malformed header "a"/],
  ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'body', /malformed content length/],
  [
    'two lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
    'body',
    /malformed content length/,
  ],
  [
    'a chunk size that is none',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'body',
    /malformed chunk/,
  ],
  ...['z5', '5z', '5 z', '-5', '123456789'].map(
    (size) =>
      [
        `the chunk size ${size}`,
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\nhello\r\n0\r\n\r\n`,
        'body',
        /malformed chunk/,
      ] as const,
  ),
  [
    'a chunk longer than it says',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n',
    'body',
    /malformed chunk/,
  ],
  [
    'a chunk line without end',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1'.repeat(2000)}`,
    'body',
    /malformed chunk/,
  ],
  [
    'an unknown transfer encoding',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
    'body',
    /unknown transfer encoding/,
  ],
  ['a large header', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, 'size', /header is larger/],
  ['a header without end', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(20_000)}`, 'size', /header is larger/],
  ['informational answers without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(4000), 'size', /header is larger/],
  ['a carriage return within a header', 'HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n', 'body', /malformed header/],
  ['an announced large body', 'HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n', 'size', /larger than 1000 bytes/],
  ['a large body until the end', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1001)}`, 'size', /larger than 1000 bytes/],
  [
    'large chunks',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n${'x'.repeat(1001)}`,
    'size',
    /larger than 1000 bytes/,
  ],
  [
    'trailers without end',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${'X: y\r\n'.repeat(20_000)}`,
    'size',
    /trailer is larger/,
  ],
];

t.test('a body may have as many bytes as the limit', async (t) => {
  const body = 'x'.repeat(1000);
  const answers = {
    'a content length': `Content-Length: 1000\r\n\r\n${body}`,
    chunks: `Transfer-Encoding: chunked\r\n\r\n3e8\r\n${body}\r\n0\r\n\r\n`,
    'no length': `\r\n${body}`,
  };
  for (const [what, answer] of Object.entries(answers))
    for (const size of [1, 300, 5000])
      t.equal(read(`HTTP/1.1 200 OK\r\n${answer}`, { size }).body, body, `${what}, in pieces of ${size}`);
});

t.test('refuses', async (t) => {
  for (const [what, text, reason, message] of bad) {
    for (const size of [1000, text.length + 1]) {
      try {
        read(text, { size });
        t.fail(`${what} was taken for an answer`);
      } catch (error) {
        t.ok(error instanceof ProbeFailure, what);
        t.match(error, { reason, message }, `${what}, in pieces of ${size}`);
      }
    }
  }
});

t.test('an answer that is made to be slow to read takes no longer', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\n';
  const chunks = `${head}Transfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(200_000)}0\r\n\r\n`;
  const cases: Readonly<Record<string, () => unknown>> = {
    'blanks within a header': () => read(`${head}X: a${' '.repeat(60_000)}b\r\nContent-Length: 0\r\n\r\n`),
    'blanks before a carriage return': () =>
      t.throws(() => read(`${head}X: ${' '.repeat(60_000)}\rb\r\n\r\n`), /malformed header/),
    'a header of folds': () => read(`${head}X: a\r\n${' b\r\n'.repeat(15_000)}Content-Length: 0\r\n\r\n`),
    'a header byte by byte': () => read(`${head}X: ${'x'.repeat(60_000)}\r\nContent-Length: 0\r\n\r\n`, { size: 1 }),
    'a chunk for every byte': () => read(chunks, { limit: 1 << 20, size: 65_536 }),
  };
  for (const [what, work] of Object.entries(cases)) {
    const before = process.cpuUsage();
    work();
    // Earlier some of these took hours. It measures CPU time, because the machine may be busy.
    const { user, system } = process.cpuUsage(before);
    t.ok(user + system < 4e6, `${what}: ${((user + system) / 1000).toFixed(0)} ms`);
  }
});

/** Sends one request to a server that answers like this, and checks that nothing is left behind. */
async function exchanged(t: Test, answer: (socket: Socket, request: string) => void, end = new AbortController()) {
  const server = await rawServer(answer);
  t.teardown(() => server.stop());
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const listeners = () => ['data', 'end', 'close'].map((name) => socket.listenerCount(name));
  const before = listeners();
  const measurement = newMeasurement();
  const reader = new ResponseReader('GET', 1000);
  const request = writeRequest(new URL(`http://127.0.0.1:${server.port}/`), 'GET', httpSettings(), 'test');
  const answered = exchange(socket, request, reader, measurement, end.signal);
  answered
    .catch(() => {})
    .finally(() => {
      t.ok(socket.destroyed, 'the connection is closed');
      t.strictSame(listeners(), before, 'no listener is left');
      t.equal(getEventListeners(end.signal, 'abort').length, 0);
      t.ok(socket.listenerCount('error') > 0, 'a late error has a listener');
    });
  return { answered, socket, phases: measurement.phases };
}

const hello = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

t.test('the connection is closed after the answer, and both phases are measured', async (t) => {
  const { answered, phases } = await exchanged(t, (socket) => socket.write(hello));
  t.match(await answered, { statusCode: 200, body: Buffer.from('hello') });
  t.strictSame(Object.keys(phases), ['first_byte', 'transfer']);
});

t.test('the end of the connection can be the end of the answer', async (t) => {
  const whole = await exchanged(t, (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nhello'));
  t.match(await whole.answered, { statusCode: 200, body: Buffer.from('hello') });
  const none = await exchanged(t, (socket) => socket.end());
  await t.rejects(none.answered, { reason: 'closed', message: 'the connection was closed without an answer' });
  t.strictSame(Object.keys(none.phases), ['first_byte'], 'without an answer there is no transfer phase');
});

t.test('the message about a broken connection says when it broke', async (t) => {
  const early = await exchanged(t, (socket) => socket.resetAndDestroy());
  await t.rejects(early.answered, {
    reason: 'closed',
    message: /^connection reset before an answer$/,
    cause: { code: 'ECONNRESET' },
  });
  const late = await exchanged(t, (socket) => socket.write(hello.slice(0, -1)));
  await once(late.socket, 'data');
  late.socket.destroy(Object.assign(new Error('broken'), { code: 'EPIPE' }));
  await t.rejects(late.answered, { reason: 'closed', message: /^connection reset after 4 bytes of the body$/ });
  const other = await exchanged(t, (socket) => socket.write(hello.slice(0, -1)));
  other.socket.destroy(Object.assign(new Error('broken'), { code: 'ENETDOWN' }));
  await t.rejects(other.answered, { reason: 'closed', message: /^connection lost \(ENETDOWN\) before an answer$/ });
  const unknown = await exchanged(t, () => {});
  unknown.socket.destroy(new Error('broken'));
  await t.rejects(unknown.answered, { message: /^connection lost \(unknown error\) before an answer$/ });
  const silent = await exchanged(t, () => {});
  silent.socket.destroy();
  await t.rejects(silent.answered, { reason: 'closed', message: /^connection lost$/ });
});

t.test('the connection is closed at once if the answer is not HTTP', async (t) => {
  const { answered } = await exchanged(t, (socket) => socket.write('220 mail.example\r\n'));
  await t.rejects(answered, { reason: 'body', message: 'the answer is not HTTP/1.1' });
});

t.test('an aborted probe stops waiting, before and after its request', async (t) => {
  const end = new AbortController();
  const waiting = await exchanged(t, () => end.abort(new Error('called off')), end);
  await t.rejects(waiting.answered, { message: 'called off' });
  t.strictSame(Object.keys(waiting.phases), ['first_byte']);
  let asked = 0;
  const before = await exchanged(t, () => (asked += 1), end);
  await t.rejects(before.answered, { message: 'called off' });
  t.strictSame(Object.keys(before.phases), []);
  t.equal(asked, 0);
});
