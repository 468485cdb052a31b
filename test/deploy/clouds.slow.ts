import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { goProgram, withoutGo } from '../support/go-program.js';
import { cleanEnvironment, missing, run, start } from '../support/programs.js';
import { startPrometheus } from '../support/prometheus.js';
import { closedPort } from '../support/raw-server.js';
import { until } from '../support/until.js';

// `npm run test:clouds` runs this, not `npm test`: the first build of the programs takes minutes.

const contrib = 'github.com/open-telemetry/opentelemetry-collector-contrib';
const collector = 'go.opentelemetry.io/collector';
/** The version in the files, and that of the AWS Distro that they name. */
const version = 'v0.156.0';
const modules = [
  ...[
    'exporter/prometheusremotewriteexporter',
    'extension/healthcheckextension',
    'extension/sigv4authextension',
    'receiver/filelogreceiver',
    'receiver/prometheusreceiver',
  ].map((name) => `${contrib}/${name}@${version}`),
  ...['exporter/otlphttpexporter', 'otelcol', 'processor/batchprocessor'].map(
    (name) => `${collector}/${name}@${version}`,
  ),
  // Stable modules of the same release.
  ...['envprovider', 'fileprovider'].map((name) => `${collector}/confmap/provider/${name}@v1.62.0`),
];

t.setTimeout(3_600_000);

t.test('the collector accepts amp.yml without a warning about deprecated options', { skip: withoutGo }, async (t) => {
  const file = 'deploy/cloud/aws/amp.yml';
  t.match(await readFile(file, 'utf8'), version.slice(1, -2), 'the file names the version');
  const environment = {
    ...cleanEnvironment(),
    AWS_REGION: 'eu-central-1',
    AMP_REMOTE_WRITE_URL: 'http://127.0.0.1:1/api/v1/write',
  };
  const { exitCode, stdout, stderr } = run(goProgram('collector', modules), ['validate', `--config=${file}`], {
    environment,
  });
  t.equal(exitCode, 0, stderr);
  t.notMatch(stdout + stderr, /deprecated/i);
});

