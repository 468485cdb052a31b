import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Test } from 'tap';
import { openFolder } from './nobody.js';
import { start } from './programs.js';
import { closedPort } from './raw-server.js';
import { until } from './until.js';

/** Starts tinyproxy on loopback with more lines of configuration. `log` returns its output. */
export async function startTinyproxy(t: Test, ...lines: readonly string[]) {
  const folder = await openFolder('tinyproxy-');
  const port = await closedPort();
  const config = [`Port ${port}`, 'Listen 127.0.0.1', 'Timeout 60', 'LogLevel Info', ...lines, ''].join('\n');
  await writeFile(join(folder, 'tinyproxy.conf'), config);
  const proxy = start('tinyproxy', ['-d', '-c', join(folder, 'tinyproxy.conf')], { cwd: folder });
  t.teardown(async () => {
    await proxy.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await until('tinyproxy listens', () => proxy.hasEnded() || proxy.output().includes('Accepting connections'));
  if (proxy.hasEnded()) throw new Error(`tinyproxy has ended:\n${proxy.output()}`);
  return { port, log: proxy.output };
}
