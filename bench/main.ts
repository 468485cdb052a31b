import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Options, readOptions, usage } from './options.js';
import type { Bench, Part } from './part.js';
import { createParts, partNames } from './parts/index.js';
import { findPeers } from './process/peers.js';
import { Processes } from './process/processes.js';
import type { Row } from './row.js';
import { fullScale, quickScale } from './scale.js';
import { describeSurroundings } from './surroundings.js';
import { drawTable } from './table.js';

const usageCode = 2;
const interruptedCode = 130;

/** Measures what is asked for and prints the table; returns the exit code: 0 whatever the verdicts, 1 if a part failed. */
async function main(options: Options): Promise<number> {
  const startedAt = new Date();
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interruption.abort(new Error(signal)));
  const bench: Bench = {
    scale: options.isQuick ? quickScale : fullScale,
    processes: new Processes(),
    peers: findPeers(process.env['PATH'] ?? ''),
    nodeFlags: options.nodeFlags,
    folder: await mkdtemp(join(tmpdir(), 'ai-crm-exporter-bench-')),
    signal: interruption.signal,
    say: (text) => process.stderr.write(`  ${text} …\n`),
  };
  // Whatever a part is waiting for then ends.
  interruption.signal.addEventListener('abort', () => void bench.processes.stopAll());
  const rows: Row[] = [];
  const notes: string[] = [];
  let hasFailed = false;
  try {
    for (const part of createParts(bench).filter(({ name }) => options.only?.includes(name) ?? true)) {
      try {
        const result = await runPart(part, bench);
        rows.push(...result.rows);
        notes.push(...result.notes);
      } catch (error) {
        if (bench.signal.aborted) return interruptedCode;
        hasFailed = true;
        process.stderr.write(`${part.name} failed: ${error instanceof Error ? error.message : String(error)}\n`);
        rows.push({ figure: part.name, gap: 'failed, see above' });
        // What it had started must not disturb the next part.
        await bench.processes.stopAll();
      }
    }
  } finally {
    await bench.processes.stopAll();
    await rm(bench.folder, { recursive: true, force: true });
  }
  if (options.isQuick) notes.unshift('QUICK RUN: smaller and shorter than the targets mean; the figures are rough');
  if (options.nodeFlags.length > 0) notes.unshift(`Node.js flags of the exporter: ${options.nodeFlags.join(' ')}`);
  notes.push(...describeSurroundings(bench.peers, bench.scale, startedAt, (Date.now() - startedAt.getTime()) / 1000));
  process.stdout.write(`${drawTable(rows)}\n\n${notes.map((note) => `* ${note}\n`).join('')}`);
  return hasFailed ? 1 : 0;
}

async function runPart(part: Part, bench: Bench) {
  const missing = bench.peers.missing(part.needs);
  if (missing.length > 0)
    return { rows: [{ figure: part.name, gap: `${missing.join(' and ')} not on PATH` }], notes: [] };
  process.stderr.write(`${part.name}\n`);
  return part.run(bench);
}

function optionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2), partNames);
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\nusage: ${usage}\n`);
    process.exit(usageCode);
  }
}

const options = optionsOrExit();
process.exit(await main(options));
