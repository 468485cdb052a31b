import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../part.js';
import { freePort, untilAnswers } from '../process/answers.js';
import type { Program } from '../process/processes.js';

/** Another exporter, and its address. */
export interface PeerExporter {
  readonly program: Program;
  readonly address: string;
}

/** Starts a blackbox_exporter with its original module `http_2xx`. */
export async function startBlackboxExporter(bench: Bench): Promise<PeerExporter> {
  const file = join(await mkdtemp(join(bench.folder, 'blackbox-')), 'blackbox.yml');
  await writeFile(file, 'modules:\n  http_2xx:\n    prober: http\n');
  return startPeer(bench, bench.peers.file('blackbox_exporter'), [`--config.file=${file}`]);
}

/** Starts a node_exporter with its default collectors. */
export async function startNodeExporter(bench: Bench): Promise<PeerExporter> {
  return startPeer(bench, bench.peers.file('node_exporter'), []);
}

async function startPeer(
  { processes, signal }: Bench,
  command: string,
  args: readonly string[],
): Promise<PeerExporter> {
  const address = `127.0.0.1:${await freePort()}`;
  const program = await processes.start(command, [...args, `--web.listen-address=${address}`]);
  await untilAnswers(`http://${address}/metrics`, program, signal);
  return { program, address };
}
