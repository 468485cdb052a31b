import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { ExporterError } from '../../src/base/errors.js';
import { startServer } from '../../src/http/server.js';
import type { ProbeRequest } from '../../src/http/service.js';
import { shownHeaders } from '../../src/probes/component-probe.js';
import { ask } from '../support/ask.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordedLog } from '../support/recorded-log.js';
import {
  calmHost,
  component,
  documented,
  type FixtureOptions,
  fixtureService,
  forbidden,
  nowSeconds,
  off,
  ownReadings,
  ownSamples,
  reading,
  refused,
  reportOf,
  secretText,
  withAiCrm,
} from '../support/service-fixture.js';

const calm: FixtureOptions = {
  components: documented,
  readings: [...documented.map(({ name }) => reading(name)), ...calmHost],
};

async function serve(t: Test, change: Partial<FixtureOptions> = {}, telemetryPath = '/metrics') {
  const log = new RecordedLog();
  const clock = new ManualClock();
  const service = fixtureService({ ...calm, ...change });
  const server = await startServer(service, {
    host: '127.0.0.1',
    port: 0,
    telemetryPath,
    version: '9.8.7',
    log,
    clock,
  });
  t.teardown(() => server.stop());
  return { service, server, log, clock, url: (path: string) => server.url + path };
}

t.test('the address of the earlier dashboard redirects to the status page', async (t) => {
  const { url } = await serve(t);
  t.match(await ask(url('/dashboard')), {
    status: 301,
    headers: { location: './' },
    text: 'the status page is at /\n',
  });
  t.equal(
    new URL('./', 'https://example.com/crm/dashboard').pathname,
    '/crm/',
    'below a path of a reverse proxy as well',
  );
});

