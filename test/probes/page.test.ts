import { createHash } from 'node:crypto';
import { createServer, get as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { startAiCrm } from '../../simulator/ai-crm.js';
import { createAuthority } from '../../simulator/certificate.js';
import { loadConfig } from '../../src/config/load.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { createProbe } from '../../src/probes/component-probe.js';
import { componentSamples, componentSeries } from '../../src/probes/component-samples.js';
import { thresholdsWith } from '../support/config.js';
import { closedPort } from '../support/raw-server.js';
import { localCertificate } from '../support/tls-servers.js';

const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'aicrm-test' };
const probe = createProbe(prober, thresholdsWith({ warning: 5, critical: 8 }));

async function reading(t: Test, endpoint: Readonly<Record<string, unknown>>, milliseconds = 10_000, files = {}) {
  const directory = t.testdir({ 'monitoring.yml': JSON.stringify({ endpoints: { frontend: endpoint } }), ...files });
  const { components } = await loadConfig(undefined, { environment: {}, directory });
  const [component] = components;
  if (component === undefined) throw new Error('no component');
  return probe(component, AbortSignal.timeout(milliseconds));
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server on loopback with these files: `[content type, body, status]`, or a function. */
async function site(
  t: Test,
  files: Readonly<Record<string, readonly [string, string, number?, Readonly<Record<string, string>>?] | Answer>>,
) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    const file = files[request.url ?? ''];
    if (typeof file === 'function') return file(request, response);
    const [type, body, status = 200, more = {}] = file ?? ['text/html', 'not found', 404];
    response.writeHead(status, { ...(type === '' ? {} : { 'content-type': type }), ...more }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const js = ['text/javascript', 'x()'] as const;
const css = ['text/css; charset=utf-8', 'a{}'] as const;
const png = ['image/png', 'png'] as const;
const page = (head: string, body = '') =>
  ['text/html', `<!doctype html><html><head>${head}</head><body>${body}</body></html>`] as const;

t.test('the files of a page are fetched through the same proxy as the page', async (t) => {
  const { url, asked } = await site(t, { '/': page('<script src=/a.js></script>'), '/a.js': js });
  const seen: string[] = [];
  // A proxy that requires a login and then forwards any request.
  const proxy = createServer((request, response) => {
    seen.push(`${request.headers['proxy-authorization']} ${request.url}`);
    forward(request.url ?? '', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  t.teardown(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  const found = await reading(t, { url, page: true, proxy_url: `http://me:hunter2@127.0.0.1:${port}` });
  t.match(found, { level: 'healthy', page: { resources: 1, failed: [] } });
  const basic = `Basic ${Buffer.from('me:hunter2').toString('base64')}`;
  t.strictSame(seen, [`${basic} ${url}/`, `${basic} ${url}/a.js`]);
  t.notOk(asked.some(({ headers }) => headers['proxy-authorization'] !== undefined));
  t.match(await reading(t, { url, page: true, ip_version: 4 }), {
    level: 'healthy',
    page: { resources: 1, failed: [] },
  });
});

t.test('a page is HEALTHY when a browser could use all of its files', async (t) => {
  const { url, asked } = await site(t, {
    '/': page(
      '<link rel=stylesheet href=/a.css><script type=module src=/a.js></script><link rel="shortcut icon" href="i.png">',
      '<img src=/i.png><img src="data:image/png;base64,AAAA"><noscript><img src=/track.png></noscript>',
    ),
    '/a.js': js,
    '/a.css': css,
    '/i.png': png,
  });
  const found = await reading(t, {
    url,
    page: true,
    headers: { 'X-Key': 'k' },
    auth: { basic: { username: 'u', password: 'p' } },
  });
  t.match(found, { level: 'healthy', up: true, page: { resources: 3, failed: [], leftOut: 0 } });
  const size = ([, body]: readonly [string, string]) => body.length;
  t.equal(
    found.page?.bytes,
    (found.responseBytes ?? 0) + size(js) + size(css) + size(png),
    'the bytes of page and files',
  );
  t.ok((found.page?.loadSeconds ?? 0) >= found.responseSeconds, 'including the page');
  t.equal(asked.length, 4, 'each file once');
  t.ok(
    asked.every(({ headers }) => headers['x-key'] === 'k' && headers.authorization?.startsWith('Basic ')),
    'with the same request as the page',
  );
  const samples = componentSamples(found, componentSeries('frontend'), false).map(
    ({ series, value }) => `${series.definition.name} ${value}`,
  );
  t.ok(samples.includes('aicrm_component_page_resources 3'));
});

t.test('without page: true only the page is fetched', async (t) => {
  const { url, asked } = await site(t, { '/': page('<script src=/gone.js></script>') });
  const found = await reading(t, { url });
  t.match(found, { level: 'healthy' });
  t.equal(found.page, undefined);
  t.equal(asked.length, 1);
});

for (const [name, files, expected] of [
  [
    'a bundle that is gone after a deployment',
    {},
    { level: 'critical', up: false, reason: 'status', message: '200; /assets/index-8f3c.js: 404' },
  ],
  [
    'a bundle that comes as the page itself',
    { '/assets/index-8f3c.js': page('') },
    {
      level: 'critical',
      up: false,
      reason: 'body',
      message: '200; /assets/index-8f3c.js: has the Content-Type text/html, which is not valid for a script',
    },
  ],
  [
    'a bundle that the server cannot give',
    { '/assets/index-8f3c.js': ['text/plain', 'no', 503] as const },
    { level: 'critical', reason: 'status', message: '200; /assets/index-8f3c.js: 503' },
  ],
  [
    'a bundle whose connection breaks off',
    {
      '/assets/index-8f3c.js': ((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/javascript', 'content-length': '9' });
        response.write('x(');
        response.socket?.destroySoon();
      }) satisfies Answer,
    },
    { level: 'critical', reason: 'connect' },
  ],
] as const) {
  t.test(name, async (t) => {
    const { url } = await site(t, {
      '/': page('<script src="/assets/index-8f3c.js?token=s3cret"></script>'),
      ...withQuery(files),
    });
    const found = await reading(t, { url, page: true });
    t.match(found, expected);
    t.notMatch(found.message, 's3cret');
  });
}

/** The same files under the addresses in the page. */
function withQuery<Files extends object>(files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [`${path}?token=s3cret`, file])) as Files;
}

t.test('a missing image is a warning, a missing style is critical, and the worse one is named first', async (t) => {
  const { url } = await site(t, {
    '/': page('<link rel=icon href=/gone.png>'),
    '/both': page('<link rel=icon href=/gone.png><link rel=stylesheet href=/gone.css>'),
  });
  t.match(await reading(t, { url, page: true }), {
    level: 'warning',
    up: true,
    reason: null,
    message: '200; /gone.png: 404',
  });
  t.match(await reading(t, { url: `${url}/both`, page: true }), {
    level: 'critical',
    up: false,
    message: '200; /gone.css: 404; /gone.png: 404',
  });
});

t.test('a file that hangs fails at the deadline, and the time of the page itself does not change', async (t) => {
  const { url } = await site(t, { '/': page('<script src=/slow.js></script>'), '/slow.js': () => {} });
  const found = await reading(t, { url, page: true }, 700);
  t.match(found, {
    level: 'critical',
    up: false,
    reason: 'timeout',
    message: /slow\.js: not loaded before the deadline/,
  });
  t.ok(found.responseSeconds < 0.6, `${found.responseSeconds} s`);
});

t.test('a file may have at most 20 MiB, and all files of a page 100 MiB', async (t) => {
  const mebibytes = Buffer.alloc(20 << 20, 'x');
  const sends =
    (...bodies: readonly Buffer[]): Answer =>
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/javascript' });
      for (const body of bodies) response.write(body);
      response.end();
    };
  const scripts = (count: number) =>
    Array.from({ length: count }, (_, index) => `<script src=/large.js?${index}></script>`).join('');
  const large = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`/large.js?${index}`, sends(mebibytes)]));
  const { url } = await site(t, {
    '/': page(scripts(1)),
    '/many': page(scripts(5)),
    '/more': page('<script src=/more.js></script>'),
    '/more.js': sends(mebibytes, Buffer.from('x')),
    ...large,
  });
  t.match(await reading(t, { url, page: true }), { level: 'healthy', page: { failed: [] } });
  t.match(await reading(t, { url: `${url}/more`, page: true }), {
    level: 'critical',
    reason: 'size',
    message: /^200; \/more\.js: more than 20 MiB$/,
  });
  t.match(await reading(t, { url: `${url}/many`, page: true }, 30_000), {
    level: 'critical',
    reason: 'size',
    message: /^200; \/large\.js: more than 100 MiB$/,
  });
});

