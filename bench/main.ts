import { accessSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Options, readOptions, usage } from './options.js';
import type { Bench, Part } from './part.js';
import { parts } from './parts/index.js';
import { nodeOfImage } from './process/node-of-image.js';
import { findPeers } from './process/peers.js';
import { Processes } from './process/processes.js';
import type { PartResult } from './row.js';
import { fullScale, quickScale } from './scale.js';
import { describeSurroundings } from './surroundings.js';
import { drawTable } from './table.js';

const usageCode = 2;
const interruptedCode = 130;

/**
 * Runs the parts and prints each one when it ends. So results stay if a later part fails or the run is interrupted. Returns the exit code:
 * 0 whatever the verdicts are, 1 if a part failed, 130 if the run was interrupted.
 */
async function main(options: Options): Promise<number> {
  const startedAt = new Date();
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interruption.abort(new Error(signal)));
  const scale = options.isQuick ? quickScale : fullScale;
  const bench: Bench = {
    scale: { ...scale, rounds: options.rounds ?? scale.rounds },
    processes: new Processes(),
    peers: findPeers(process.env['PATH'] ?? ''),
    node: options.node ?? nodeOfImage() ?? process.execPath,
    nodeFlags: options.nodeFlags,
    folder: await mkdtemp(join(tmpdir(), 'ai-crm-exporter-bench-')),
    signal: interruption.signal,
    say: (text) => process.stderr.write(`  ${text} …\n`),
  };
  // This ends whatever a part is waiting for.
  interruption.signal.addEventListener('abort', () => void bench.processes.stopAll());
  let hasFailed = false;
  try {
    for (const part of parts.filter(({ name }) => options.only?.includes(name) ?? true)) {
      if (bench.signal.aborted) break;
      try {
        print(part, await runPart(part, bench));
      } catch (error) {
        if (bench.signal.aborted) break;
        hasFailed = true;
        process.stderr.write(`${part.name} failed: ${error instanceof Error ? error.message : String(error)}\n`);
        print(part, { rows: [{ figure: part.name, gap: 'failed, see above' }], notes: [] });
        // Programs of this part must not disturb the next one.
        await bench.processes.stopAll();
      }
    }
  } finally {
    await bench.processes.stopAll();
    await rm(bench.folder, { recursive: true, force: true });
  }
  const notes = describeSurroundings(bench, startedAt, (Date.now() - startedAt.getTime()) / 1000);
  process.stdout.write(
    [
      ...(options.isQuick ? ['QUICK RUN: smaller and shorter than the targets mean; the figures are rough'] : []),
      ...(bench.signal.aborted ? ['CALLED OFF: what is above is complete, the rest is missing'] : []),
      ...(options.nodeFlags.length > 0 ? [`Node.js flags of the exporter: ${options.nodeFlags.join(' ')}`] : []),
      ...notes,
    ]
      .map((note) => `* ${note}\n`)
      .join(''),
  );
  if (bench.signal.aborted) return interruptedCode;
  return hasFailed ? 1 : 0;
}

function print(part: Part, { rows, notes }: PartResult): void {
  process.stdout.write(`## ${part.name}\n\n${drawTable(rows)}\n\n${notes.map((note) => `* ${note}\n`).join('')}\n`);
}

async function runPart(part: Part, bench: Bench): Promise<PartResult> {
  const missing = bench.peers.missing(part.needs);
  if (missing.length > 0)
    return { rows: [{ figure: part.name, gap: `${missing.join(' and ')} not on PATH` }], notes: [] };
  process.stderr.write(`${part.name}\n`);
  return part.run(bench);
}

function optionsOrExit(): Options {
  try {
    const options = readOptions(
      process.argv.slice(2),
      parts.map(({ name }) => name),
    );
    if (options.node !== undefined) accessSync(options.node);
    return options;
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\nusage: ${usage}\n`);
    process.exit(usageCode);
  }
}

process.exit(await main(optionsOrExit()));