t.test('serves the metrics in the requested format', async (t) => {
  const { url } = await serve(t);
  const text = await ask(url('/metrics'));
  t.equal(text.status, 200);
  t.equal(text.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  t.match(text.text, 'aicrm_component_up{component="backend"} 1\n');
  const open = await ask(url('/metrics'), {
    headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5' },
  });
  t.equal(open.headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  t.ok(open.text.endsWith('# EOF\n'));
  for (const { headers } of [text, open]) t.equal(headers.vary, 'Accept, Accept-Encoding');
});

t.test('the body of a scrape is released when the answer is sent', async (t) => {
  let released = 0;
  const metrics = async () => ({
    body: Buffer.from('a 1\n'),
    contentType: 'text/plain',
    release: () => void (released += 1),
  });
  const { url, server } = await serve(t, { metrics });
  t.equal((await ask(url('/metrics'))).text, 'a 1\n');
  await server.stop();
  t.equal(released, 1);
});

t.test('compresses large texts, only for clients that accept it', async (t) => {
  const { url } = await serve(t);
  const plain = await ask(url('/metrics'));
  t.equal(plain.headers['content-encoding'], undefined);
  const packed = await ask(url('/metrics'), { headers: { 'accept-encoding': 'gzip, deflate' } });
  t.equal(packed.headers['content-encoding'], 'gzip');
  t.equal(packed.headers['content-length'], String(packed.body.length));
  t.equal(packed.headers['content-type'], plain.headers['content-type']);
  t.equal(gunzipSync(packed.body).toString(), plain.text);
  const declined = await ask(url('/metrics'), { headers: { 'accept-encoding': 'gzip;q=0' } });
  t.equal(declined.headers['content-encoding'], undefined);
  const rather = await ask(url('/metrics'), { headers: { 'accept-encoding': 'gzip;q=0.5, identity' } });
  t.equal(rather.headers['content-encoding'], undefined, 'a client that prefers uncompressed text gets it');
  const page = await ask(url('/'), { headers: { 'accept-encoding': 'gzip' } });
  t.match(gunzipSync(page.body).toString(), /^<!doctype html>/i);
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  const small = await ask(url('/-/healthy'), { headers: { 'accept-encoding': 'gzip' } });
  t.equal(small.headers['content-encoding'], undefined);
  t.equal(small.headers.vary, 'Accept-Encoding');
});

t.test('HEAD has the headers of GET and no body', async (t) => {
  const { url } = await serve(t);
  for (const path of ['/metrics', '/', '/api/status', '/-/healthy']) {
    const head = await ask(url(path), { method: 'HEAD' });
    const get = await ask(url(path));
    t.equal(head.status, 200, path);
    t.equal(head.body.length, 0, path);
    t.equal(head.headers['content-length'], String(get.body.length), path);
    t.equal(head.headers['content-type'], get.headers['content-type'], path);
  }
});

t.test('serves the metrics at another path, taken literally', async (t) => {
  const { url } = await serve(t, {}, '/own/(metrics):x');
  t.equal((await ask(url('/own/(metrics):x'))).status, 200);
  t.equal((await ask(url('/metrics'))).status, 404);
  t.match((await ask(url('/'))).text, 'href="./own/(metrics):x"');
});

t.test('probes a component and answers with its metrics alone', async (t) => {
  const { url } = await serve(t);
  const { status, text, headers } = await ask(url('/probe?target=backend'));
  t.equal(status, 200);
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  t.match(text, 'aicrm_component_up{component="backend"} 1\n');
  t.notMatch(text, 'component="database"');
  t.ok(
    (await ask(url('/probe?target=backend'), { headers: { accept: 'application/openmetrics-text' } })).text.endsWith(
      '# EOF\n',
    ),
  );
});

t.test('a probe gets the time of the scrape timeout header', async (t) => {
  const asked: ProbeRequest[] = [];
  const probe = async (request: ProbeRequest) => {
    asked.push(request);
    return reportOf(reading('backend'));
  };
  const { url } = await serve(t, { probe });
  for (const header of ['10', '10.25', '0.6', '0.0', '-3', 'soon', '0x10', 'Infinity', '1e3']) {
    await ask(url('/probe?target=backend&module=slow'), { headers: { 'x-prometheus-scrape-timeout-seconds': header } });
  }
  t.same(
    asked.map(({ timeoutSeconds }) => timeoutSeconds),
    [9.5, 9.75, 0.3, ...new Array<undefined>(6)],
  );
  t.same(
    asked.map(({ module }) => module),
    new Array(9).fill('slow'),
  );
  await ask(url('/probe?target=backend&module='));
  t.strictSame(asked.at(-1), { target: 'backend' }, 'an empty module is absent');
});

t.test('a probe ends when its client disconnects', async (t) => {
  let aborted = () => {};
  const ended = new Promise<void>((resolve) => (aborted = resolve));
  const { server, log } = await serve(t, {
    probe: (_request, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted();
          reject(signal.reason as Error);
        });
        socket.destroy();
      }),
  });
  const socket = connect(server.port, '127.0.0.1').on('error', () => {});
  socket.write('GET /probe?target=backend HTTP/1.1\r\nHost: x\r\n\r\n');
  await ended;
  await server.stop();
  t.same(
    log.lines.map(({ level, message }) => [level, message]),
    [
      ['debug', 'request abandoned'],
      ['debug', 'request answered'],
    ],
    'and this is not an error',
  );
});

t.test('refuses impossible and forbidden probes with a message of one line', async (t) => {
  const { url } = await serve(t);
  const answers: readonly (readonly [query: string, status: number, text: string])[] = [
    ['', 400, 'target is missing: /probe?target=<component or URL>\n'],
    ['?target=', 400, 'target is missing: /probe?target=<component or URL>\n'],
    ['?target=a&target=b', 400, 'target is given 2 times; give it once\n'],
    ['?target=nobody', 400, 'unknown target nobody\n'],
    ['?target=http://169.254.169.254/', 403, 'target http://169.254.169.254/ is not allowed\n'],
  ];
  for (const [query, status, text] of answers) {
    const answer = await ask(url(`/probe${query}`));
    t.equal(answer.status, status, query);
    t.equal(answer.text, text, query);
    t.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
  }
  const json = await ask(url('/probe?target=nobody'), { headers: { accept: 'application/json' } });
  t.equal(json.status, 400);
  t.match(json.headers, { 'content-type': 'application/json; charset=utf-8', vary: /Accept/ });
  t.same(JSON.parse(json.text), { error: { code: 'bad_request', message: 'unknown target nobody' } });
});

