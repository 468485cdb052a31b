import t, { type Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import type { Expectation } from '../../src/config/sections/expect-options.js';
import type { HttpSettings } from '../../src/config/sections/http-options.js';
import { componentFamilies } from '../../src/metrics/component-metrics.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { componentCollector } from '../../src/probes/component-collector.js';
import { createProbe } from '../../src/probes/component-probe.js';
import { certificateChain } from '../support/certificate-chain.js';
import { httpComponent, httpSettings, thresholdsWith } from '../support/config.js';
import { samplesIn } from '../support/exposition.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';

const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };

/** Probes a URL once. Returns the reading and the content of `/metrics`. */
async function probeUrl(
  url: string,
  http: Partial<Omit<HttpSettings, 'expect'>> & { readonly expect?: Partial<Expectation> } = {},
) {
  const recorder = new Recorder(componentFamilies, { processMetrics: false });
  const probe = createProbe(prober, thresholdsWith({ warning: 5, critical: 9 }));
  const collector = componentCollector(httpComponent('x', url, { http: httpSettings(http) }), {
    probe: (what, signal) => probe(what, signal, []),
    memory: { failuresInARow: 0, uptimeSeconds: undefined },
    retryIntervalSeconds: 5,
    retries: 2,
  });
  const { readings = [], samples } = await collector.collect(AbortSignal.timeout(10_000));
  recorder.record(collector.name, samples);
  const [reading] = readings;
  if (reading?.subject !== 'component') throw new Error('no reading');
  const exposition = recorder.renderOwn('text');
  return { reading, exposition, samples: samplesIn(exposition) };
}

/** The result of a probe with this answer. */
async function probeAnswer(t: Test, answer: Buffer, expect: Partial<Expectation> = {}) {
  const server = await rawServer((socket) => socket.end(answer));
  t.teardown(() => server.stop());
  return probeUrl(`http://127.0.0.1:${server.port}/`, { expect });
}

t.test('bodies are read in their encoding', async (t) => {
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  const typed = (type: string) => ({ headers: [`Content-Type: ${type}`] });
  const json = '{"status":"healthy","town":"Köln"}';
  const town = { jsonStatus: true, jsonValues: new Map([['town', ['Köln']]]) };
  const cases: readonly (readonly [what: string, answer: Buffer, expect: Partial<Expectation>])[] = [
    ['a byte order mark before JSON', httpAnswer(`\ufeff${json}`), town],
    ['UTF-16', httpAnswer(Buffer.from(`\ufeff${json}`, 'utf16le')), town],
    ['JSON in ISO-8859-1', httpAnswer(latin1(json), typed('application/json; charset=iso-8859-1')), town],
    ['JSON of a charset that nobody knows', httpAnswer(json, typed('application/json; charset=utf8mb4')), town],
    [
      'a page in ISO-8859-1',
      httpAnswer(latin1('<p>Köln'), typed('text/html; charset=iso-8859-1')),
      { bodyRegex: /Köln/ },
    ],
    [
      'a page that says so itself',
      httpAnswer(latin1('<meta charset="iso-8859-1"><p>Köln'), typed('text/html')),
      { bodyRegex: /^<meta.*Köln$/ },
    ],
    ['a page with a byte order mark', httpAnswer('\ufeff<p>Köln', typed('text/html')), { bodyRegex: /^<p>Köln$/ }],
  ];
  for (const [what, answer, expect] of cases)
    t.match((await probeAnswer(t, answer, expect)).reading, { level: 'healthy', up: true }, what);
});

t.test('invalid JSON is reported with the problem and its place, as far as known', async (t) => {
  const promised = { jsonStatus: true };
  t.match((await probeAnswer(t, httpAnswer('{"status":"ok",\n "load": NaN}'))).reading, {
    level: 'unknown',
    reason: 'json',
    message: 'the body is not valid JSON: it has NaN at line 2, column 10',
  });
  t.match(
    (await probeAnswer(t, httpAnswer('{"load": -Infinity}', { headers: ['Content-Type: text/plain'] }), promised))
      .reading,
    { reason: 'json', message: 'the body is not valid JSON: it has -Infinity at line 1, column 10' },
  );
  t.match((await probeAnswer(t, httpAnswer(Buffer.from('{"status":"\xfc"}', 'latin1')))).reading, {
    reason: 'json',
    message: 'the body is not valid JSON: it is not UTF-8',
  });
  const packed = httpAnswer('\u001f\u009d', {
    headers: ['Content-Type: application/json', 'Content-Encoding: x-squeeze'],
  });
  t.match((await probeAnswer(t, packed)).reading, {
    reason: 'json',
    message: 'the body is not valid JSON; it has the unknown content coding "x-squeeze" (Content-Encoding)',
  });
});

