import { gzipSync } from 'node:zlib';
import t from 'tap';
import { AiCrmMemory } from '../../src/ai-crm/operation.js';
import { systemClock } from '../../src/base/clock.js';
import { createCollectors } from '../../src/collectors/all-collectors.js';
import { ownDefinitions } from '../../src/collectors/configuration-samples.js';
import { loadConfig } from '../../src/config/load.js';
import type { JsonSourceConfig } from '../../src/config/sections/json-sources-section.js';
import { CurrentSilences } from '../../src/maintenance/silences.js';
import { tasks } from '../../src/metrics/business-metrics.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { jsonSourceCollector } from '../../src/sources/json-source.js';
import { config } from '../support/config.js';
import { samplesIn } from '../support/exposition.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';
import { RecordedLog } from '../support/recorded-log.js';
import { straightDataAccess } from '../support/straight-data-access.js';

const never = new AbortController().signal;
const noProber = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };

/** A source with these options, whose URL is a server with this answer. */
async function setup(options: string, answer: () => Buffer) {
  const server = await rawServer((socket) => socket.end(answer()));
  t.teardown(() => server.stop());
  const directory = t.testdir({
    'monitoring.yml': `json_sources:\n  shop:\n    url: http://127.0.0.1:${server.port}/orders?key=hunter2\n${options}`,
  });
  const config = await loadConfig(undefined, { environment: {}, directory });
  const [source] = config.jsonSources as [JsonSourceConfig];
  const recorder = new Recorder(catalogue, { processMetrics: false });
  recorder.define(ownDefinitions(config));
  const collector = jsonSourceCollector(source, straightDataAccess().client);
  const run = async () => {
    const { samples, readings } = await collector.collect(never);
    recorder.record(collector.name, samples);
    return { reading: readings?.[0], series: samplesIn(recorder.renderOwn('text')) };
  };
  return { run, collector, port: server.port };
}

const shop =
  '    metrics: [{name: shop_orders, help: Orders., path: "$.orders[*].n", labels: {order: {key: 1}}}, {name: aicrm_tasks, path: $.open, labels: {column: {text: To Do}}}]\n';

t.test('a document becomes the metrics of its source', async (t) => {
  let body: string | Buffer = '\uFEFF{"orders": [{"n": 4}, {"n": "x"}, {"n": 2}], "open": 3}';
  const { run, collector } = await setup(shop, () =>
    httpAnswer(body, { headers: body instanceof Buffer ? ['Content-Encoding: gzip'] : [] }),
  );
  t.match(collector, { name: 'json:shop', intervalSeconds: 300, timeoutSeconds: 70 });
  const first = await run();
  t.strictSame(
    [...first.series].filter(([name]) => !name.includes('duration') && !name.includes('reason')),
    [
      ['aicrm_tasks{column="To Do"}', 3],
      ['aicrm_source_up{source="shop"}', 1],
      ['aicrm_source_truncated{source="shop"}', 0],
      ['aicrm_source_rejected_values{source="shop"}', 1],
      ['shop_orders{order="0"}', 4],
      ['shop_orders{order="2"}', 2],
    ],
  );
  t.match(first.reading, {
    subject: 'source',
    name: 'shop',
    up: true,
    reason: null,
    message: '3 series of 58 bytes',
    notices: ['shop_orders: value of $.orders[1].n is text'],
  });
  body = gzipSync('{"orders": []}');
  t.notOk((await run()).series.has('shop_orders{order="0"}'), 'and missing values disappear');
});

/** Invalid documents, with the reason and the message. */
const bad: readonly (readonly [what: string, answer: Buffer, reason: string, message: string | RegExp])[] = [
  ['empty', httpAnswer(''), 'json', 'expected JSON, the answer is an empty body'],
  ['blank', httpAnswer(' \r\n'), 'json', 'expected JSON, the answer is an empty body'],
  ['HTML', httpAnswer('\n<!doctype html><title>hunter2</title>'), 'json', 'expected JSON, the answer is HTML'],
  ['text', httpAnswer('hunter2'), 'json', 'the body is not valid JSON'],
  ['NaN', httpAnswer('{"open": NaN}'), 'json', 'the body is not valid JSON'],
  ['broken off', httpAnswer('{"orders": [{"n": 4}, {"n": "hunter2'), 'json', 'the JSON breaks off after 36 bytes'],
  ['broken off behind a value', httpAnswer('{"orders": [1, 2'), 'json', 'the JSON breaks off after 16 bytes'],
  ['two documents', httpAnswer('{} {}'), 'json', 'the body is not valid JSON'],
  ['Latin-1', httpAnswer(Buffer.from('{"name": "M\xfcller"}', 'latin1')), 'json', 'the body is not UTF-8'],
  ['UTF-16', httpAnswer(Buffer.from('{"open": 1}', 'utf16le')), 'json', 'the body is not valid JSON'],
  ['missing', httpAnswer('{"open": 1}', { code: 404 }), 'status', '404: there is no such document'],
  ['crash', httpAnswer('hunter2', { code: 500 }), 'status', '500: not an accepted status code'],
  ['nothing', httpAnswer('', { code: 204 }), 'json', 'expected JSON, the answer is an empty body'],
  ['redirect', httpAnswer('', { code: 302 }), 'redirect', '302: redirected, and the redirect was not followed'],
  ['not modified', httpAnswer('', { code: 304 }), 'status', '304: not an accepted status code'],
  ['too large', httpAnswer(`[${' '.repeat(3000)}]`), 'size', 'the body is larger than 2000 bytes'],
  ['cut', httpAnswer('{"open": 1}').subarray(0, -3), 'closed', /^the answer broke off after 8 bytes of its body$/],
];