t.test('debug shows everything about a probe except secrets, and nothing that controls a terminal', async (t) => {
  const found = reading('backend', {
    message: 'answer \u001b[2J\u202e500\nLog:',
    headers: shownHeaders([
      ['content-type', 'text/html'],
      ['Set-Cookie', `session=${secretText}`],
      ['x-auth-token', secretText],
      ['authorization', secretText],
    ]),
    certificate: { expiryTimestampSeconds: nowSeconds + 86_400, verified: false },
  });
  const { url } = await serve(t, { probe: async () => reportOf(found) });
  const { text, headers } = await ask(url('/probe?target=backend&debug=true'));
  t.equal(headers['content-type'], 'text/plain; charset=utf-8');
  t.match(text, 'Log:\n  connected to backend.example\n  answer 200\n\nPhases:\n  dns: 0.001 s\n');
  t.match(
    text,
    '  content-type: text/html\n  Set-Cookie: <secret>\n  x-auth-token: <secret>\n  authorization: <secret>\n',
  );
  t.match(text, '  message: answer \uFFFD[2J\uFFFD500 Log:\n');
  t.match(text, '  certificate until: 2026-11-24T08:15:30.000Z\n  certificate valid: no\n');
  t.match(text, '  aicrm_component_up{component="backend"} 1\n');
  t.notMatch(text, secretText);
});

t.test('lists the components for service discovery', async (t) => {
  const { url } = await serve(t);
  const { text, headers } = await ask(url('/sd'));
  t.equal(headers['content-type'], 'application/json; charset=utf-8');
  const groups = JSON.parse(text) as unknown[];
  t.equal(groups.length, 4);
  t.same(groups[0], {
    targets: ['backend'],
    labels: {
      __meta_aicrm_component: 'backend',
      __meta_aicrm_kind: 'http',
      __meta_aicrm_target: 'http://backend.example:8000/health',
    },
  });
});

t.test('the status in JSON has times in both spellings', async (t) => {
  const { url } = await serve(t, {
    readings: [
      { ...refused('database'), times: { stateSinceSeconds: nowSeconds - 215, outageStartSeconds: nowSeconds - 215 } },
      reading('backend'),
      ...calmHost,
    ],
    failed: { tasks: 'no result within 10 s' },
  });
  const status = JSON.parse((await ask(url('/api/status'))).text) as Record<string, unknown> & {
    components: Record<string, unknown>[];
    collectors: unknown[];
  };
  t.match(status, { level: 'critical', version: '9.8.7', time: '2026-11-23T08:15:30.000Z', time_seconds: nowSeconds });
  t.match(status.components[0], {
    name: 'database',
    level: 'critical',
    since: '2026-11-23T08:11:55.000Z',
    since_seconds: nowSeconds - 215,
    response_threshold: { warning_seconds: 2, critical_seconds: 5 },
    reading: {
      up: false,
      reason: 'connect',
      failures_in_a_row: 3,
      outage_started_at_seconds: nowSeconds - 215,
      outage_ended_at: null,
      outage_ended_at_seconds: null,
      status_code: null,
      taken_at: '2026-11-23T08:15:18.000Z',
      taken_at_seconds: nowSeconds - 12,
    },
  });
  t.match(status.components.at(-1), { name: 'backend', since: null, since_seconds: null }, 'not known');
  t.same(
    status.components.map(({ name, suspects, reading }) => [name, suspects, reading === null]),
    [
      ['database', [], false],
      ['frontend', [], true],
      ['pm_gateway', ['database'], true],
      ['backend', [], false],
    ],
  );
  t.match(status.collectors.at(-1), { name: 'tasks', success: false, error: 'no result within 10 s', stale: false });
});

