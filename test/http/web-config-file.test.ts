import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import t from 'tap';
import { WebConfigFile } from '../../src/http/web-config-file.js';
import { ask } from '../support/ask.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordedLog } from '../support/recorded-log.js';
import { until } from '../support/until.js';
import { serveWith, webFiles } from '../support/web-files.js';

const header = (seconds: number) =>
  `http_server_config:\n  headers:\n    Strict-Transport-Security: max-age=${seconds}\n`;

async function open(file: string) {
  const log = new RecordedLog();
  const clock = new ManualClock();
  const source = await WebConfigFile.open(file, { clock, log });
  return { source, log, clock, shown: async () => (await source.current()).headers.get('Strict-Transport-Security') };
}

t.test('changed users, headers and limits apply from the next request on, also on an open connection', async (t) => {
  const { file } = webFiles(t, `basic_auth_users:\n  ann: ${hashSync('open sesame', 4)}\n`);
  const { url } = await serveWith(t, file);
  const agent = new (await import('node:http')).Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const get = (password: string) =>
    ask(`${url}/metrics`, {
      agent,
      headers: { authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}` },
    });
  t.equal((await get('open sesame')).status, 200);
  writeFileSync(file, `basic_auth_users:\n  ann: ${hashSync('new', 4)}\n`);
  t.equal((await get('open sesame')).status, 401, 'a remembered check ends with the password');
  t.equal((await get('new')).status, 200);
  writeFileSync(file, `${header(7)}rate_limit: {interval: 1h, burst: 1}\n`);
  t.match(await get(''), { status: 200, headers: { 'strict-transport-security': 'max-age=7' } });
  t.equal((await get('')).status, 429);
  writeFileSync(file, '');
  t.equal((await get('')).status, 200);
});

t.test('sees every change, also one that keeps size, inode and times', async (t) => {
  const { file } = webFiles(t, header(1));
  const { shown } = await open(file);
  const { atime, mtime } = statSync(file);
  for (let i = 0; i < 9; i += 1) {
    writeFileSync(file, header(i));
    utimesSync(file, atime, mtime);
    t.equal(await shown(), `max-age=${i}`);
  }
});

t.test('sees a change behind a link, as Kubernetes makes it', async (t) => {
  const directory = t.testdir({ a: { 'web.yml': header(1) }, b: { 'web.yml': header(2) } });
  symlinkSync('a', join(directory, 'data'));
  symlinkSync('data/web.yml', join(directory, 'web.yml'));
  const { shown } = await open(join(directory, 'web.yml'));
  t.equal(await shown(), 'max-age=1');
  symlinkSync('b', join(directory, 'next'));
  renameSync(join(directory, 'next'), join(directory, 'data'));
  t.equal(await shown(), 'max-age=2');
});

t.test('a fault on disk is logged once, and the earlier settings stay until it is repaired', async (t) => {
  const files = webFiles(t, header(1));
  const { shown, log, source } = await open(files.file);
  const errors = () => log.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields?.['error']);
  writeFileSync(files.file, 'tls_server_config: {cert_file: server.crt, key_file: server.key}\n');
  for (let i = 0; i < 3; i += 1) t.equal(await shown(), 'max-age=1');
  t.match(errors(), [/cert_file: server\.crt cannot be read: ENOENT/]);
  await t.rejects(
    source.reload(),
    { code: 'config_invalid', message: /cannot be read: ENOENT/ },
    'a reload is still refused',
  );
  t.equal(errors().length, 1);
  files.certify('server');
  t.ok((await source.current()).tls, 'a missing file is read again, too');
  t.match(log.lines.at(-1), { level: 'info', message: 'web configuration reloaded', fields: { file: files.file } });
  rmSync(files.file);
  t.ok((await source.current()).tls, 'a file that vanished does not remove the protection');
  t.match(log.lines.at(-1), {
    message: 'web configuration not reloaded, the old one stays in force',
    fields: { error: /no such file/ },
  });
});

t.test('a file is read again only after a change, or while its times may hide one', async (t) => {
  const { stat } = promises;
  t.teardown(() => {
    promises.stat = stat;
    syncBuiltinESMExports();
  });
  for (const [what, ageMilliseconds, expected] of [
    ['changed an hour ago', 3_600_000n, 'max-age=1'],
    ['changed just now, on a file system with coarse times', -3_600_000n, 'max-age=2'],
  ] as const) {
    const ctimeNs = (BigInt(Date.now()) - ageMilliseconds) * 1_000_000n;
    promises.stat = (async () => ({ dev: 1n, ino: 1n, size: 1n, mtimeNs: 1n, ctimeNs })) as unknown as typeof stat;
    syncBuiltinESMExports();
    const { file } = webFiles(t, header(1));
    const { shown } = await open(file);
    writeFileSync(file, header(2));
    // A look within the millisecond of the one before it sees no difference.
    const now = Date.now();
    while (Date.now() === now);
    t.equal(await shown(), expected, what);
  }
});

t.test('many requests at once share one read, which begins after they came', async (t) => {
  const { file } = webFiles(t, header(1));
  const { source, shown } = await open(file);
  const before = Array.from({ length: 500 }, () => source.current());
  writeFileSync(file, header(2));
  const after = Array.from({ length: 500 }, () => source.current());
  await Promise.all(before);
  t.same(new Set(await Promise.all(after)).size, 1);
  t.equal(await shown(), 'max-age=2');
});

t.test('a file system that hangs delays one request per second, and no other', async (t) => {
  // Reading a pipe without a writer hangs, as a file on a lost file server does.
  const files = webFiles(t, header(1));
  const { source, clock, shown } = await open(files.file);
  const pipe = join(files.directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  rmSync(files.file);
  linkSync(pipe, files.file);
  const stuck = source.current();
  let writer = -1;
  await until(
    'it reads',
    () => {
      try {
        // Fails until somebody reads.
        writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
      } catch {}
      return writer !== -1;
    },
    30,
    1,
  );
  clock.advance(1);
  t.equal((await stuck).headers.size, 1);
  t.equal((await source.current()).headers.size, 1, 'at once');
  writeFileSync(join(files.directory, 'next'), header(2));
  renameSync(join(files.directory, 'next'), files.file);
  writeSync(writer, header(3));
  closeSync(writer);
  await source.reload();
  t.equal(source.latest.headers.get('Strict-Transport-Security'), 'max-age=2');
  writeFileSync(files.file, header(4));
  t.equal(await shown(), 'max-age=4', 'and when it no longer hangs, every request sees the files as they are');
});
