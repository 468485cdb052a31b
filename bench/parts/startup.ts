import { startExporter } from '../actors/exporter.js';
import { startBareServer } from '../actors/floor.js';
import { startTargets } from '../actors/targets.js';
import type { Bench, Part } from '../part.js';
import { freePort, untilAnswers } from '../process/answers.js';
import { readMemory } from '../process/usage.js';
import { againstPeer, againstTarget } from '../row.js';

const pollMilliseconds = 2;

/**
 * Time from the start of the process to the answer to the first scrape. The comparison is a bare server on the same Node.js. The starts
 * alternate. The first start of each is left out, because its files are not yet in memory.
 */
export const startupPart: Part = {
  name: 'startup',
  needs: [],
  run: async (bench) => {
    const targets = await startTargets(bench, 'answering');
    const ours: number[] = [];
    const bare: number[] = [];
    const mebibytes: number[] = [];
    for (let i = 0; i <= bench.scale.starts; i++) {
      const startedAt = performance.now();
      const { program } = await startExporter(
        bench,
        { endpoints: { backend: `${targets.origin}/health`, frontend: targets.origin } },
        pollMilliseconds,
      );
      const milliseconds = performance.now() - startedAt;
      const { residentMebibytes } = readMemory(program);
      await program.stop();
      const ofBare = await startBare(bench);
      if (i === 0) continue;
      ours.push(milliseconds);
      bare.push(ofBare);
      mebibytes.push(residentMebibytes);
    }
    await targets.program.stop();
    const show = (values: readonly number[]) => values.map((value) => Math.round(value)).join(', ');
    return {
      rows: [
        againstPeer('start to the first /metrics 200', 'ms', ours, { name: 'bare node:http', values: bare }, 2),
        againstTarget('RSS then', 'MiB', mebibytes, 64),
      ],
      notes: [`starts: ${show(ours)} ms, bare ${show(bare)} ms; asked every ${pollMilliseconds} ms`],
    };
  },
};

async function startBare(bench: Bench): Promise<number> {
  const port = await freePort();
  const startedAt = performance.now();
  const program = await startBareServer(bench, port);
  await untilAnswers(`http://127.0.0.1:${port}/`, program, bench.signal, pollMilliseconds);
  const milliseconds = performance.now() - startedAt;
  await program.stop();
  return milliseconds;
}