t.test('the status in JSON has measures, transactions, sources, and which facts are available', async (t) => {
  const readings = [
    reading('backend'),
    ...ownReadings.filter(({ name }) => name !== 'ai_crm_users'),
    forbidden('ai_crm_users'),
    off('ai_crm_database'),
  ];
  const { url } = await serve(t, {
    readings,
    samples: ownSamples,
    config: { ...withAiCrm, sqlSources: [{ name: 'sessions', metrics: [] }] as never },
  });
  const status = JSON.parse((await ask(url('/api/status'))).text) as Record<
    'measures' | 'transactions' | 'sources' | 'facts',
    Record<string, unknown>[]
  >;
  const taken = { taken_at: '2026-11-23T08:15:18.000Z', taken_at_seconds: nowSeconds - 12 };
  t.same(status.measures[0], { name: 'PM analysis', level: 'healthy', message: '16 ms of 5 s', ...taken });
  t.match(status.transactions, [
    {
      name: 'delegate',
      level: 'healthy',
      reading: {
        ...taken,
        up: true,
        failed_step: null,
        duration_seconds: 0.298,
        steps: [{ name: 'log in', duration_seconds: 0.231, reason: null }, {}, {}],
      },
    },
  ]);
  t.same(status.sources.slice(0, 2), [
    {
      name: 'ai_crm_users',
      up: false,
      reason: 'auth',
      message: '403: the account may not read this; log in with an account of role admin',
      notices: [],
      ...taken,
    },
    { name: 'sessions', up: null, reason: null, message: null, notices: [], taken_at: null, taken_at_seconds: null },
  ]);
  t.match(status.sources.at(-1), { name: 'ai_crm_database', up: null, message: /^not collected/ });
  t.same(
    status.facts.find(({ name }) => name === 'task_creation'),
    { name: 'task_creation', available: true, metrics: ['aicrm_tasks_created_total'], components: [], message: null },
  );
  t.match(
    status.facts.find(({ name }) => name === 'failed_logins'),
    { available: false, message: /^not available: / },
  );
});

t.test('the metrics in JSON have words for numbers that JSON does not have', async (t) => {
  const { url } = await serve(t, {
    readings: [
      reading('backend', { responseSeconds: Number.NaN }),
      reading('database', { responseSeconds: Number.POSITIVE_INFINITY }),
    ],
  });
  for (const path of ['/api/metrics', '/api/status'])
    t.equal((await ask(url(path))).headers['content-type'], 'application/json; charset=utf-8', path);
  const { families } = JSON.parse((await ask(url('/api/metrics'))).text) as {
    families: { name: string; type: string; series: unknown[] }[];
  };
  const family = families.find(({ name }) => name === 'aicrm_component_last_response_seconds');
  t.equal(family?.type, 'gauge');
  t.same(family?.series, [
    { labels: { component: 'backend' }, value: 'NaN' },
    { labels: { component: 'database' }, value: '+Inf' },
  ]);
});

t.test('shows the configuration as YAML or JSON', async (t) => {
  const { url } = await serve(t);
  const yaml = await ask(url('/config'));
  t.equal(yaml.headers['content-type'], 'text/plain; charset=utf-8');
  const json = await ask(url('/config'), { headers: { accept: 'application/json' } });
  t.equal(json.headers['content-type'], 'application/json; charset=utf-8');
  t.same(parse(yaml.text), JSON.parse(json.text));
  t.equal(
    (await ask(url('/config'), { headers: { accept: 'application/json;q=0.5, application/yaml' } })).text,
    yaml.text,
  );
  t.match(yaml.text, 'backend');
});

t.test('no answer contains a secret of the configuration', async (t) => {
  const { url, log } = await serve(t, { config: withAiCrm });
  for (const path of [
    '/',
    '/metrics',
    '/config',
    '/api/status',
    '/api/metrics',
    '/sd',
    '/probe?target=backend&debug=true',
    '/nothing',
  ]) {
    for (const accept of ['*/*', 'application/json'])
      t.notMatch((await ask(url(path), { headers: { accept } })).text, secretText, path);
  }
  t.notMatch(JSON.stringify(log.lines), secretText);
});

