import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startAiCrm } from '../../simulator/ai-crm.js';
import { demoConfig } from '../../simulator/demo/demo-config.js';
import type { Fault, ServiceName } from '../../simulator/faults.js';
import { main, program } from '../support/main-program.js';
import { run } from '../support/programs.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';

/** Two components of the simulation, without the host, because the load of this machine is unknown. */
async function setup(t: Test) {
  const aiCrm = await startAiCrm();
  const directory = await mkdtemp(join(tmpdir(), 'check-'));
  const file = join(directory, 'monitoring.yml');
  await writeFile(
    file,
    `host: {enabled: false}\nalert_thresholds: {response_time_ms: {warning: 1000, critical: 60000}}\nendpoints:\n  backend: {url: "${aiCrm.urls.backend}/health", headers: {x-key: hunter2}}\n  database: {url: "${aiCrm.urls.backend}/db/health", depends_on: [backend]}\n`,
  );
  t.teardown(async () => {
    await aiCrm.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return { aiCrm, directory, file };
}

const levels: readonly (readonly [string, ServiceName | undefined, Fault | undefined, number, RegExp])[] = [
  ['HEALTHY', undefined, undefined, 0, /^✔ HEALTHY {3}backend +[\d.]+ m?s {2}200: says healthy$/m],
  ['WARNING', 'database', { kind: 'degraded' }, 1, /^▲ WARNING {3}database +[\d.]+ m?s {2}503: says degraded$/m],
  ['CRITICAL', 'database', { kind: 'unhealthy' }, 2, /^✖ CRITICAL {2}database +[\d.]+ m?s {2}200: says unhealthy$/m],
  [
    'UNKNOWN',
    'database',
    { kind: 'html' },
    3,
    /^\? UNKNOWN {3}database +[\d.]+ m?s {2}200: expected JSON, the answer is HTML$/m,
  ],
];

t.test('check shows each of the four levels in its exit code and its text', async (t) => {
  const { aiCrm, file } = await setup(t);
  for (const [word, service, fault, exitCode, line] of levels) {
    if (service !== undefined && fault !== undefined) await aiCrm.faults.set(service, fault);
    const { stdout, exitCode: code } = await main(['check', '--config.file', file]);
    t.equal(code, exitCode, word);
    t.match(stdout, new RegExp(`^AI-CRM is ${word} `), word);
    t.match(stdout, line, word);
  }
});

t.test('a slow answer is WARNING, with its time', async (t) => {
  const { aiCrm, file } = await setup(t);
  await aiCrm.faults.set('backend', { kind: 'slow', seconds: 1.1 });
  const { stdout, exitCode } = await main(['check', '--config.file', file]);
  t.equal(exitCode, 1);
  t.match(stdout, /▲ WARNING {3}backend +1\.\d\d s {2}200: says healthy, slow: 1\.\d\d s, above 1 s/);
});

t.test(
  '--json prints the document of /api/status, --html the page, --verbose the steps of each probe, none with a secret',
  async (t) => {
    const { directory, file } = await setup(t);
    const page = join(directory, 'report.html');
    const [json, verbose] = await Promise.all([
      main(['check', '--config.file', file, '--json', '--html', page]),
      main(['check', '--config.file', file, '--verbose']),
    ]);
    t.match(JSON.parse(json.stdout), {
      level: 'healthy',
      components: [{ name: 'backend', reading: { up: true } }, { name: 'database' }],
      sources: [],
    });
    const { facts } = JSON.parse(json.stdout) as {
      facts: { name: string; available: boolean; message: string | null }[];
    };
    t.match(
      facts.find(({ name }) => name === 'component_health'),
      { available: true, message: null },
    );
    t.match(
      facts.find(({ name }) => name === 'task_creation'),
      { available: false, message: /^not available: / },
    );
    t.match(await readFile(page, 'utf8'), /<!doctype html>[\s\S]*HEALTHY[\s\S]*backend/i);
    t.match(verbose.stdout, /phases: connect [\d.]+ ms, first_byte [\d.]+ ms/);
    t.match(verbose.stdout, /^ {4}< content-type: application\/json$/m);
    t.match(verbose.stdout, /connected to 127\.0\.0\.1 port \d+/);
    t.notMatch(json.stdout + verbose.stdout + verbose.stderr + (await readFile(page, 'utf8')), 'hunter2');
  },
);

t.test('an answer can neither control the terminal nor add lines to the report', async (t) => {
  const answer = httpAnswer(
    JSON.stringify({ status: 'down\u001b[2J\n✔ HEALTHY  a', components: { 'x\u001b]0;y\u0007': 'down' } }),
    { code: 503, headers: ['Content-Type: application/json', 'X-Signature: hunter2', 'X-Evil: \u202e\u009b2J'] },
  );
  const server = await rawServer((socket) => socket.end(answer));
  const { directory } = await setup(t);
  await writeFile(
    join(directory, 'monitoring.yml'),
    `host: {enabled: false}\nendpoints: {a: "http://127.0.0.1:${server.port}/"}\n`,
  );
  const { stdout } = await main(['check', '--verbose'], { cwd: directory });
  t.equal(stdout.match(/^.{0,2}[A-Z]+ {2,}a /gm)?.length, 1);
  t.notMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  t.match(stdout, '    < x-signature: <secret>\n    < x-evil: \ufffd 2J\n', 'and no credentials are shown');
  await server.stop();
});

t.test('a component is not blamed when the exporter has no file descriptors left', async (t) => {
  const server = await rawServer(() => {});
  const { directory } = await setup(t);
  const endpoints = Array.from(
    { length: 100 },
    (_, i) => `  c${i}: {url: "http://127.0.0.1:${server.port}/", timeout: 2s}\n`,
  ).join('');
  await writeFile(join(directory, 'monitoring.yml'), `host: {enabled: false}\nendpoints:\n${endpoints}`);
  const { stdout } = run('sh', ['-c', 'ulimit -n 80; exec "$@"', 'sh', process.execPath, program, 'check'], {
    cwd: directory,
  });
  t.match(stdout, /^✖ CRITICAL {2}c\d+ .* still waiting for the first byte$/m);
  t.match(
    stdout,
    /^\? UNKNOWN {3}c\d+ .* no file descriptor left to connect to 127\.0\.0\.1:\d+: raise the limit of open files, or lower concurrency$/m,
  );
  t.same(
    stdout.split('\n').filter((line) => line.startsWith('✖') && !line.includes('no answer before the deadline')),
    [],
  );
  await server.stop();
});

t.test('the flags of the monitoring document do the same', async (t) => {
  const { directory, file } = await setup(t);
  const page = join(directory, 'dashboard.html');
  const [once, generated] = await Promise.all([
    main(['--once', '--config', file]),
    main(['--generate-file', page, `--config=${file}`]),
  ]);
  t.match(once, { exitCode: 0, stdout: /AI-CRM is HEALTHY/ });
  t.match(generated, { exitCode: 0 });
  t.match(await readFile(page, 'utf8'), /backend/);
});

t.test('a report larger than the buffer of a pipe arrives whole, and check ends when its reader ends', async (t) => {
  const { directory } = await setup(t);
  const endpoints = Array.from({ length: 300 }, (_, i) => `  c${i}: {url: "http://127.0.0.1:9/"}\n`).join('');
  await writeFile(join(directory, 'monitoring.yml'), `host: {enabled: false}\nendpoints:\n${endpoints}`);
  const piped = (reader: string) =>
    run('sh', ['-c', `"$@" | ${reader}`, 'sh', process.execPath, program, 'check', '--json'], { cwd: directory });
  const { components } = JSON.parse(piped('{ read -r first; echo "$first"; cat; }').stdout) as {
    readonly components: readonly unknown[];
  };
  t.equal(components.length, 300);
  t.match(piped('head -n 1'), { exitCode: 0, stdout: '{\n' });
});

t.test('a check that cannot run is UNKNOWN, with the exit code 3 of Nagios', async (t) => {
  const { file } = await setup(t);
  const runs = [
    ['--config.file', 'no-such.yml'],
    ['--nonsense'],
    ['--config.file', file, '--html', '/nowhere/report.html'],
  ];
  const [unconfigured, misused, unwritable] = await Promise.all(runs.map((args) => main(['check', ...args])));
  t.match(unconfigured, { exitCode: 3, stdout: '', stderr: /^ai-crm-exporter: no-such\.yml: / });
  t.match(misused, { exitCode: 3, stderr: /unknown option '--nonsense'/ });
  t.match(unwritable, {
    exitCode: 3,
    stderr: /--html: .*\/nowhere\/report\.html: its parent folder does not exist; create it first\n$/,
  });
});

t.test(
  'the shipped program reads everything that the demo configures, with all modules that it loads late',
  async (t) => {
    const { aiCrm, directory } = await setup(t);
    const file = join(directory, 'demo.yml');
    await writeFile(file, demoConfig(aiCrm, { intervalSeconds: 5 }));
    const { stdout, stderr } = await main(['check', '--json', '--config.file', file]);
    const { transactions, sources, measures } = JSON.parse(stdout) as Readonly<
      Record<
        'transactions' | 'sources' | 'measures',
        readonly { readonly name: string; readonly up?: boolean; readonly level: string }[]
      >
    >;
    t.same(
      transactions.map(({ name, level }) => [name, level]),
      [['assign_task', 'healthy']],
      stderr,
    );
    t.same(
      sources.filter(({ up }) => up !== true),
      [],
    );
    t.ok(sources.length >= 9, `${sources.length} sources`);
    t.same(
      measures.map(({ name, level }) => [name, level]),
      [
        ['PM analysis', 'healthy'],
        ['agent list', 'healthy'],
        ['agent response', 'healthy'],
        ['database', 'healthy'],
        ['task board', 'healthy'],
      ],
    );
  },
);
