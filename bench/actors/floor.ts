import { fileURLToPath } from 'node:url';
import type { Bench } from '../part.js';
import type { Program } from '../process/processes.js';
import type { Targets } from './targets.js';

/** Starts the client of `floor-client.ts`. With `socket` it is the minimum: no exporter on this Node.js can use less. */
export async function startFloor(bench: Bench, targets: Targets, client: 'socket' | 'http'): Promise<Program> {
  const { components, loadIntervalSeconds } = bench.scale;
  const program = await bench.processes.start(
    bench.node,
    [
      fileURLToPath(new URL('floor-client.js', import.meta.url)),
      client,
      new URL(targets.origin).port,
      String(components),
      String(loadIntervalSeconds),
    ],
    { hasChannel: true },
  );
  await program.message();
  return program;
}

/** Starts an HTTP server of Node.js on this port. It answers every request with one line. */
export function startBareServer(bench: Bench, port: number): Promise<Program> {
  return bench.processes.start(bench.node, [
    '--eval',
    `require('node:http').createServer((_request, response) => response.end('ok\\n')).listen(${port}, '127.0.0.1')`,
  ]);
}