t.test('is healthy at once and ready when everything has run', async (t) => {
  const { url } = await serve(t, { ready: false });
  t.match(await ask(url('/-/healthy')), { status: 200, text: 'ai-crm-exporter is healthy\n' });
  t.match(await ask(url('/-/ready')), {
    status: 503,
    text: 'ai-crm-exporter is not ready: some collectors have not run yet\n',
  });
  const ready = await serve(t);
  t.match(await ask(ready.url('/-/ready')), { status: 200, text: 'ai-crm-exporter is ready\n' });
});

t.test('reloads only on POST and PUT', async (t) => {
  let reloads = 0;
  const { url } = await serve(t, { reload: async () => void (reloads += 1) });
  for (const method of ['POST', 'PUT'])
    t.match(await ask(url('/-/reload'), { method }), { status: 200, text: 'configuration reloaded\n' });
  const get = await ask(url('/-/reload'));
  t.equal(get.status, 405);
  t.equal(get.headers.allow, 'POST, PUT');
  t.equal(get.text, 'GET is not allowed here: use POST, PUT\n');
  t.equal(reloads, 2);
});

t.test('the answer to a failed reload has every problem', async (t) => {
  const problems =
    'monitoring.yml:3:5 endpoints.backend: bad URL\nmonitoring.yml:9:1 hsot: unknown key, did you mean host?';
  const { url } = await serve(t, {
    reload: async () => {
      throw new ExporterError('config_invalid', problems, { expose: true });
    },
  });
  t.match(await ask(url('/-/reload'), { method: 'POST' }), { status: 500, text: `${problems}\n` });
});

t.test('an internal error is logged and not sent to the client', async (t) => {
  const { url, log } = await serve(t, {
    metrics: async () => {
      throw new Error('broken inside', { cause: new Error('the deeper reason') });
    },
    reload: async () => {
      throw new ExporterError('config_unreadable', 'not marked to be seen');
    },
  });
  t.match(await ask(url('/metrics')), { status: 500, text: 'internal error\n' });
  t.match(await ask(url('/-/reload'), { method: 'POST' }), { status: 500, text: 'internal error\n' });
  t.match(
    log.lines.filter(({ level }) => level === 'error'),
    [
      {
        message: 'request failed',
        fields: { method: 'GET', path: '/metrics', status: 500, error: 'broken inside', cause: 'the deeper reason' },
      },
      { message: 'request failed', fields: { path: '/-/reload', error: 'not marked to be seen', cause: undefined } },
    ],
  );
  const json = await ask(url('/metrics'), { headers: { accept: 'application/json' } });
  t.same(JSON.parse(json.text), { error: { code: 'internal', message: 'internal error' } });
});

t.test('an unknown path is answered with 404 and a hint to the page with all links', async (t) => {
  const { url } = await serve(t);
  for (const path of ['/nothing', '/Metrics', '/api', '/%E0%A4%A']) {
    const answer = await ask(url(path));
    t.equal(answer.status, 404, path);
    t.equal(answer.text, 'not found: see / for all pages\n');
  }
});

t.test('a wrong method is answered with the allowed ones', async (t) => {
  const { url } = await serve(t);
  const deleted = await ask(url('/metrics'), { method: 'DELETE' });
  t.equal(deleted.status, 405);
  t.equal(deleted.headers.allow, 'HEAD, GET');
  t.equal(deleted.text, 'DELETE is not allowed here: use HEAD, GET\n');
  t.match(await ask(url('/metrics'), { method: 'PROPFIND' }), {
    status: 501,
    text: /^PROPFIND is not allowed here: use HEAD, GET\n$/,
  });
  t.match(await ask(url('/nothing'), { method: 'PROPFIND' }), {
    status: 501,
    text: /^PROPFIND is not allowed here\n$/,
  });
});