t.test('files of other origins are loaded only if they are listed, and get no credentials', async (t) => {
  const cdn = await site(t, { '/lib.js': js });
  const { url } = await site(t, { '/': page(`<script src="${cdn.url}/lib.js"></script>`) });
  const auth = { basic: { username: 'u', password: 'p' } };
  t.match((await reading(t, { url, page: true, auth })).page, { resources: 0, leftOut: 1 });
  t.equal(cdn.asked.length, 0);
  t.match((await reading(t, { url, page: { origins: [cdn.url] }, auth })).page, {
    resources: 1,
    leftOut: 0,
    failed: [],
  });
  t.equal(cdn.asked[0]?.headers.authorization, undefined);
});

t.test('a redirect of a file is followed within its origin; a redirect to another origin is not', async (t) => {
  const elsewhere = await site(t, { '/x.js': js });
  const to =
    (location: string): Answer =>
    (_request, response) =>
      response.writeHead(302, { location }).end();
  const { url } = await site(t, {
    '/': page('<script src=/old.js></script>'),
    '/old.js': to('/new.js'),
    '/new.js': js,
    '/out': page('<script src=/out.js></script>'),
    '/out.js': to(`${elsewhere.url}/x.js`),
    '/nowhere': page('<script src=/n.js></script>'),
    '/n.js': to('about:blank'),
  });
  t.match(await reading(t, { url, page: true }), { level: 'healthy' });
  t.match(await reading(t, { url: `${url}/out`, page: true }), {
    level: 'healthy',
    page: { resources: 0, failed: [], leftOut: 1 },
  });
  t.match(await reading(t, { url: `${url}/nowhere`, page: true }), { level: 'critical', message: '200; /n.js: 302' });
  t.equal(elsewhere.asked.length, 0);
});

