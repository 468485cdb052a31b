import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createAuthority } from '../../simulator/certificate.js';
import type { Config } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load.js';
import type { HttpComponent } from '../../src/config/sections/endpoints-section.js';
import type { Expectation } from '../../src/config/sections/expect-options.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { createProbe } from '../../src/probes/component-probe.js';
import { httpComponent, httpSettings, tcpComponent, thresholdsWith } from '../support/config.js';
import { ManualClock } from '../support/manual-clock.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';

const probe = createProbe(
  { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' },
  thresholdsWith({ warning: 2, critical: 5 }),
);

async function load(t: Test, text: string): Promise<Config> {
  const directory = t.testdir({});
  await writeFile(join(directory, 'monitoring.yml'), text);
  return loadConfig('monitoring.yml', { environment: {}, directory });
}

/** Probes one endpoint of a configuration file, with these options in YAML, against a server with this answer. */
async function probed(t: Test, { code = 200, body = '<html>', type = 'text/html', name = 'shop', options = '' }) {
  const server = await rawServer((socket) =>
    socket.end(httpAnswer(body, { code, headers: [`Content-Type: ${type}`] })),
  );
  t.teardown(() => server.stop());
  const config = await load(t, `endpoints:\n  ${name}: {url: "http://127.0.0.1:${server.port}/", ${options}}\n`);
  const [component] = config.components;
  if (component === undefined) throw new Error('no component');
  return probe(component, AbortSignal.timeout(10_000));
}

const json = 'application/json';
const running = { body: '{"status":"running"}', type: json };
const strange = { body: '{"status":"humming"}', type: json };

const examples: readonly (readonly [given: Parameters<typeof probed>[1], expected: object])[] = [
  // The status code decides, and an unknown body explains nothing.
  [
    {
      code: 503,
      body: '{"type":"about:blank","title":"Service Unavailable","status":503}',
      type: 'application/problem+json',
    },
    { level: 'critical', reason: 'status' },
  ],
  [
    { code: 500, body: '{"status":500,"error":"Internal Server Error"}', type: json },
    { level: 'critical', reason: 'status' },
  ],
  [
    { code: 503, body: '{"status":"unavailable"}', type: json },
    { level: 'critical', reason: 'status' },
  ],
  [
    { code: 503, body: '{"status":"unavailable"}', type: json, name: 'backend' },
    { level: 'critical', reason: 'status' },
  ],
  [
    { code: 503, body: '{"status":"degraded"}', type: json, name: 'backend' },
    { level: 'warning', up: true },
  ],
  [
    { code: 503, body: '{"status":"degraded"}', type: json, options: 'expect: {status: 200}' },
    { level: 'critical', reason: 'status' },
  ],
  // An expectation outranks a guess.
  ...['{json: {status: running}}', '{json: false}', '{status: 200}', '{body_regex: running}'].flatMap((expect) => {
    const options = `expect: ${expect}`;
    const same = [running, ...(expect.includes('running') ? [] : [strange])];
    return same.flatMap((answer) =>
      ['shop', 'backend'].map(
        (name) =>
          [
            { ...answer, name, options },
            { level: 'healthy', up: true },
          ] as const,
      ),
    );
  }),
  [running, { level: 'healthy' }],
  [strange, { level: 'healthy', message: '200: says humming' }],
  [
    { ...strange, options: 'expect: {json: true}' },
    { level: 'unknown', message: '200: says humming, which is no known health word' },
  ],
  [
    { body: '{"status":"fail"}', type: json, options: 'expect: {json: {status: [open, fail]}}' },
    { level: 'healthy', up: true },
  ],
  [
    { body: '{"status":"fail"}', type: json },
    { level: 'critical', reason: 'unhealthy' },
  ],
  [
    { body: 'gone fishing', type: 'text/plain', name: 'backend', options: 'expect: {body_regex: fishing}' },
    { level: 'healthy' },
  ],
  [{ name: 'backend', options: 'expect: {body_regex: "<html>"}' }, { level: 'healthy' }],
  [{ name: 'backend' }, { level: 'unknown', reason: 'json', message: 'expected JSON, the answer is HTML' }],
  [{ code: 401, name: 'backend', options: 'expect: {status: 401}' }, { level: 'healthy' }],
  // A page that is refused or missing is down.
  [
    { code: 403, options: 'expect: {status: 200}' },
    { level: 'critical', up: false },
  ],
  [{ code: 403 }, { level: 'critical', reason: 'auth' }],
  [
    { code: 401 },
    { level: 'critical', reason: 'auth', message: '401: credentials are required, and none are configured' },
  ],
  [{ code: 404 }, { level: 'critical', reason: 'status' }],
  [
    { code: 404, name: 'pm_gateway' },
    { level: 'critical', reason: 'status' },
  ],
  [
    { code: 401, options: 'auth: {bearer: {token: hunter2}}' },
    { level: 'unknown', reason: 'auth', message: '401: the credentials were not accepted' },
  ],
  [
    { code: 403, options: 'headers: {X-Api-Key: hunter2}' },
    { level: 'unknown', reason: 'auth' },
  ],
  [
    { code: 403, options: 'auth: {bearer: {token: hunter2}}, expect: {status: 200}' },
    { level: 'critical', reason: 'auth' },
  ],
  [{ code: 429 }, { level: 'unknown', reason: 'rate_limited' }],
  [
    { code: 429, options: 'expect: {status: 200}' },
    { level: 'critical', reason: 'rate_limited' },
  ],
  [{ code: 404, options: 'expect: {status: 404}' }, { level: 'healthy' }],
];

t.test('the configuration decides the level of an answer first, then the code, then the word', async (t) => {
  for (const [given, expected] of examples) t.match(await probed(t, given), expected, JSON.stringify(given));
});

t.test('an expected redirect is not followed, any other is', async (t) => {
  const server = await rawServer((socket, request) =>
    socket.end(
      request.startsWith('GET / ') ? httpAnswer('', { code: 302, headers: ['Location: /in'] }) : httpAnswer('{}'),
    ),
  );
  t.teardown(() => server.stop());
  const table = [
    ['', 200, 'healthy'],
    ['status: 302', 302, 'healthy'],
    ['status: [301, 302, 307]', 302, 'healthy'],
    ['status: 301', 200, 'critical'],
    ['status: 200', 200, 'healthy'],
  ] as const;
  for (const [expect, statusCode, level] of table) {
    const { components } = await load(
      t,
      `endpoints: {shop: {url: "http://127.0.0.1:${server.port}/", expect: {${expect}}}}`,
    );
    t.match(await probe(components[0]!, AbortSignal.timeout(10_000)), { statusCode, level }, expect);
  }
});

t.test('only default endpoints may be missing, not those with a configured URL', async (t) => {
  const server = await rawServer((socket) => socket.end(httpAnswer('{"detail":"Not Found"}', { code: 404 })));
  t.teardown(() => server.stop());
  const levels = async (text: string) => {
    const { components } = await load(t, text);
    const here = components
      .filter((component): component is HttpComponent => 'url' in component)
      .map((component) => ({ ...component, url: `http://127.0.0.1:${server.port}/` }));
    return Promise.all(
      here.map(async (component) => [component.name, (await probe(component, AbortSignal.timeout(10_000))).level]),
    );
  };
  t.same(Object.fromEntries(await levels('')), {
    backend: 'unknown',
    frontend: 'unknown',
    pm_gateway: 'unknown',
    database: 'unknown',
  });
  const missing = { pm_gateway: 'unknown', database: 'unknown' };
  t.same(
    Object.fromEntries(
      await levels(
        'endpoints: {pm_gateway: "http://localhost:8000/pm/health", database: {url: "http://localhost:8000/db/health"}}',
      ),
    ),
    missing,
    "in the monitoring document's configuration",
  );
  const own =
    'endpoints: {pm_gateway: "http://crm.test:8000/pm/health", database: "http://localhost:8000/database", other: "http://localhost:8000/db/health"}';
  t.same(Object.fromEntries(await levels(own)), { pm_gateway: 'critical', database: 'critical', other: 'critical' });
  t.same(
    Object.fromEntries(
      await levels('endpoints: {database: {url: "http://localhost:8000/db/health", expect: {status: 200}}}'),
    ),
    { database: 'critical' },
    'expect.status decides',
  );
});

const day = 86_400;
const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
const limits = { warning: 2, critical: 5 };

t.test('the verdict names a certificate that expires within two weeks', async (t) => {
  const authority = createAuthority();
  const expirySeconds = Math.floor(Date.now() / 1000) + 30 * day;
  const certificate = authority.issue({
    names: ['127.0.0.1'],
    notBefore: new Date(Date.now() - day * 1000),
    notAfter: new Date(expirySeconds * 1000),
  });
  const server = await rawServer((socket) => socket.end(httpAnswer('{}')), { certificate });
  t.teardown(() => server.stop());
  const component = httpComponent('x', `https://127.0.0.1:${server.port}/`, {
    http: httpSettings({ tls: { ca: authority.certificatePem, insecureSkipVerify: false } }),
  });
  const told = [
    [14 * day, ''],
    [14 * day - 1, '; a certificate expires in 13 days (leaf of 127.0.0.1)'],
    [2 * day, '; a certificate expires in 2 days (leaf of 127.0.0.1)'],
    [2 * day - 1, '; a certificate expires in 1 day (leaf of 127.0.0.1)'],
    [day - 1, '; a certificate expires within a day (leaf of 127.0.0.1)'],
    [0, '; a certificate expires within a day (leaf of 127.0.0.1)'],
    [-1, '; a certificate has expired (leaf of 127.0.0.1)'],
  ] as const;
  for (const [leftSeconds, words] of told) {
    const clock = new ManualClock(expirySeconds - leftSeconds);
    t.match(
      await createProbe(prober, thresholdsWith(limits), { clock })(component, AbortSignal.timeout(10_000)),
      { level: 'healthy', message: `200${words}` },
      `${leftSeconds} s`,
    );
  }
  const untrusted = { ...component, http: httpSettings() };
  const { message } = await createProbe(prober, thresholdsWith(limits), { clock: new ManualClock(expirySeconds) })(
    untrusted,
    AbortSignal.timeout(10_000),
  );
  t.notMatch(message, 'a certificate', 'if TLS fails because of it, it is not repeated');
});

t.test("a slow answer has the level of its limits, the component's own or the general ones", async (t) => {
  const slowly = async (seconds: number, { thresholds = {}, body = '{}' } = {}) => {
    const clock = new ManualClock();
    const server = await rawServer((socket) => (clock.advance(seconds), socket.end(httpAnswer(body))));
    t.teardown(() => server.stop());
    return createProbe(prober, thresholdsWith(limits), { clock })(
      httpComponent('x', `http://127.0.0.1:${server.port}/`, { thresholds }),
      AbortSignal.timeout(10_000),
    );
  };
  t.match(await slowly(2), { level: 'healthy', message: '200', responseSeconds: 2 });
  t.match(await slowly(2.5), { level: 'warning', up: true, message: '200, slow: 2.50 s, above 2 s' });
  t.match(await slowly(7.126), { level: 'critical', up: true, message: '200, slow: 7.13 s, above 5 s' });
  t.match(await slowly(0.5, { thresholds: { responseTimeSeconds: { warning: 0.1, critical: 1 } } }), {
    level: 'warning',
    message: '200, slow: 0.50 s, above 0.1 s',
  });
  t.match(await slowly(2.5, { body: '{"status":"degraded"}' }), {
    level: 'warning',
    message: '200: says degraded, slow: 2.50 s, above 2 s',
  });
  t.match(await slowly(7, { body: '{"status":"down"}' }), { level: 'critical', up: false, message: '200: says down' });
});

t.test('a reading has the measured values, and headers and log only for a viewer', async (t) => {
  const server = await rawServer((socket) =>
    socket.end(
      httpAnswer('{"status":"ok","uptime_seconds":7,"version":"1.2","checks":{"db":"up"}}', {
        headers: ['Content-Type: application/json', 'Server: nginx'],
      }),
    ),
  );
  t.teardown(() => server.stop());
  const component = httpComponent('x', `http://127.0.0.1:${server.port}/`);
  const probeX = createProbe(prober, thresholdsWith(limits));
  const unseen = await probeX(component, AbortSignal.timeout(10_000));
  t.match(unseen, {
    subject: 'component',
    name: 'x',
    kind: 'http',
    target: component.target,
    level: 'healthy',
    up: true,
    reason: null,
    statusCode: 200,
    responseBytes: 71,
    ipProtocol: 4,
    uptimeSeconds: 7,
    failuresInARow: 0,
  });
  t.same([unseen.checks, unseen.headers, unseen.log], [[{ name: 'db', level: 'healthy' }], [], []]);
  t.type(unseen.identity, 'string');
  const log: string[] = [];
  const seen = await probeX(component, AbortSignal.timeout(10_000), log);
  t.same(
    seen.headers.filter(([name]) => /^server$/i.test(name)).map(([, value]) => value),
    ['nginx'],
  );
  t.equal(seen.log, log);
  t.ok(log.length > 1);
  const port = tcpComponent('y', server.port);
  t.match(await probeX(port, AbortSignal.timeout(10_000)), {
    kind: 'tcp',
    up: true,
    level: 'healthy',
    reason: null,
    message: 'port open',
  });
  const gone = await probeX(tcpComponent('z', await closedPort()), AbortSignal.timeout(10_000));
  t.match(gone, { up: false, level: 'critical', reason: 'connect', failuresInARow: 1 });
  t.strictSame(
    ['statusCode', 'responseBytes', 'ipProtocol', 'certificate', 'uptimeSeconds', 'identity'].filter(
      (key) => key in gone,
    ),
    [],
  );
});

t.test('when a body cannot be unpacked, the message says so', async (t) => {
  const answered = async (body: string, code: number, expect: Partial<Expectation>) => {
    const server = await rawServer((socket) =>
      socket.end(httpAnswer(body, { code, headers: ['Content-Type: text/plain', 'Content-Encoding: x-squeeze'] })),
    );
    t.teardown(() => server.stop());
    return createProbe(prober, thresholdsWith(limits))(
      httpComponent('x', `http://127.0.0.1:${server.port}/`, { http: httpSettings({ expect }) }),
      AbortSignal.timeout(10_000),
    );
  };
  const remark = /; it has the unknown content coding "x-squeeze" \(Content-Encoding\)$/;
  t.match((await answered('?', 200, { bodyRegex: /fine/ })).message, remark);
  t.match((await answered('?', 200, { jsonStatus: true })).message, remark);
  for (const { message } of [await answered('?', 500, {}), await answered('?', 200, {})]) t.notMatch(message, remark);
});