t.test('every answer forbids caching, type guessing and framing', async (t) => {
  const { url } = await serve(t);
  for (const path of ['/metrics', '/', '/nothing', '/probe', '/config']) {
    const { headers } = await ask(url(path));
    t.match(
      headers,
      { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' },
      path,
    );
    t.match(headers['content-security-policy'], "default-src 'none'", path);
    t.match(headers['content-security-policy'], "frame-ancestors 'none'", path);
    t.notMatch(headers['content-security-policy'], 'unsafe', path);
  }
});

t.test('requests are logged at debug, without their query', async (t) => {
  const { url, log, clock } = await serve(t, {
    metrics: async () => {
      clock.advance(1.5);
      return { body: Buffer.from('a 1\n'), contentType: 'text/plain' };
    },
  });
  clock.advance(100);
  await ask(url('/metrics'));
  t.match(log.lines, [
    { fields: { method: 'GET', path: '/metrics', status: 200, duration_seconds: 1.5, bytes: 4, client: '127.0.0.1' } },
  ]);
  log.lines.length = 0;
  await ask(url(`/probe?target=http://user:${secretText}@x/`));
  t.match(
    log.lines.filter(({ level }) => level === 'debug'),
    [{ message: 'request answered', fields: { method: 'GET', path: '/probe', status: 403 } }],
  );
});

t.test('does not read a large request body', async (t) => {
  const { url, server } = await serve(t);
  const refusedBody = await ask(url('/-/reload'), { method: 'POST', headers: { 'content-length': String(1 << 30) } });
  t.match(refusedBody, { status: 413, text: 'request body too large: at most 16384 bytes\n' });
  const largest = 'x'.repeat(16_384);
  t.match(await ask(url('/-/reload'), { method: 'POST', body: largest }), { status: 200 });
  t.match(await ask(url('/-/reload'), { method: 'POST', body: `${largest}x` }), {
    status: 413,
    headers: { connection: 'close' },
  });
  // Of an endless body the server takes only what fits into buffers, and then disconnects.
  const closed = new Promise<string>((resolve) => {
    let received = '';
    const socket = connect(server.port, '127.0.0.1');
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
    socket.write('POST /-/reload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n');
  });
  const received = await closed;
  t.match(received, /^HTTP\/1\.1 200 OK\r\n/);
  t.match(received, 'Connection: close');
});

t.test('names from outside cannot inject HTML into the page', async (t) => {
  const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`;
  const components = [component(hostile, { target: hostile, dependsOn: ['other'] }), component('other')];
  const broken = refused('other');
  const { url } = await serve(t, {
    components,
    readings: [
      reading(hostile, { level: 'critical', message: hostile, checks: [{ name: hostile, level: 'critical' }] }),
      broken,
    ],
    failed: { [hostile]: hostile },
  });
  const { text, headers } = await ask(url('/'));
  t.equal(headers['content-type'], 'text/html; charset=utf-8');
  t.notMatch(text, '<script');
  t.notMatch(text, '<img');
  t.match(text, '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img');
});

t.test('a badge shows the level of a component, or of the whole, as a picture', async (t) => {
  const { url } = await serve(t, { readings: [refused('database', 7), reading('backend')], maintenance: ['frontend'] });
  const badgeOf = async (name: string) => ask(url(`/badge/${name}.svg`));
  const database = await badgeOf('database');
  t.match(database, { status: 200, headers: { 'content-type': /^image\/svg\+xml/, 'cache-control': /no-cache/ } });
  t.match(database.text, /aria-label="database: CRITICAL"/);
  t.match((await badgeOf('frontend')).text, /frontend: maintenance/);
  t.match((await badgeOf('overall')).text, /AI-CRM: CRITICAL/);
  t.equal((await badgeOf('nobody')).status, 404);
  const taken = await serve(t, { readings: [refused('database', 7), reading('overall')] });
  t.match(
    (await ask(taken.url('/badge/overall.svg'))).text,
    /AI-CRM: CRITICAL/,
    'a component of that name is not the whole',
  );
  t.equal((await badgeOf('%3Cscript%3E')).status, 404);
});
