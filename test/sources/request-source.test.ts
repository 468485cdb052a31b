import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config/load.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { type LogCounts, requestSourceCollector } from '../../src/sources/request-source.js';
import { cpuSeconds } from '../support/cpu-time.js';
import { samplesIn } from '../support/exposition.js';
import { missing, run as runProgram, start } from '../support/programs.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';
import { straightDataAccess } from '../support/straight-data-access.js';
import { until } from '../support/until.js';

const never = new AbortController().signal;
const line = (status: number | string, agent = 'Mozilla/5.0') =>
  `203.0.113.9 - - [29/Nov/2026:21:00:00 +0000] "GET /api/tasks HTTP/1.1" ${status} 612 "-" "${agent}" "-"\n`;

/** A source with these options. `access.log` is in the folder of the configuration. */
async function sourceOf(t: Test, options: string, directory = t.testdir({}), counts: LogCounts = new Map()) {
  await writeFile(join(directory, 'monitoring.yml'), `request_sources:\n  nginx: {${options}}\n`);
  const { requestSources } = await loadConfig(undefined, { environment: {}, directory });
  const [source] = requestSources;
  if (source === undefined) throw new Error('no source');
  const collector = requestSourceCollector(source, straightDataAccess().client, counts);
  const recorder = new Recorder(catalogue, { processMetrics: false });
  const run = async () => {
    const { samples, readings } = await collector.collect(never);
    recorder.record(collector.name, samples);
    const series = samplesIn(recorder.renderOwn('text'));
    return {
      reading: readings?.[0],
      counted: [
        series.get('aicrm_http_requests_total{source="nginx"}'),
        series.get('aicrm_http_request_errors_total{source="nginx"}'),
      ],
      series,
    };
  };
  return { run, collector, directory, counts, log: (text: string) => appendFile(join(directory, 'access.log'), text) };
}

t.test(
  'an access log counts new requests and errors, without those of the exporter, whatever else is in it',
  async (t) => {
    const directory = t.testdir({ 'access.log': line(200) });
    const { run, collector, log, counts } = await sourceOf(t, 'access_log: access.log', directory);
    t.match(collector, { name: 'requests:nginx', intervalSeconds: 15, timeoutSeconds: 10 });
    t.match(await run(), { counted: [0, 0], reading: { up: true, message: 'counting starts now' } });
    await log(
      line(200) +
        line(404) +
        line(500) +
        line(502) +
        line(499) +
        line(200, 'ai-crm-exporter/0.1.0') +
        '198.51.100.7 - ann [29/Nov/2026:21:00:01 +0000] "\\x16\\x03 \\"x" 400 -\n',
    );
    t.match(
      await run(),
      { counted: [6, 2], reading: { message: '6 new requests, 2 with an error', notices: [] } },
      'the common format as well',
    );
    await log(`no line of a log\n${line(503)}${line('abc')}`);
    const odd = await run();
    t.match(odd, {
      counted: [7, 3],
      reading: { notices: ['lines that do not match the pattern, or are too long, are left out'] },
    });
    t.equal(odd.series.get('aicrm_source_rejected_values{source="nginx"}'), 2);
    await log(line(200));
    const reloaded = await sourceOf(t, 'access_log: access.log', directory, counts);
    t.match((await reloaded.run()).counted, [8, 3], 'a reload loses no line');
    await rename(join(directory, 'access.log'), join(directory, 'access.log.1'));
    t.match(
      await reloaded.run(),
      { counted: [8, 3], reading: { up: false, reason: 'status', message: /^there is no file .*access\.log$/ } },
      'counters stay',
    );
    await log(line(200));
    t.match((await reloaded.run()).counted, [9, 3]);
  },
);

t.test('an access log may have its own format; if nothing matches, it is a failure', async (t) => {
  const directory = t.testdir({ 'access.log': '' });
  const own = await sourceOf(
    t,
    `access_log: access.log, pattern: '"status":(?<status>\\d+),"agent":"(?<user_agent>[^"]*)"'`,
    directory,
  );
  await own.run();
  await own.log('{"status":200,"agent":"x"}\n{"status":500,"agent":"x"}\n{"status":200,"agent":"ai-crm-exporter/1"}\n');
  t.same((await own.run()).counted, [2, 1]);
  await own.log(line(200) + line(200));
  t.match(await own.run(), {
    counted: [2, 1],
    reading: {
      up: false,
      reason: 'body',
      message: /^none of 2 new lines of .* matches the pattern; see request_sources\.nginx\.pattern$/,
    },
  });
  t.match(await own.run(), { reading: { up: true } }, 'not the same lines again');
});

