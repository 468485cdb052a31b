import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { createAuthority } from '../../simulator/certificate.js';
import { type FailureReason, failureReasons } from '../../src/base/reason.js';
import { Secret } from '../../src/config/secret.js';
import type { HttpComponent } from '../../src/config/sections/endpoints-section.js';
import type { HttpSettings } from '../../src/config/sections/http-options.js';
import { componentFamilies } from '../../src/metrics/component-metrics.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { componentCollector } from '../../src/probes/component-collector.js';
import { createProbe } from '../../src/probes/component-probe.js';
import { httpComponent, httpSettings, tcpComponent, thresholdsWith } from '../support/config.js';
import { samplesIn } from '../support/exposition.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';

const healthy = httpAnswer('{"status":"healthy"}');
const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };

/** Families that are absent without an answer, or without a certain kind of answer. All others exist after any probe. */
const dependOnTheAnswer =
  /^aicrm_component_(phase_seconds|http_status_code|response_bytes|ip_protocol|tls_|check_status|uptime|restarts)/;

/** Probes this component once and returns the metrics. */
async function probeOnce(component: HttpComponent) {
  const recorder = new Recorder(componentFamilies, { processMetrics: false });
  const probe = createProbe(prober, thresholdsWith({ warning: 2, critical: 5 }));
  const collector = componentCollector(component, {
    probe: (what, signal) => probe(what, signal, []),
    memory: { failuresInARow: 0, uptimeSeconds: undefined },
    retryIntervalSeconds: 5,
    retries: 2,
  });
  const collected = await collector.collect(AbortSignal.timeout(component.timeoutSeconds * 1000));
  recorder.record(collector.name, collected.samples);
  const samples = samplesIn(recorder.renderOwn('text'));
  const reading = collected.readings?.[0];
  if (reading?.subject !== 'component') throw new Error('no reading');
  return { samples, reading, always: [...samples.keys()].filter((name) => !dependOnTheAnswer.test(name)).sort() };
}

function reasonsOf(samples: ReadonlyMap<string, number>): string[] {
  return failureReasons.filter(
    (reason) => samples.get(`aicrm_component_probe_failures_total{component="x",reason="${reason}"}`) === 1,
  );
}

/** Writes a little from time to time until the connection is closed. */
function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 20);
  socket.on('close', () => clearInterval(timer));
}

function pour(socket: Socket, bytes: Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', more);
  more();
}

const credentials: Partial<HttpSettings> = { auth: { kind: 'bearer', token: new Secret('hunter2') } };
const bomb = gzipSync(Buffer.alloc(50 << 20));

interface Case {
  readonly reason: FailureReason;
  readonly answer: (socket: Socket, request: string) => void;
  readonly settings?: Partial<HttpSettings>;
  /** The message for people. */
  readonly message: RegExp;
}

