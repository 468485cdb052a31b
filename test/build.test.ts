import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { run } from './support/programs.js';

t.test('dist runs wherever it is copied, without node_modules, and names whose code is in it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'dist-'));
  await mkdir(join(folder, 'package'));
  await cp('dist', join(folder, 'package/dist'), { recursive: true });
  await cp('package.json', join(folder, 'package/package.json'));
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const program = join(folder, 'package/dist/main.js');
  t.match(run(process.execPath, [program, '--version'], { cwd: folder }), { exitCode: 0, stdout: `ai-crm-exporter ${version}\n`, stderr: '' });
  await writeFile(join(folder, 'monitoring.yml'), 'host: {enabled: false}\nendpoints: {a: "tcp://127.0.0.1:1"}\nmaintenance_windows: [{cron: "0 0 1 1 *", duration: 1m}]\n');
  t.match(run(process.execPath, [program, 'check'], { cwd: folder }), { exitCode: 2, stdout: /✖ CRITICAL {2}a +[\d.]+ ms {2}connection refused by 127\.0\.0\.1:1 \(connect\)/, stderr: '' });
  const notices = await readFile(join(folder, 'package/dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
  for (const name of ['koa', 'winston', 'prom-client', 'yaml', 'zod', 'commander']) t.match(notices, new RegExp(`^${name} \\d`, 'm'));
  await rm(folder, { recursive: true, force: true });
});
