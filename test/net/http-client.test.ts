import { spawnSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { Secret } from '../../src/config/secret.js';
import type { HttpSettings } from '../../src/config/sections/http-options.js';
import { type HttpTarget, nextHop, probeHttp } from '../../src/net/http-client.js';
import { writeRequest } from '../../src/net/http-request.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { httpSettings } from '../support/config.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';

// Every name is this machine, so that cookies can have domains.
const prober = {
  resolve: createResolver(async () => [{ address: '127.0.0.1', family: 4 }]),
  tlsContexts: new TlsContexts(),
  userAgent: 'test',
};

const cookieIn = (request: string) => /^cookie: (.*)$/m.exec(request)?.[1]?.trim();
const redirectTo = (location: string, ...cookies: readonly string[]) =>
  httpAnswer('', {
    code: 302,
    headers: [`Location: ${location}`, ...cookies.map((cookie) => `Set-Cookie: ${cookie}`)],
  });

/** A server with these answers by path, which records its requests. */
async function site(t: Test, answers: (path: string, request: string) => Buffer | string) {
  const requests: string[] = [];
  const server = await rawServer((socket: Socket, request) => {
    requests.push(request);
    socket.end(answers(/^\S+ (\S+)/.exec(request)?.[1] ?? '', request));
  });
  t.teardown(() => server.stop());
  return { requests, port: server.port };
}

const probe = (url: string, changes: Partial<HttpSettings> = {}, log?: string[]) =>
  probeHttp({ url, http: httpSettings(changes) }, prober, AbortSignal.timeout(10_000), log);

t.test('a redirect to itself with a cookie is followed, and the next probe begins without cookies', async (t) => {
  const { port, requests } = await site(t, (_path, request) =>
    cookieIn(request) === 'sid=hunter2' ? httpAnswer('in') : redirectTo('/', 'sid=hunter2; HttpOnly; Path=/'),
  );
  const url = `http://crm.example:${port}/`;
  const log: string[] = [];
  for (const run of [1, 2]) t.match(await probe(url, {}, log), { failure: null, statusCode: 200 }, `run ${run}`);
  t.strictSame(requests.map(cookieIn), [undefined, 'sid=hunter2', undefined, 'sid=hunter2']);
  t.notMatch(log.join('\n'), 'hunter2', 'a cookie is never shown');
});

t.test('a redirect to itself without a cookie ends', async (t) => {
  const { port } = await site(t, () => redirectTo('/'));
  t.match(await probe(`http://crm.example:${port}/`), {
    failure: { reason: 'redirect', message: 'more than 5 redirects' },
  });
});

t.test('cookies are sent only where they are valid', async (t) => {
  const refused = [
    'a=1; Domain=other.example',
    'b=1; Domain=example',
    'c=1; Secure',
    'd=1; Path=/elsewhere',
    'e=1; Max-Age=0',
    'f=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    '__Host-g=1; Path=/',
    'nonsense',
    '',
  ];
  const taken = ['h=1', 'i=2; Domain=.crm.example', 'j=3; Domain=a.crm.example; Path=/', 'h=4; Path=/next'];
  const { port, requests } = await site(t, (path) =>
    path === '/' ? redirectTo('/next/page', ...refused, ...taken) : httpAnswer(''),
  );
  await probe(`http://a.crm.example:${port}/`);
  t.strictSame(
    cookieIn(requests[1] ?? '')
      ?.split('; ')
      .sort(),
    ['h=1', 'h=4', 'i=2', 'j=3'],
  );
});

t.test('a cookie of one host or port is not sent to another', async (t) => {
  const other = await site(t, () => httpAnswer(''));
  const { port, requests } = await site(t, (path) =>
    path === '/host'
      ? redirectTo(`http://other.example:${other.port}/`, 'sid=1')
      : path === '/port'
        ? redirectTo(`http://crm.example:${other.port}/`, 'sid=1')
        : redirectTo('/host', 'sid=1'),
  );
  for (const path of ['/', '/host', '/port']) await probe(`http://crm.example:${port}${path}`);
  t.strictSame(other.requests.map(cookieIn), [undefined, undefined, undefined]);
  t.ok(requests.some((request) => cookieIn(request) === 'sid=1'));
});

t.test('a host without a dot may name itself as the domain of a cookie', async (t) => {
  const { port, requests } = await site(t, (path) =>
    path === '/' ? redirectTo('/in', 'sid=1; Domain=backend') : httpAnswer(''),
  );
  await probe(`http://backend:${port}/`);
  t.equal(cookieIn(requests[1] ?? ''), 'sid=1');
});

t.test('a configured cookie stays, beside those of the server', async (t) => {
  const { port, requests } = await site(t, (path) =>
    path === '/' ? redirectTo('/in', 'sid=1', 'lang=en') : httpAnswer(''),
  );
  await probe(`http://crm.example:${port}/`, { headers: new Map([['cookie', new Secret('lang=de; theme=dark')]]) });
  t.strictSame(requests.map(cookieIn), ['lang=de; theme=dark', 'lang=de; theme=dark; sid=1']);
});

t.test('a location in UTF-8 is requested as it is, and one in Latin-1 with its bytes', async (t) => {
  const wanted: Readonly<Record<string, string>> = {
    '/utf8': '/gr%C3%B6%C3%9Fe?q=%C3%BC',
    '/latin1': '/gr%F6%DFe',
    '/encoded': '/gr%c3%b6%c3%9fe',
  };
  const { port, requests } = await site(t, (path) => {
    if (path === '/utf8') return redirectTo('/größe?q=ü');
    if (path === '/latin1')
      return Buffer.from('HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: /gr\xf6\xdfe\r\n\r\n', 'latin1');
    return path === '/encoded' ? redirectTo('/gr%c3%b6%c3%9fe') : httpAnswer('');
  });
  for (const [path, location] of Object.entries(wanted)) {
    await probe(`http://127.0.0.1:${port}${path}`);
    t.equal(requests.at(-1)?.split(' ')[1], location, path);
  }
});

t.test('a session id in the path of a redirect is sent and not shown', async (t) => {
  const { port, requests } = await site(t, (path) =>
    path === '/' ? redirectTo('/in;jsessionid=hunter2') : httpAnswer(''),
  );
  const log: string[] = [];
  t.match(await probe(`http://crm.example:${port}/`, {}, log), { statusCode: 200 });
  t.match(requests[1], 'GET /in;jsessionid=hunter2 ');
  t.match(log.join('\n'), /redirected to .*\/in;jsessionid=<secret>$/m);
  t.notMatch(log.join('\n'), 'hunter2');
});

t.test('a redirect may lead to a name that is not ASCII', async (t) => {
  const { port, requests } = await site(t, (path) =>
    path === '/' ? redirectTo(`http://münchen.example:${port}/in`) : httpAnswer(''),
  );
  t.match(await probe(`http://crm.example:${port}/`), { statusCode: 200 });
  t.match(requests[1], `host: xn--mnchen-3ya.example:${port}`);
});

const hopUrl = 'http://crm.example:8000/a/b';

interface Hop extends Partial<Omit<HttpTarget, 'http'>> {
  readonly http?: Parameters<typeof httpSettings>[0];
  readonly hops?: number;
  readonly method?: string;
}

/** The method and URL of the request that follows this answer. */
function hop(
  answer: { code?: number; location?: string },
  { http = {}, hops = 0, method = 'GET', ...target }: Hop = {},
): string | undefined {
  const settings = httpSettings(http);
  const request = writeRequest(new URL(hopUrl), method, settings, 'test');
  const headers = [['location', answer.location ?? '/next'] as const];
  const raw = { statusCode: answer.code ?? 302, headers, body: Buffer.alloc(0) };
  const next = nextHop(request, raw, { url: hopUrl, http: settings, ...target }, hops);
  return next && `${next.method} ${next.url.href}`;
}

t.test('a redirect is followed with GET, unless its code or HEAD keeps the method', async (t) => {
  for (const code of [301, 302, 303]) t.equal(hop({ code }, { method: 'POST' }), 'GET http://crm.example:8000/next');
  for (const code of [307, 308]) t.equal(hop({ code }, { method: 'POST' }), 'POST http://crm.example:8000/next');
  for (const code of [301, 302, 303, 307, 308])
    t.equal(hop({ code }, { method: 'HEAD' }), 'HEAD http://crm.example:8000/next', `HEAD ${code}`);
  t.equal(hop({ location: 'c?d#e' }), 'GET http://crm.example:8000/a/c?d#e');
  t.equal(hop({ location: 'http://ann:hunter2@crm.example:8000/' }), 'GET http://crm.example:8000/');
});

t.test('an answer is final if it is not a redirect, has no location or has an expected status', async (t) => {
  for (const code of [200, 300, 304, 305, 306, 400, 502]) t.equal(hop({ code }), undefined, String(code));
  t.equal(hop({ location: '' }), undefined);
  t.equal(hop({}, { http: { followRedirects: false } }), undefined);
  t.equal(hop({}, { http: { expect: { statusCodes: [301, 302] } } }), undefined);
  t.ok(hop({}, { http: { expect: { statusCodes: [301] } } }), 'another code is expected');
});

t.test('a redirect fails if its target is not allowed', async (t) => {
  const other = { location: 'https://other.example/x?y=hunter2' };
  const headers = new Map([['x-key', new Secret('hunter2')]]);
  t.equal(hop(other), 'GET https://other.example/x?y=hunter2');
  t.throws(() => hop(other, { stayOnOrigin: true }), {
    reason: 'refused_target',
    message: 'redirected to another origin, https://other.example',
  });
  t.throws(() => hop(other, { http: { headers } }), {
    reason: 'redirect',
    message: 'redirected to another origin, https://other.example, which must not get the credentials',
  });
  t.ok(hop({}, { http: { headers }, stayOnOrigin: true }), 'within the origin');
  t.throws(() => hop({ location: 'http://[' }), {
    reason: 'redirect',
    message: 'redirected to something that is not a URL',
  });
  t.throws(() => hop({ location: `${'x'.repeat(30)}:y` }), {
    reason: 'redirect',
    message: /^redirected to the scheme x{20}$/,
  });
  t.ok(hop({}, { hops: 4 }));
  t.throws(() => hop({}, { hops: 5 }), { reason: 'redirect', message: 'more than 5 redirects' });
});

t.test('the log of a probe names each request, without its query', async (t) => {
  const { port } = await site(t, (path) => (path === '/?q=1' ? redirectTo('/in?token=hunter2') : httpAnswer('hello')));
  const log: string[] = [];
  const { url } = await probe(`http://127.0.0.1:${port}/?q=1`, {}, log);
  t.equal(url?.href, `http://127.0.0.1:${port}/in?token=hunter2`);
  const own = log
    .filter((line) => /GET|answered|redirected/.test(line))
    .map((line) => line.replace(/^ *[\d.]+ ms {2}/, ''));
  t.strictSame(own, [
    `GET http://127.0.0.1:${port}/`,
    'answered 302, 0 bytes',
    `redirected to http://127.0.0.1:${port}/in`,
    `GET http://127.0.0.1:${port}/in`,
    'answered 200, 5 bytes',
  ]);
});

const zstd = (text: string | Buffer, ...options: readonly string[]) =>
  spawnSync('zstd', ['-c', '-q', ...options], { input: text, maxBuffer: 1 << 30 }).stdout;
const text = JSON.stringify({ status: 'healthy', text: 'ü'.repeat(2000) });

t.test('every coding that servers use is decoded, alone and combined', async (t) => {
  const bodies: Readonly<Record<string, Buffer>> = {
    gzip: gzipSync(text),
    'X-GZIP': gzipSync(text),
    deflate: deflateSync(text),
    'deflate ': deflateRawSync(text),
    br: brotliCompressSync(text),
    zstd: zstd(text),
    ' zstd': Buffer.concat([zstd(text.slice(0, 500)), zstd(text.slice(500), '--no-check')]),
    'gzip, br': brotliCompressSync(gzipSync(text)),
    'identity, gzip': gzipSync(text),
    'UTF-8': Buffer.from(text),
    'utf-8, gzip': gzipSync(text),
    'gzip, utf-8': gzipSync(text),
    'gzip, aws-chunked': gzipSync(text),
    none: Buffer.from(text),
    '': Buffer.from(text),
  };
  for (const [coding, body] of Object.entries(bodies)) {
    const { port } = await site(t, () => httpAnswer(body, { headers: [`Content-Encoding: ${coding}`] }));
    const outcome = await probe(`http://127.0.0.1:${port}/`);
    t.match(outcome, { failure: null, receivedBytes: body.length }, coding);
    t.equal(outcome.body?.toString(), text, coding);
  }
});

t.test('a body that cannot be unpacked, or is too large unpacked, fails with the name of its coding', async (t) => {
  const large = Buffer.alloc(40 << 20);
  const window = zstd(large, '-1', '--long=27');
  const cases: readonly (readonly [coding: string, body: Buffer, reason: string, message: RegExp])[] = [
    ['zstd', zstd(large), 'size', /the zstd body unpacks to more than 1048576 bytes/],
    ['zstd', window, 'body', /the zstd body cannot be unpacked \(Content-Encoding\)/],
    ['zstd', Buffer.concat([zstd('x'), window]), 'body', /zstd/],
    ['zstd', zstd(text).subarray(0, -9), 'body', /zstd/],
    ['zstd', Buffer.from('nothing'), 'body', /zstd/],
    ['deflate', deflateRawSync(large), 'size', /deflate/],
    ['deflate', Buffer.from('nothing'), 'body', /deflate/],
    ['gzip, gzip', gzipSync(gzipSync(large)), 'size', /gzip/],
    ['gzip', Buffer.from(text), 'body', /gzip/],
    ['compress', Buffer.from([0x1f, 0x9d]), 'body', /compress/],
    ['gzip,gzip,gzip,gzip,gzip,gzip', gzipSync(text), 'body', /6 content codings/],
  ];
  for (const [coding, body, reason, message] of cases) {
    const { port } = await site(t, () => httpAnswer(body, { headers: [`Content-Encoding: ${coding}`] }));
    t.match((await probe(`http://127.0.0.1:${port}/`)).failure, { reason, message }, coding);
  }
});

t.test('a zstd body that is made to take minutes is stopped after a second', async (t) => {
  // Blocks of one byte each. Each one moves the whole window.
  const block = Buffer.from([(1 << 3) | (1 << 1), 0, 0, 0x78]);
  const frame = Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3]),
    ...Array<Buffer>(200_000).fill(block),
    Buffer.from([(1 << 3) | (1 << 1) | 1, 0, 0, 0x78]),
  ]);
  const { port } = await site(t, () => httpAnswer(frame, { headers: ['Content-Encoding: zstd'] }));
  const before = process.cpuUsage();
  t.match((await probe(`http://127.0.0.1:${port}/`)).failure, { reason: 'body', message: /zstd/ });
  const { user, system } = process.cpuUsage(before);
  t.ok(user + system < 8e6, `${((user + system) / 1000).toFixed(0)} ms`);
});