t.test('a pattern that takes too long does not block, and its lines are not tried again', async (t) => {
  const directory = t.testdir({ 'access.log': '' });
  const { run, log } = await sourceOf(t, `access_log: access.log, pattern: '(a+)+(?<status>b)'`, directory);
  await run();
  await log(`${'a'.repeat(60)}\n`);
  const before = cpuSeconds();
  t.match(await run(), {
    counted: [undefined, undefined],
    reading: { up: false, reason: 'body', message: /takes too long/ },
  });
  t.ok(cpuSeconds() - before < 5);
  t.match(await run(), { reading: { up: true, message: 'counting starts now' } });
});

t.test('a stub_status page gives requests, anything else is a failure', async (t) => {
  let answer = httpAnswer(
    'Active connections: 2 \nserver accepts handled requests\n 16 16 31 \nReading: 0 Writing: 1 Waiting: 1 \n',
    { headers: ['Content-Type: text/plain'] },
  );
  const server = await rawServer((socket) => socket.end(answer));
  t.teardown(() => server.stop());
  const { run, collector } = await sourceOf(t, `stub_status: "http://127.0.0.1:${server.port}/stub_status"`);
  t.match(collector, { name: 'requests:nginx', timeoutSeconds: 25 });
  t.match(
    await run(),
    { counted: [31, undefined], reading: { up: true, message: '31 requests since nginx was started' } },
    'and no errors',
  );
  answer = httpAnswer('Active connections: 291\r\nserver accepts handled requests request_time\n 16 16 47 5\n');
  t.match(await run(), { counted: [47, undefined] }, "with many connections, and in the format of nginx's forks");
  answer = httpAnswer('healthy\n');
  t.match(await run(), {
    counted: [undefined, undefined],
    reading: { up: false, reason: 'body', message: '200, but not a stub_status page' },
  });
  answer = httpAnswer('<html>', { code: 403 });
  t.match(await run(), { reading: { up: false } });
  answer = httpAnswer('', { code: 404 });
  t.match(await run(), { reading: { up: false, reason: 'status', message: '404: not a stub_status page' } });
});

t.test(
  'a real nginx: log and page count the same requests, also across a rotation',
  { skip: missing('nginx') },
  async (t) => {
    const directory = t.testdir({});
    const port = await closedPort();
    await mkdir(join(directory, 'page'));
    const log = join(directory, 'access.log');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${directory}/${name};`)
      .join(' ');
    await writeFile(
      join(directory, 'nginx.conf'),
      `daemon off; master_process off; pid ${directory}/nginx.pid; error_log ${directory}/error.log; events {}
http { ${temporary} access_log ${log}; server { listen 127.0.0.1:${port};
  location /stub { stub_status; access_log off; } location /well { return 200 "well"; } location /broken { return 503; } } }`,
    );
    const nginx = start('nginx', ['-e', join(directory, 'error.log'), '-c', join(directory, 'nginx.conf')]);
    t.teardown(() => nginx.stop());
    const url = `http://127.0.0.1:${port}`;
    const ask = (path: string) => fetch(url + path).then((answer) => answer.text());
    await until(
      `nginx answers: ${nginx.output()}`,
      () =>
        ask('/well').then(
          () => true,
          () => false,
        ),
      10,
    );
    const own = await sourceOf(t, 'access_log: access.log', directory);
    const page = await sourceOf(t, `stub_status: "${url}/stub"`, join(directory, 'page'));
    await own.run();
    const before = (await page.run()).counted[0] ?? Number.NaN;
    for (const path of ['/well', '/well', '/broken', '/nowhere']) await ask(path);
    t.same((await own.run()).counted, [4, 1]);
    t.equal((await page.run()).counted[0], before + 4 + 1, 'the page counts its own request as well');
    await ask('/broken');
    await rename(log, `${log}.1`);
    nginx.signal('SIGUSR1');
    await until('nginx has a new log', () => runProgram('test', ['-e', log]).exitCode === 0, 10);
    await ask('/well');
    t.same((await own.run()).counted, [6, 2]);
  },
);