t.test('names and words from a health answer contain no control or direction characters', async (t) => {
  const body = JSON.stringify({
    status: 'odd\u001b[2J\u202eword',
    checks: { 'db\u001b]0;x\u0007\u202e': { status: 'ok' }, 'a\u200bb\u2028c': { status: 'ok' } },
  });
  const { reading, exposition } = await probeAnswer(t, httpAnswer(body, { code: 500 }));
  t.match(exposition, 'check="db ]0;x \ufffd"');
  t.match(exposition, 'check="a\ufffdb c"');
  for (const shown of [exposition, JSON.stringify(reading).replaceAll('\\n', '')])
    t.notMatch(shown, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e\u2028]/);
});

t.test(
  'of all certificates of a probe the one that expires first counts, at any redirect, and it is named',
  async (t) => {
    const soon = certificateChain(t, '/CN=Soon\u202e', { intermediateDays: 5, leafDays: 40 });
    const later = certificateChain(t, '/CN=Later', { intermediateDays: 90, leafDays: 60 });
    const tls = { insecureSkipVerify: false, ca: soon.ca + later.ca };
    const last = await rawServer((socket) => socket.end(httpAnswer('ok', { headers: [] })), {
      certificate: later.certificate,
    });
    const first = await rawServer(
      (socket) => socket.end(httpAnswer('', { code: 302, headers: [`Location: https://127.0.0.1:${last.port}/`] })),
      { certificate: soon.certificate },
    );
    t.teardown(() => Promise.all([first.stop(), last.stop()]));
    const daysLeft = (seconds: number) => Math.round((seconds - systemClock.nowSeconds()) / 86_400);

    const whole = await probeUrl(`https://127.0.0.1:${first.port}/`, { tls });
    t.equal(
      daysLeft(whole.samples.get('aicrm_component_tls_certificate_expiry_timestamp_seconds{component="x"}') ?? 0),
      5,
    );
    t.match(whole.reading, {
      up: true,
      certificate: { whose: 'intermediate "Soon\ufffd" of 127.0.0.1', verified: true },
    });
    t.match(
      whole.reading.message,
      /^200; a certificate expires in [45] days \(intermediate "Soon\ufffd" of 127\.0\.0\.1\)$/,
    );
    t.match(whole.reading.log.join('\n'), /\(leaf of 127\.0\.0\.1\)/);

    const alone = await probeUrl(`https://127.0.0.1:${last.port}/`, { tls });
    t.equal(daysLeft(alone.reading.certificate?.expiryTimestampSeconds ?? 0), 60);
    t.match(alone.reading, { message: '200', certificate: { whose: 'leaf of 127.0.0.1' } });

    const untrusted = await probeUrl(`https://127.0.0.1:${first.port}/`, {
      tls: { insecureSkipVerify: true, ca: later.ca },
    });
    t.match(
      untrusted.samples.get('aicrm_component_tls_verified{component="x"}'),
      0,
      'a valid one after it does not repair an invalid one',
    );
  },
);

t.test('an expired intermediate certificate is named', async (t) => {
  const expired = certificateChain(t, '/CN=Old', { intermediateDays: -1, leafDays: 30 });
  const server = await rawServer((socket) => socket.end(httpAnswer('ok')), { certificate: expired.certificate });
  t.teardown(() => server.stop());
  const { reading } = await probeUrl(`https://127.0.0.1:${server.port}/`, {
    tls: { insecureSkipVerify: false, ca: expired.ca },
  });
  t.match(reading, {
    up: false,
    reason: 'tls',
    message:
      'certificate of 127.0.0.1 is not valid: a certificate of its chain has expired, intermediate "Old" of 127.0.0.1',
  });
});