t.test('a script over http:// is mixed content on a page over https://', async (t) => {
  const authority = createAuthority();
  const { certificatePem, keyPem } = localCertificate(authority);
  const server = createSecureServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    const [type, body] =
      request.url === '/a.css'
        ? css
        : page('<link rel=stylesheet href=/a.css>', '<script src="http://crm.example.com/a.js"></script>');
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  t.teardown(() => server.close());
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  const found = await reading(t, { url, page: true, tls: { ca_file: 'ca.pem' } }, 10_000, {
    'ca.pem': authority.certificatePem,
  });
  t.match(found, {
    level: 'critical',
    up: false,
    message: '200; /a.js: http:// on a page of https://, which browsers refuse',
  });
  t.match(found.page, { resources: 2, failed: { length: 1 } }, 'the style came over TLS, by our authority');
});

t.test('files over http:// are fetched over https:// if browsers upgrade them', async (t) => {
  const { certificatePem, keyPem } = localCertificate(createAuthority());
  const asked: string[] = [];
  const server = createSecureServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    asked.push(request.url ?? '');
    const out = request.url === '/out.js' ? { location: 'http://crm.example.com/a.js' } : {};
    const policy =
      request.url === '/header' ? { 'content-security-policy': 'default-src *; Upgrade-Insecure-Requests' } : {};
    const script = '<script src="http://crm.example.com/a.js"></script><script src=/out.js></script>';
    const meta = '<meta http-equiv=Content-Security-Policy content="upgrade-insecure-requests">';
    const pages: Readonly<Record<string, readonly [string, string]>> = {
      '/header': page(script),
      '/meta': page(`${meta}${script}`),
      '/late': page(script, meta),
      '/image': page('', '<img src="http://crm.example.com/i.png">'),
      '/i.png': png,
      '/redirected': page('<script src=/out.js></script>'),
    };
    const [type, body] = pages[request.url ?? ''] ?? js;
    response.writeHead('location' in out ? 302 : 200, { 'content-type': type, ...out, ...policy }).end(body);
  });
  // For any host the proxy leads to the server.
  const proxy = createServer().on('connect', (_request, socket: Socket) => {
    const through = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(through).pipe(socket);
    });
    for (const each of [socket, through]) each.on('error', () => each.destroy());
    socket.on('close', () => through.destroy());
  });
  for (const each of [server, proxy]) {
    await new Promise<void>((done) => each.listen(0, '127.0.0.1', done));
    t.teardown(() => each.close());
  }
  const settings = {
    page: true,
    proxy_url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    tls: { insecure_skip_verify: true },
  };
  const of = (path: string) => reading(t, { url: `https://crm.example.com${path}`, ...settings });
  for (const [path, resources] of [
    ['/header', 2],
    ['/meta', 2],
    ['/image', 1],
  ] as const)
    t.match(await of(path), { up: true, page: { resources, failed: [], leftOut: 0 } }, path);
  t.ok(asked.includes('/a.js') && asked.includes('/i.png'));
  t.match(await of('/late'), { level: 'critical', message: /a\.js: http:\/\// }, 'a policy in the body does not count');
  t.match(
    await of('/redirected'),
    { level: 'critical', message: /out\.js: http:\/\// },
    'nor does a redirect to http://',
  );
});

t.test('a file without the required integrity is refused', async (t) => {
  const { url } = await site(t, {
    '/': page('<script src=/a.js integrity="sha256-AAAA"></script>'),
    '/right': page(
      `<script src=/a.js integrity="sha256-${createHash('sha256').update(js[1]).digest('base64')}"></script>`,
    ),
    '/preload': page('<link rel=preload as=script href=/a.js integrity=sha256-AAAA>'),
    '/a.js': js,
  });
  t.match(await reading(t, { url, page: true }), {
    level: 'critical',
    reason: 'body',
    message: '200; /a.js: does not match its integrity value in the page',
  });
  for (const path of ['/right', '/preload'])
    t.match(await reading(t, { url: url + path, page: true }), { level: 'healthy', page: { resources: 1 } }, path);
});

t.test('a module, or a file with crossorigin, needs the permission of its origin', async (t) => {
  const origins: (string | undefined)[] = [];
  const cdn = await site(t, {
    '/none.js': js,
    '/mine.js': ({ headers }, response) => {
      origins.push(headers.origin);
      const allowed = { 'access-control-allow-origin': headers.origin ?? '' };
      response.writeHead(200, { 'content-type': 'text/javascript', ...allowed }).end();
    },
  });
  const refused = { level: 'critical', reason: 'body', message: /does not allow .*\(Access-Control-Allow-Origin\)$/ };
  const well = { level: 'healthy', page: { resources: 1 } };
  for (const [markup, expected] of [
    [`<script crossorigin src="${cdn.url}/mine.js"></script>`, well],
    [`<script type=module src="${cdn.url}/none.js"></script>`, refused],
    [`<script src="${cdn.url}/none.js"></script>`, well],
    ['<script type=module src=/there.js></script>', refused],
  ] as const) {
    const { url } = await site(t, {
      '/': page(markup),
      '/there.js': (_request, response) => response.writeHead(302, { location: `${cdn.url}/none.js` }).end(),
    });
    t.match(await reading(t, { url, page: { origins: [cdn.url] } }), expected, markup);
    t.ok(origins.splice(0).every((origin) => origin === url));
  }
});

t.test('without a doctype a style of the page may have any type, and one of another origin may not', async (t) => {
  const cdn = await site(t, { '/a.css': ['text/plain', 'a{}'] });
  const { url } = await site(t, {
    '/': ['text/html', '<html><link rel=stylesheet href=/a.css>'],
    '/cdn': ['text/html', `<html><link rel=stylesheet href="${cdn.url}/a.css">`],
    '/doctype': page('<link rel=stylesheet href=/a.css>'),
    '/a.css': ['text/plain', 'a{}'],
  });
  const of = (path: string) => reading(t, { url: url + path, page: { origins: [cdn.url] } });
  t.match(await of('/'), { level: 'healthy', page: { resources: 1 } });
  for (const path of ['/cdn', '/doctype'])
    t.match(await of(path), { level: 'critical', message: /not valid for a style$/ }, path);
});

t.test('scripts and styles come before images, and files above the limit are reported', async (t) => {
  const images = Array.from({ length: 210 }, (_, index) => `<img src=/i.png?${index}>`).join('');
  const elsewhere = images.replaceAll('/i.png', 'http://cdn.example.com/i.png');
  const files = Object.fromEntries(Array.from({ length: 210 }, (_, index) => [`/i.png?${index}`, png]));
  const { url, asked } = await site(t, {
    ...files,
    '/': page('', `${images}<script src=/a.js></script>`),
    '/gone': page('', `${images}<script src=/gone.js></script>`),
    '/cdn': page('', `${elsewhere}<script src=/gone.js></script>`),
    '/a.js': js,
  });
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);
  t.teardown(() => process.off('warning', note));
  t.match(await reading(t, { url, page: true }), {
    level: 'healthy',
    message: '200; files above the limit of 200, not checked: 11',
    page: { resources: 200, aboveLimit: 11, leftOut: 0 },
  });
  t.equal(asked.length, 201);
  t.match(await reading(t, { url: `${url}/gone`, page: true }), {
    level: 'critical',
    message: '200; /gone.js: 404; files above the limit of 200, not checked: 11',
  });
  t.match(await reading(t, { url: `${url}/cdn`, page: true }), {
    message: '200; /gone.js: 404',
    page: { resources: 1, aboveLimit: 0, leftOut: 210 },
  });
  t.strictSame(warnings, [], 'no warning about too many listeners');
});