t.test(
  'metrics through amp.yml have the labels of the exporter, and no others',
  { skip: withoutGo || missing('prometheus') },
  async (t) => {
    const program = goProgram('collector', modules);
    const metrics = await readFile('test/fixtures/golden/scrape.txt', 'utf8');
    const exporter = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics),
    );
    await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
    t.teardown(() => exporter.close());
    const store = await startPrometheus('{}', { args: ['--web.enable-remote-write-receiver'] });
    t.teardown(() => store.stop());
    const folder = await mkdtemp(join(tmpdir(), 'collector-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    let config = await readFile('deploy/cloud/aws/amp.yml', 'utf8');
    const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
    for (const [what, by] of [
      ['localhost:10059', target],
      ['127.0.0.1:13133', `127.0.0.1:${await closedPort()}`],
      ['scrape_interval: 15s', 'scrape_interval: 1s'],
      ['scrape_timeout: 10s', 'scrape_timeout: 1s'],
    ] as const) {
      t.ok(config.includes(what), what);
      config = config.replace(what, by);
    }
    // The collector's own metrics would need a port that another program may use.
    config = config.replace('service:\n', 'service:\n  telemetry: {metrics: {level: none}}\n');
    await writeFile(join(folder, 'amp.yml'), config);
    const running = start(program, [`--config=${folder}/amp.yml`], {
      environment: {
        ...cleanEnvironment(),
        AWS_REGION: 'eu-central-1',
        AMP_REMOTE_WRITE_URL: `${store.url}/api/v1/write`,
        AWS_ACCESS_KEY_ID: 'key',
        AWS_SECRET_ACCESS_KEY: 'secret',
      },
    });
    t.teardown(() => running.stop());
    await until('samples arrive', async () => (await store.query('up{job="ai-crm"} == 1')).length > 0, 120, 200).catch(
      (error: unknown) => {
        throw new Error(running.output(), { cause: error });
      },
    );
    t.match(await store.query('up'), [{ metric: { __name__: 'up', instance: target, job: 'ai-crm' } }]);
    t.same(Object.keys((await store.query('up'))[0]?.metric ?? {}).sort(), ['__name__', 'instance', 'job']);
    t.same(await store.query('count by (__name__) ({otel_scope_name!=""} or {otel_scope_version!=""})'), []);
    t.same(await store.query('target_info or otel_scope_info'), []);
    const names = new Set([...metrics.matchAll(/^(aicrm_\w+)[ {]/gm)].map(([, name = '']) => name));
    const there = new Set(
      (await store.query('count by (__name__) ({__name__=~"aicrm_.+"})')).map(({ metric }) => metric['__name__'] ?? ''),
    );
    t.same(
      [...names].filter((name) => !there.has(name)),
      [],
      'every metric is there under its own name',
    );
    t.same(
      [...there].filter((name) => !names.has(name)),
      [],
      'and none under another name',
    );
  },
);

t.test(
  'logs through logs.yml keep their times, whatever the container runtime adds to the lines',
  { skip: withoutGo },
  async (t) => {
    const program = goProgram('collector', modules);
    const records: LogRecord[] = [];
    const receiver = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { resourceLogs } = JSON.parse(Buffer.concat(parts).toString()) as Logs;
        for (const { scopeLogs } of resourceLogs) for (const { logRecords } of scopeLogs) records.push(...logRecords);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    t.teardown(() => receiver.close());
    const now = Date.now();
    const ts = (second: number) => new Date(now - second * 1000).toISOString();
    const line = (second: number, level: string, msg: string) => JSON.stringify({ ts: ts(second), level, msg });
    const lines = [
      line(1, 'info', 'exporter started'),
      line(2, 'warn', 'collector failed'),
      line(3, 'error', 'http server failed'),
    ] as const;
    const folder = await mkdtemp(join(tmpdir(), 'logs-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'log'));
    await writeFile(join(folder, 'log/systemd.log'), `${lines[0]}\n`);
    await writeFile(
      join(folder, 'log/docker.log'),
      `${JSON.stringify({ log: `${lines[1]}\n`, stream: 'stderr', time: ts(0) })}\n`,
    );
    await writeFile(join(folder, 'log/pod.log'), `${ts(0)} stderr F ${lines[2]}\n`);
    const config = (await readFile('deploy/cloud/aws/logs.yml', 'utf8'))
      .replace('    operators:\n', '    start_at: beginning\n    operators:\n')
      .replace(
        /^exporters:\n.*?\n(?=service:)/ms,
        `exporters:\n  otlphttp: {endpoint: "http://127.0.0.1:${(receiver.address() as AddressInfo).port}", encoding: json, compression: none}\n\n`,
      )
      .replace('exporters: [awscloudwatchlogs]', 'exporters: [otlphttp]')
      .replace('service:\n', 'processors: {batch: {}}\nservice:\n  telemetry: {metrics: {level: none}}\n');
    await writeFile(join(folder, 'logs.yml'), config);
    const running = start(program, [`--config=${folder}/logs.yml`], {
      environment: {
        ...cleanEnvironment(),
        AI_CRM_EXPORTER_LOG: join(folder, 'log/*.log'),
      },
    });
    t.teardown(() => running.stop());
    await until('all lines arrive', async () => records.length >= lines.length, 120, 200).catch((error: unknown) => {
      throw new Error(running.output(), { cause: error });
    });
    t.same(
      records
        .map(({ timeUnixNano, severityNumber, body }) => ({
          atMilliseconds: Number(timeUnixNano) / 1e6,
          severityNumber,
          // Docker keeps the line end.
          text: body.stringValue.trimEnd(),
        }))
        .sort((one, other) => other.atMilliseconds - one.atMilliseconds),
      // INFO, WARN and ERROR in OpenTelemetry.
      [9, 13, 17].map((severityNumber, index) => ({
        atMilliseconds: Date.parse(ts(index + 1)),
        severityNumber,
        text: lines[index],
      })),
    );
  },
);

t.test(
  'the oldest supported Prometheus Operator accepts the manifests, and an older one does not',
  { skip: withoutGo },
  async (t) => {
    const [, oldest = ''] =
      /CRDs have to be (\d+\.\d+) or newer/.exec(await readFile('docs/kubernetes.md', 'utf8')) ?? [];
    const program = (release: string) =>
      goProgram('operator-manifest', [
        `github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring@v${release}`,
      ]);
    const base = 'deploy/kubernetes/base';
    const files = (await readdir(base, { recursive: true })).filter((name) =>
      /^(?:alerting\/ai-crm-.*|alerting\/alertmanager-config|monitor\/service-monitor)\.yml$/.test(name),
    );
    t.equal(files.length, 14);
    const input = (await Promise.all(files.map((file) => readFile(join(base, file), 'utf8')))).join('\n---\n');
    t.match(run(program(`${oldest}.0`), [], { input }), { exitCode: 0, stdout: '14\n', stderr: '' });
    t.match(run(program('0.65.2'), [], { input }), {
      exitCode: 1,
      stderr: /^PrometheusRule: .*unknown field "keep_firing_for"/,
    });
  },
);

/** A log line as OpenTelemetry sends it. */
interface LogRecord {
  readonly timeUnixNano: string;
  readonly severityNumber: number;
  readonly body: { readonly stringValue: string };
}
interface Logs {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[];
  }[];
}
