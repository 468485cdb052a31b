import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { main } from '../support/main-program.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';

// The program starts about twelve times.
t.setTimeout(90_000);

/** A host that is always too busy, and one component of each level. */
async function gateSetup(t: Test) {
  const answers = (code: number, status: string) =>
    rawServer((socket) => socket.end(httpAnswer(JSON.stringify({ status }), { code })));
  const [well, ill] = await Promise.all([answers(200, 'healthy'), answers(503, 'unhealthy')]);
  const directory = await mkdtemp(join(tmpdir(), 'gate-'));
  t.teardown(async () => {
    await Promise.all([well.stop(), ill.stop()]);
    await rm(directory, { recursive: true, force: true });
  });
  const url = (port: number) => `{url: "http://127.0.0.1:${port}/", expect: {json: true}`;
  const file = join(directory, 'monitoring.yml');
  await writeFile(
    file,
    `endpoints:
  backend: ${url(well.port)}, depends_on: [database]}
  frontend: ${url(well.port)}}
  database: ${url(ill.port)}}
alert_thresholds: {memory_usage_percent: {warning: 0.001, critical: 0.002}, response_time_ms: {warning: 10000, critical: 60000}}
maintenance_windows: [{components: [database], cron: "* * * * *", duration: 1h}]
transactions: {shop: {steps: [{name: look, url: "http://127.0.0.1:${ill.port}/"}]}}
json_sources: {numbers: {url: "http://127.0.0.1:${ill.port}/", metrics: [{name: shop_things, help: Things., path: $.x}]}}
`,
  );
  return (...args: readonly string[]) => main(['check', '--config.file', file, ...args]);
}

t.test('check --component checks only these components, whatever the level of the host and the rest is', async (t) => {
  const check = await gateSetup(t);
  const [whole, one, two, again, down, json] = await Promise.all([
    check(),
    check('--component', 'backend'),
    check('--component', 'backend', 'frontend'),
    check('--component', 'backend', '--component', 'database'),
    check('--component', 'database'),
    check('--component', 'backend', '--json'),
  ]);
  t.match(whole, { exitCode: 2, stdout: /^AI-CRM is CRITICAL[^]*CRITICAL {2}memory / });
  t.match(
    one,
    { exitCode: 0, stdout: /^backend: HEALTHY {2}\S+\n\n✔ HEALTHY {3}backend +[\d.]+ m?s {2}200: says healthy\n$/ },
    'not even "look first at database", which was not checked',
  );
  t.match(two, { exitCode: 0, stdout: /^backend, frontend: HEALTHY / });
  t.match(again, { exitCode: 2, stdout: /^backend, database: CRITICAL / }, 'given twice, both');
  t.match(
    down,
    { exitCode: 2, stdout: /✖ CRITICAL {2}database / },
    'a deployment has it in maintenance, and still needs its level',
  );
  t.notMatch(down.stdout, 'in maintenance');
  t.match(JSON.parse(json.stdout), {
    level: 'healthy',
    components: { length: 1 },
    host: { length: 0 },
    sources: { length: 0 },
  });
});

t.test('check --component refuses unknown names and suggests the nearest', async (t) => {
  const check = await gateSetup(t);
  const [wrong, without] = await Promise.all([check('--component', 'bakcend'), check('--without', 'hots')]);
  t.match(wrong, {
    exitCode: 3,
    stdout: '',
    stderr: /^ai-crm-exporter: --component: there is no "bakcend" in \S+, did you mean "backend"\?\n$/,
  });
  t.match(without, {
    exitCode: 3,
    stdout: '',
    stderr: /Allowed choices are host, ai_crm, json_sources, sql_sources, request_sources, transactions/,
  });
});

t.test('check --without leaves out host, transactions or sources', async (t) => {
  const check = await gateSetup(t);
  const [noHost, neither] = await Promise.all([
    check('--without', 'host'),
    check('--without', 'host', 'transactions', '--without', 'json_sources'),
  ]);
  t.notMatch(noHost.stdout, /memory/);
  t.match(noHost, { exitCode: 2, stdout: /shop/ }, 'the transaction fails');
  t.match(neither, { exitCode: 0, stdout: /^AI-CRM is HEALTHY/ }, 'the database is in maintenance');
  t.notMatch(neither.stdout, /shop|data source|memory/);
});
