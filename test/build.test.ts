import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import t from 'tap';
import { ask } from './support/ask.js';
import { run, start } from './support/programs.js';
import { rawServer } from './support/raw-server.js';
import { until } from './support/until.js';

/** Files that a built file loads before its first statement. */
const staticImport = /(?:from|import) ?"\.\/([^"]+)"/g;
const importsIn = (text: string, kind: RegExp) => [...text.matchAll(kind)].map(([, name = '']) => name);

t.test('main.js listens to signals before it loads the rest: at most 5,000 bytes come first', async (t) => {
  const loaded = new Set(['main.js']);
  let bytes = 0;
  for (const file of loaded) {
    const text = await readFile(join('dist', file), 'utf8');
    bytes += text.length;
    for (const name of importsIn(text, staticImport)) loaded.add(name);
  }
  t.ok(bytes < 5000, `${bytes} bytes in ${[...loaded].join(', ')}`);
});

t.test('dist runs wherever it is copied, without node_modules, and lists the licences of its code', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'dist-'));
  await mkdir(join(folder, 'package'));
  await cp('dist', join(folder, 'package/dist'), { recursive: true });
  await cp('package.json', join(folder, 'package/package.json'));
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const program = join(folder, 'package/dist/main.js');
  t.match(run(process.execPath, [program, '--version'], { cwd: folder }), {
    exitCode: 0,
    stdout: `ai-crm-exporter ${version}\n`,
    stderr: '',
  });
  await writeFile(
    join(folder, 'monitoring.yml'),
    'host: {enabled: false}\nendpoints: {a: "tcp://127.0.0.1:1"}\nmaintenance_windows: [{cron: "0 0 1 1 *", duration: 1m}]\n',
  );
  t.match(run(process.execPath, [program, 'check'], { cwd: folder }), {
    exitCode: 2,
    stdout: /✖ CRITICAL {2}a +[\d.]+ ms {2}connection refused by 127\.0\.0\.1:1$/m,
    stderr: '',
  });
  const notices = await readFile(join(folder, 'package/dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
  for (const name of ['koa', 'winston', 'prom-client', 'yaml', 'commander'])
    t.match(notices, new RegExp(`^${name} \\d`, 'm'));
  await rm(folder, { recursive: true, force: true });
});

t.test('the database clients are in dist, and are loaded only if a database is configured', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'dist-'));
  await cp('dist', join(folder, 'dist'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  const refusal = 'SFATAL\0C28P01\0Mno\0\0';
  const postgres = await rawServer((socket) =>
    socket.end(Buffer.from(`E${String.fromCharCode(0, 0, 0, refusal.length + 4)}${refusal}`, 'latin1')),
  );
  const redis = await rawServer((socket) => socket.write('+PONG\r\n'));
  t.teardown(() => Promise.all([postgres.stop(), redis.stop(), rm(folder, { recursive: true, force: true })]));
  await writeFile(
    join(folder, 'monitoring.yml'),
    `host: {enabled: false}\nendpoints: {p: "postgres://u@127.0.0.1:${postgres.port}", r: "redis://127.0.0.1:${redis.port}"}\n`,
  );
  const program = start(process.execPath, [join(folder, 'dist/main.js'), 'check'], { cwd: folder });
  t.equal(await program.exitCode, 3);
  t.match(program.output(), /p +[\d.]+ ms {2}28P01: wrong password, or no such user$/m);
  t.match(program.output(), /HEALTHY +r +[\d.]+ ms {2}logged in and answered/);
  for (const [file, word] of [
    ['pg.cjs', 'SCRAM-SHA-256'],
    ['ioredis.cjs', 'HELLO'],
  ] as const) {
    t.ok((await readFile(join('dist', file), 'utf8')).includes(word), `${file} is the client`);
    t.notOk((await readFile('dist/program.js', 'utf8')).includes(word), 'and the program does not contain it');
    await rm(join(folder, 'dist', file));
  }
  await writeFile(join(folder, 'monitoring.yml'), 'host: {enabled: false}\nendpoints: {a: "tcp://127.0.0.1:1"}\n');
  t.match(
    run(process.execPath, [join(folder, 'dist/main.js'), 'check'], { cwd: folder }),
    { exitCode: 2, stderr: '' },
    'without a database the program needs neither',
  );
});

t.test('the files of the program are ASCII: V8 keeps others in memory with two bytes a letter', async (t) => {
  for (const file of ['main.js', 'program.js'])
    t.match(await readFile(join('dist', file), 'utf8'), /^[\0-\x7f]+$/, file);
});

t.test(
  'modules that are loaded late work in dist: the web configuration, sign-in, /config, the status page',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'dist-'));
    await writeFile(join(folder, 'monitoring.yml'), 'host: {enabled: false}\nendpoints: {a: "tcp://127.0.0.1:1"}\n');
    await writeFile(join(folder, 'web.yml'), `basic_auth_users: {ali: ${hashSync('open sesame', 4)}}\n`);
    const program = start(
      process.execPath,
      [
        join(process.cwd(), 'dist/main.js'),
        '--web.listen-address',
        '127.0.0.1:0',
        '--web.config.file',
        'web.yml',
        '--log.format',
        'json',
      ],
      { cwd: folder },
    );
    t.teardown(async () => {
      await program.stop();
      await rm(folder, { recursive: true, force: true });
    });
    const url = () => /"listen":"([^"]+)"/.exec(program.output())?.[1];
    await until(
      'it listens, or says why not',
      () => url() !== undefined || program.output().includes('ai-crm-exporter: '),
    );
    t.equal((await ask(`${url()}/config`)).status, 401);
    const signedIn = { auth: 'ali:open sesame' };
    t.match(await ask(`${url()}/config`, signedIn), {
      status: 200,
      text: /^endpoints:\n {2}a:\n {4}url: tcp:\/\/127\.0\.0\.1:1$/m,
    });
    t.match(await ask(`${url()}/`, signedIn), { status: 200, text: /<!doctype html>/i });
    t.match(await ask(`${url()}/probe?target=a&debug=true`, signedIn), { status: 200, text: /reason: connect/ });
  },
);
