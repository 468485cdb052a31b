import { createServer, get as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { startAiCrm } from '../../simulator/ai-crm.js';
import { createAuthority } from '../../simulator/certificate.js';
import { loadConfig } from '../../src/config/load.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { createProbe } from '../../src/probes/component-probe.js';
import { componentSamples, componentSeries } from '../../src/probes/component-samples.js';
import { readPage } from '../../src/probes/page-resources.js';
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

/** A web server on loopback whose files are what they are told to be: `[content type, body, status]`, or a function. */
async function site(t: Test, files: Readonly<Record<string, readonly [string, string, number?] | Answer>>) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    const file = files[request.url ?? ''];
    if (typeof file === 'function') return file(request, response);
    const [type, body, status = 200] = file ?? ['text/html', 'not found', 404];
    response.writeHead(status, { 'content-type': type }).end(body);
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

t.test('the files of a page come the way of the page', async (t) => {
  const { url, asked } = await site(t, { '/': page('<script src=/a.js></script>'), '/a.js': js });
  const seen: string[] = [];
  // Asks for whatever it is asked for, once it knows who asks.
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

t.test('a page is well when a browser could use all of its files', async (t) => {
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
  t.equal(found.page?.bytes, (found.responseBytes ?? 0) + size(js) + size(css) + size(png), 'the bytes of all of it');
  t.ok((found.page?.loadSeconds ?? 0) >= found.responseSeconds, 'the page itself is a part of it');
  t.equal(asked.length, 4, 'each file once');
  t.ok(
    asked.every(({ headers }) => headers['x-key'] === 'k' && headers.authorization?.startsWith('Basic ')),
    'as the page itself is asked for',
  );
  const samples = componentSamples(found, componentSeries('frontend'), false).map(
    ({ series, value }) => `${series.definition.name} ${value}`,
  );
  t.ok(samples.includes('aicrm_component_page_resources 3'));
});

t.test('without page: true nothing but the page is asked for', async (t) => {
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
      message: '200; /assets/index-8f3c.js: comes as text/html, which is no script',
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

/** The same files under the address that the page has them by. */
function withQuery<Files extends object>(files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [`${path}?token=s3cret`, file])) as Files;
}

t.test(
  'an image that is missing is a warning, a missing style is critical, and what is worse is named first',
  async (t) => {
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
  },
);

t.test('of many files that fail three are named', async (t) => {
  const scripts = Array.from({ length: 9 }, (_, index) => `<script src=/${index}.js></script>`).join('');
  const { url } = await site(t, { '/': page(scripts) });
  const found = await reading(t, { url, page: true });
  t.equal(found.message, '200; /0.js: 404; /1.js: 404; /2.js: 404; and 6 more files');
  t.equal(found.page?.failed.length, 9);
});

t.test('a file that hangs is late at the deadline, and the time of the page itself stays what it was', async (t) => {
  const { url } = await site(t, { '/': page('<script src=/slow.js></script>'), '/slow.js': () => {} });
  const found = await reading(t, { url, page: true }, 700);
  t.match(found, {
    level: 'critical',
    up: false,
    reason: 'timeout',
    message: /slow\.js: not there before the deadline/,
  });
  t.ok(found.responseSeconds < 0.6, `${found.responseSeconds} s`);
});

t.test('files of other origins are loaded only where they are listed, and get no credentials', async (t) => {
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

t.test('a redirect of a file is followed within its origin, and not to another one', async (t) => {
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
  });
  t.match(await reading(t, { url, page: true }), { level: 'healthy' });
  t.match(await reading(t, { url: `${url}/out`, page: true }), { level: 'critical', message: '200; /out.js: 302' });
  t.equal(elsewhere.asked.length, 0);
});

t.test('a file over http:// is mixed content of a page over https://', async (t) => {
  const authority = createAuthority();
  const { certificatePem, keyPem } = localCertificate(authority);
  const server = createSecureServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    const [type, body] =
      request.url === '/a.css'
        ? css
        : page('<link rel=stylesheet href=/a.css>', '<img src="http://localhost:9/logo.png">');
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
    message: '200; /logo.png: http:// on a page of https://, which browsers refuse',
  });
  t.match(found.page, { resources: 2, failed: { length: 1 } }, 'the style came over TLS, by our authority');
});

t.test('a page that is down has no files to be asked for', async (t) => {
  const { url, asked } = await site(t, { '/': ['text/html', '<script src=/a.js></script>', 500] });
  t.match(await reading(t, { url, page: true }), { level: 'critical', reason: 'status', message: /^500/ });
  t.equal(asked.length, 1);
  t.match(await reading(t, { url: `http://127.0.0.1:${await closedPort()}`, page: true }), { reason: 'connect' });
});

t.test('what a page names is read as browsers read it', async (t) => {
  const read = (markup: string) =>
    readPage(markup, new URL('https://crm.example.com/app/')).resources.map(({ kind, url }) => `${kind} ${url.href}`);
  for (const [markup, expected] of [
    ['<script src=a.js></script>', ['script https://crm.example.com/app/a.js']],
    [
      '<base href="/static/"><base href="/other/"><script src=a.js></script>',
      ['script https://crm.example.com/static/a.js'],
    ],
    ['<SCRIPT SRC="//cdn.example.com/a.js?x=1&amp;y=2#z"></SCRIPT>', ['script https://cdn.example.com/a.js?x=1&y=2']],
    ['<!-- <script src=a.js></script> --><script>"<img src=x.png>"</script>', []],
    ['<script type="application/json" src=a.json></script><script type=importmap src=m.json></script>', []],
    [
      '<link rel="alternate stylesheet" href=a.css><link rel=stylesheet disabled href=b.css><link rel=canonical href=/>',
      [],
    ],
    [
      '<link rel=preload as=script href=a.js><link rel=preload as=font href=a.woff2><link rel=modulepreload href=b.js>',
      ['script https://crm.example.com/app/a.js', 'script https://crm.example.com/app/b.js'],
    ],
    [
      '<template><img src=a.png></template><img src="  b.png "><img src=""><img>',
      ['image https://crm.example.com/app/b.png'],
    ],
    ['<img src="http://[::1"><img src="javascript:x()"><img src=mailto:a@b>', []],
    ['<script src=a.js', []],
  ] as const)
    t.strictSame(read(markup), expected, markup);
  const many = Array.from({ length: 250 }, (_, index) => `<img src=${index}.png>`).join('');
  t.match(readPage(many, new URL('https://crm.example.com/')), { resources: { length: 200 }, leftOut: 50 });
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
    message: /index-8f3c1a\.js: comes as text\/html/,
  });
});