t.test('an invalid document is a failure of the source, in a message without quotes from it', async (t) => {
  for (const [what, answer, reason, message] of bad) {
    let current = httpAnswer('{"open": 1}');
    const { run } = await setup(`    max_body_bytes: 2000\n${shop}`, () => current);
    await run();
    current = answer;
    const { reading, series } = await run();
    t.match(reading, { up: false, reason, message }, what);
    t.notMatch(JSON.stringify(reading), 'hunter2');
    t.match(
      [
        series.get('aicrm_source_up{source="shop"}'),
        series.get(`aicrm_source_failures_total{source="shop",reason="${reason}"}`),
      ],
      [0, 1],
      what,
    );
    t.notOk(series.has('aicrm_tasks{column="To Do"}'), `${what}: no earlier value is left`);
  }
});

t.test('a document with far too many values is not parsed', async (t) => {
  const { run } = await setup(shop, () => httpAnswer(`[${'0,'.repeat(1_000_001)}0]`));
  t.match((await run()).reading, { up: false, reason: 'size', message: 'the JSON has more than 1,000,000 values' });
});

t.test('Prometheus text is refused: the message says that Prometheus must scrape it, and how', async (t) => {
  const advice = (port: number) =>
    `this is Prometheus text: leave it out here and let Prometheus scrape it directly, in scrape_configs with targets: ["127.0.0.1:${port}"], metrics_path: /orders`;
  for (const answer of [
    httpAnswer('# HELP a_total A.\n# TYPE a_total counter\na_total{code="200"} 1\n'),
    httpAnswer('\n# TYPE a_total counter\n', { headers: ['Content-Type: text/plain'] }),
    httpAnswer('a_total 1\n', { headers: ['Content-Type: text/plain; charset=utf-8; version=0.0.4'] }),
    httpAnswer('a_total 1\n# EOF\n', {
      headers: ['Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8'],
    }),
  ]) {
    const { run, port } = await setup(shop, () => answer);
    const { reading } = await run();
    t.match(reading, { up: false, reason: 'json' });
    t.equal(reading?.message, advice(port));
  }
  const { run } = await setup(shop, () =>
    httpAnswer('{"open": 1}', { headers: ['Content-Type: text/plain; version=0.0.4'] }),
  );
  t.match((await run()).reading, { up: true }, 'the content type does not matter');
});

t.test('requests have the options of the source and its name', async (t) => {
  const data = straightDataAccess();
  const server = await rawServer((socket) => socket.end(httpAnswer('{}')));
  t.teardown(() => server.stop());
  const directory = t.testdir({
    'monitoring.yml': `json_sources: {a: {url: "http://127.0.0.1:${server.port}/", method: POST, timeout: 3s, body: x, preset: ai_crm_metrics}}\n`,
  });
  const [source] = (await loadConfig(undefined, { environment: {}, directory })).jsonSources as [JsonSourceConfig];
  const collectors = await createCollectors({
    config: config({ jsonSources: [source] }),
    data,
    healthGates: {
      gateFor: () => {
        throw new Error('no component shares an origin');
      },
    },
    prober: noProber,
    host: null,
    calendar: { isActive: () => false, reasonFor: () => undefined },
    silences: new CurrentSilences(),
    clock: systemClock,
    log: new RecordedLog(),
    memories: new Map(),
    aiCrmMemory: new AiCrmMemory(),
    logCounts: new Map(),
    isVerbose: false,
  });
  await collectors.find(({ name }) => name === 'json:a')?.collect(never);
  t.match(data.asked, [{ source: 'a', http: { method: 'POST' }, timeoutSeconds: 3, usesLogin: false }]);
});

t.test(
  'each metric that the configuration defines is registered once, and those of the catalogue are not',
  async (t) => {
    const own = { name: 'shop_orders', type: 'gauge', area: 'configured', help: 'A.', labels: [] } as const;
    const metric = (definition: typeof own | typeof tasks) =>
      ({ definition, path: '$', value: { kind: 'count' }, scale: 1, labels: new Map() }) as const;
    const [source] = [{ metrics: [metric(own), metric(tasks), metric(own)] } as unknown as JsonSourceConfig];
    t.strictSame(ownDefinitions({ jsonSources: [source, source], sqlSources: [] }), [own]);
  },
);