const cases: Readonly<Record<string, Case>> = {
  'slow headers': {
    reason: 'timeout',
    answer: (socket) => (socket.write('HTTP/1.1 200 OK\r\n'), drip(socket, 'X: y\r\n')),
    message: /before the deadline, still receiving the answer/,
  },
  'slow body': {
    reason: 'timeout',
    answer: (socket) => (socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n'), drip(socket, 'x')),
    message: /still receiving the answer/,
  },
  'no answer at all': { reason: 'timeout', answer: () => {}, message: /still waiting for the first byte/ },
  'endless body': {
    reason: 'size',
    answer: (socket) => (socket.write('HTTP/1.1 200 OK\r\n\r\n'), pour(socket, Buffer.alloc(65_536, 'x'))),
    message: /larger than 1048576 bytes/,
  },
  'gzip bomb': {
    reason: 'size',
    answer: (socket) => socket.end(httpAnswer(bomb, { headers: ['Content-Encoding: gzip'] })),
    message: /unpacks to more than 1048576 bytes/,
  },
  'broken gzip': {
    reason: 'body',
    answer: (socket) => socket.end(httpAnswer('nothing', { headers: ['Content-Encoding: gzip'] })),
    message: /cannot be unpacked/,
  },
  'empty reply': { reason: 'closed', answer: (socket) => socket.end(), message: /closed without an answer/ },
  'half-closed in the body': {
    reason: 'closed',
    answer: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nxxxx'),
    message: /broke off after 4 bytes/,
  },
  reset: {
    reason: 'closed',
    answer: (socket) => socket.resetAndDestroy(),
    message: /connection reset before an answer/,
  },
  'redirect loop': {
    reason: 'redirect',
    answer: (socket) => socket.end(httpAnswer('', { code: 302, headers: ['Location: /again'] })),
    message: /more than 5 redirects/,
  },
  'redirect to another origin': {
    reason: 'redirect',
    settings: credentials,
    answer: (socket) => socket.end(httpAnswer('', { code: 302, headers: ['Location: http://127.0.0.2:9/?x=hunter2'] })),
    message: /another origin, http:\/\/127.0.0.2:9, which must not get the credentials/,
  },
  'redirect to a file': {
    reason: 'redirect',
    answer: (socket) => socket.end(httpAnswer('', { code: 302, headers: ['Location: file:///etc/passwd'] })),
    message: /scheme file:/,
  },
  'invalid JSON': {
    reason: 'json',
    answer: (socket) => socket.end(httpAnswer('{"status":healthy}')),
    message: /not valid JSON/,
  },
  'invalid UTF-8': {
    reason: 'json',
    answer: (socket) => socket.end(httpAnswer(Buffer.from('{"status":"\xff"}', 'latin1'))),
    message: /not valid JSON/,
  },
  'HTML instead of JSON': {
    reason: 'json',
    answer: (socket) => socket.end(httpAnswer('<html>', { headers: ['Content-Type: text/html'] })),
    message: /expected JSON, the answer is HTML/,
  },
  '100 KB header': {
    reason: 'size',
    answer: (socket) => socket.end(httpAnswer('', { headers: [`X: ${'x'.repeat(100_000)}`] })),
    message: /header is larger/,
  },
  'another protocol': {
    reason: 'body',
    answer: (socket) => socket.write('220 mail.example.com ESMTP\r\n'),
    message: /not HTTP/,
  },
  'status 500': {
    reason: 'status',
    answer: (socket) => socket.end(httpAnswer('oops', { code: 500 })),
    message: /^500/,
  },
  'status 401': { reason: 'auth', answer: (socket) => socket.end(httpAnswer('{}', { code: 401 })), message: /^401/ },
  'status 429': {
    reason: 'rate_limited',
    answer: (socket) => socket.end(httpAnswer('{}', { code: 429 })),
    message: /^429/,
  },
};

t.test('each fault has exactly one reason, and the metrics keep their series', async (t) => {
  const well = await rawServer((socket) => socket.end(healthy));
  const settings = httpSettings({ expect: { jsonStatus: true } });
  const good = await probeOnce(httpComponent('x', `http://127.0.0.1:${well.port}/`, { http: settings }));
  t.same(reasonsOf(good.samples), []);
  t.equal(good.reading.level, 'healthy');
  await well.stop();
  for (const [name, { reason, answer, settings: changes, message }] of Object.entries(cases)) {
    const server = await rawServer(answer);
    const { samples, reading, always } = await probeOnce(
      httpComponent('x', `http://127.0.0.1:${server.port}/`, {
        http: { ...settings, ...changes },
        timeoutSeconds: reason === 'timeout' ? 0.15 : 5,
      }),
    );
    t.same(reasonsOf(samples), [reason], name);
    t.match(reading, { up: false, reason, message }, name);
    t.notMatch(JSON.stringify(reading), 'hunter2', `${name}: no secret in the reading`);
    t.equal(samples.get('aicrm_component_up{component="x"}'), 0);
    t.equal(samples.get('aicrm_component_probes_total{component="x"}'), 1);
    t.same(always, good.always, `${name}: same series`);
    await server.stop();
  }
});

t.test('refused and unresolvable', async (t) => {
  const port = await closedPort();
  const refused = await probeOnce(httpComponent('x', `http://127.0.0.1:${port}/`));
  t.same(reasonsOf(refused.samples), ['connect']);
  t.match(refused.reading, { level: 'critical', message: `connection refused by 127.0.0.1:${port}` });
  t.notOk(refused.samples.has('aicrm_component_http_status_code{component="x"}'), 'no code where there was no answer');
  const lost = await probeOnce(httpComponent('x', 'http://no-such-host.invalid/'));
  t.same(reasonsOf(lost.samples), ['dns']);
  t.match(lost.reading, { level: 'critical', message: /^cannot resolve no-such-host\.invalid: / });
});

t.test('a timeout before the request is also a timeout, and names the phase', async (t) => {
  const silent = await rawServer(() => {});
  const url = `https://127.0.0.1:${silent.port}/`;
  const peer = await probeOnce(httpComponent('x', url, { timeoutSeconds: 0.15 }));
  t.match(peer.reading, {
    up: false,
    level: 'critical',
    reason: 'timeout',
    message: 'no answer before the deadline, still in the TLS handshake',
  });
  t.same(reasonsOf(peer.samples), ['timeout']);
  const hanging = { ...prober, resolve: () => new Promise<never>(() => {}) };
  const probe = createProbe(hanging, thresholdsWith({ warning: 2, critical: 5 }));
  for (const target of ['http://crm.example/', 'https://crm.example/']) {
    t.match(
      await probe(httpComponent('x', target), AbortSignal.timeout(50)),
      {
        up: false,
        level: 'critical',
        reason: 'timeout',
        message: 'no answer before the deadline, still resolving the name',
      },
      target,
    );
  }
  t.match(await probe({ ...tcpComponent('x', 1), host: 'crm.example' }, AbortSignal.timeout(50)), {
    reason: 'timeout',
    message: /still resolving the name/,
  });
  await silent.stop();
});

t.test('the first failure requests probes of the dependencies, later failures and successes do not', async (t) => {
  const server = await rawServer((socket) => socket.end(healthy));
  const memory = { failuresInARow: 0, uptimeSeconds: undefined };
  const asked: unknown[] = [];
  for (const url of [
    `http://127.0.0.1:${await closedPort()}/`,
    `http://127.0.0.1:${await closedPort()}/`,
    `http://127.0.0.1:${server.port}/`,
  ]) {
    const component = httpComponent('x', url, { dependsOn: ['postgres', 'redis'] });
    const probe = createProbe(prober, thresholdsWith({ warning: 2, critical: 5 }));
    const collector = componentCollector(component, { probe, memory, retryIntervalSeconds: 5, retries: 2 });
    const { readings, alsoSoon } = await collector.collect(AbortSignal.timeout(5000));
    const [reading] = readings ?? [];
    asked.push([reading?.subject === 'component' && reading.up, alsoSoon]);
  }
  await server.stop();
  t.same(asked, [
    [false, ['component:postgres', 'component:redis']],
    [false, undefined],
    [true, undefined],
  ]);
});

t.test(
  'certificates: expiry and verdict are exported, valid or not, and an untrusted server gets no data',
  async (t) => {
    const authority = createAuthority();
    const day = 86_400_000;
    const now = Math.floor(Date.now() / 1000) * 1000;
    const issue = (names: readonly [string, ...string[]], from: number, to: number) =>
      authority.issue({ names, notBefore: new Date(now + from * day), notAfter: new Date(now + to * day) });
    const table = {
      valid: { certificate: issue(['127.0.0.1'], -1, 30), reason: null, days: 30 },
      expired: { certificate: issue(['127.0.0.1'], -30, -1), reason: 'tls', days: -1, message: /it has expired/ },
      'not valid yet': { certificate: issue(['127.0.0.1'], 1, 30), reason: 'tls', days: 30, message: /not valid yet/ },
      'of another name': {
        certificate: issue(['elsewhere.example'], -1, 30),
        reason: 'tls',
        days: 30,
        message: /another name/,
      },
      'of an unknown authority': {
        certificate: createAuthority().issue({
          names: ['127.0.0.1'],
          notBefore: new Date(now - day),
          notAfter: new Date(now + 30 * day),
        }),
        reason: 'tls',
        days: 30,
        message: /certificate of 127\.0\.0\.1 is not valid/,
      },
    } as const;
    for (const [name, { certificate, reason, days, ...rest }] of Object.entries(table)) {
      let requests = 0;
      const server = await rawServer((socket) => (requests++, socket.end(healthy)), { certificate });
      const url = `https://127.0.0.1:${server.port}/`;
      const tls = { ca: authority.certificatePem, insecureSkipVerify: false };
      const { samples, reading } = await probeOnce(httpComponent('x', url, { http: httpSettings({ tls }) }));
      t.match(reading, { reason, ...rest }, name);
      t.same(reasonsOf(samples), reason === null ? [] : [reason], name);
      t.equal(samples.get('aicrm_component_tls_verified{component="x"}'), reason === null ? 1 : 0, name);
      t.equal(
        samples.get('aicrm_component_tls_certificate_expiry_timestamp_seconds{component="x"}'),
        now / 1000 + days * 86_400,
        name,
      );
      t.equal(requests, reason === null ? 1 : 0, `${name}: requests that were sent`);
      const lenient = await probeOnce(
        httpComponent('x', url, { http: httpSettings({ tls: { ...tls, insecureSkipVerify: true } }) }),
      );
      t.match(
        lenient.reading,
        { up: true, certificate: { verified: reason === null } },
        `${name}, verification skipped`,
      );
      await server.stop();
    }
  },
);

t.test('a server without TLS is recognised', async (t) => {
  const server = await rawServer((socket) => socket.end(healthy));
  const { reading } = await probeOnce(httpComponent('x', `https://127.0.0.1:${server.port}/`));
  t.match(reading, { reason: 'tls', message: /does not speak TLS/ });
  await server.stop();
});

t.test('a server that requires a client certificate fails with tls, in the handshake or after it', async (t) => {
  const authority = createAuthority();
  const { certificatePem, keyPem } = authority.issue({
    names: ['127.0.0.1'],
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
  });
  for (const [maxVersion, message] of [
    ['TLSv1.1', /: no version of TLS in common$/],
    ['TLSv1.2', /: no cipher in common, or the server requires a client certificate; check tls\.cert_file$/],
    ['TLSv1.3', /^the server requires a client certificate; set tls\.cert_file$/],
  ] as const) {
    const server = createTlsServer({
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
      cert: certificatePem,
      key: keyPem,
      ca: authority.certificatePem,
      requestCert: true,
      rejectUnauthorized: true,
      maxVersion,
    });
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { reading } = await probeOnce(
      httpComponent('x', `https://127.0.0.1:${port}/`, {
        http: httpSettings({ tls: { ca: authority.certificatePem, insecureSkipVerify: false } }),
      }),
    );
    t.match(reading, { up: false, reason: 'tls', level: 'critical', message }, maxVersion);
    await new Promise((resolve) => server.close(resolve));
  }
});

t.test('redirects within the origin are followed, and to others if no data goes with them', async (t) => {
  const other = await rawServer((socket) => socket.end(healthy));
  const requests: string[] = [];
  const server = await rawServer((socket, request) => {
    requests.push(request.split('\r\n')[0] ?? '');
    const location = request.startsWith('POST') ? '/next' : `http://127.0.0.1:${other.port}/`;
    socket.end(httpAnswer('', { code: 302, headers: [`Location: ${location}`] }));
  });
  const { reading } = await probeOnce(
    httpComponent('x', `http://127.0.0.1:${server.port}/`, { http: httpSettings({ method: 'GET' }) }),
  );
  t.match(reading, { up: true, level: 'healthy' });
  t.equal(other.accepted(), 1);
  const posted = await probeOnce(
    httpComponent('x', `http://127.0.0.1:${server.port}/`, { http: httpSettings({ method: 'POST' }) }),
  );
  t.match(posted.reading, { up: true });
  t.same(requests, ['GET / HTTP/1.1', 'POST / HTTP/1.1', 'GET /next HTTP/1.1']);
  const unfollowed = await probeOnce(
    httpComponent('x', `http://127.0.0.1:${server.port}/`, { http: httpSettings({ followRedirects: false }) }),
  );
  t.match(unfollowed.reading, { reason: 'redirect', statusCode: 302 });
  await server.stop();
  await other.stop();
});

t.test('the request has the configured parts, and each probe has its own connection', async (t) => {
  const requests: string[] = [];
  const server = await rawServer((socket, request) => (requests.push(request), socket.end(healthy)));
  const http = httpSettings({
    method: 'POST',
    body: new Secret('{"ä":1}'),
    headers: new Map([
      ['content-type', new Secret('application/json')],
      ['x-key', new Secret('k')],
    ]),
    auth: { kind: 'basic', username: 'u', password: new Secret('p') },
  });
  const component = httpComponent('x', `http://localhost:${server.port}/a/b?c=d`, { http });
  const { reading } = await probeOnce(component);
  await probeOnce(component);
  t.match(reading, { up: true });
  t.ok((reading.phases.dns ?? -1) >= 0, 'the name was looked up');
  const lines = requests[0]?.split('\r\n') ?? [];
  t.equal(lines[0], 'POST /a/b?c=d HTTP/1.1');
  t.ok(lines.includes(`host: localhost:${server.port}`));
  t.ok(lines.includes('authorization: Basic dTpw'));
  t.ok(lines.includes('x-key: k'));
  t.ok(lines.includes('content-length: 8'));
  t.equal(lines.at(-1), '{"ä":1}');
  t.equal(server.accepted(), 2);
  await server.stop();
});