t.test('an answer that is no page is critical, unless its code is expected', async (t) => {
  const { url } = await site(t, {
    '/': ['application/json', '{"status": "ok"}'],
    '/none': ['', '\n<!DOCTYPE html><script src=/gone.js></script>'],
    '/gone': ['application/json', '{"status": "down"}', 500],
    '/old': ['application/json', '{}', 404],
  });
  const of = (path: string, more = {}) => reading(t, { url: `${url}${path}`, page: true, ...more });
  t.match(await of('/'), {
    level: 'critical',
    up: false,
    reason: 'body',
    message: '200: says ok; the answer has the Content-Type application/json, but page: true needs HTML',
  });
  t.match(await of('/none'), { level: 'critical', message: '200; /gone.js: 404' }, 'browsers see that it is HTML');
  t.match(await of('/gone'), { level: 'critical', reason: 'status', message: /^500: / });
  t.match(await of('/old', { expect: { status: 404 } }), { level: 'healthy' });
});

t.test('a page that is down has no files to fetch', async (t) => {
  const { url, asked } = await site(t, { '/': ['text/html', '<script src=/a.js></script>', 500] });
  t.match(await reading(t, { url, page: true }), { level: 'critical', reason: 'status', message: /^500/ });
  t.equal(asked.length, 1);
  t.match(await reading(t, { url: `http://127.0.0.1:${await closedPort()}`, page: true }), { reason: 'connect' });
});

t.test('the simulated frontend is a page that a deployment can break', async (t) => {
  const crm = await startAiCrm();
  t.teardown(() => crm.stop());
  t.match(await reading(t, { url: `${crm.urls.frontend}/`, page: true }), { level: 'healthy', page: { resources: 3 } });
  await crm.faults.set('frontend', { kind: 'bundle-404' });
  t.match(await reading(t, { url: `${crm.urls.frontend}/`, page: true }), {
    level: 'critical',
    message: /\/assets\/index-8f3c1a\.js: 404/,
  });
  await crm.faults.set('frontend', { kind: 'bundle-html' });
  t.match(await reading(t, { url: `${crm.urls.frontend}/`, page: true }), {
    level: 'critical',
    message: /index-8f3c1a\.js: has the Content-Type text\/html/,
  });
});
