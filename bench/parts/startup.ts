import { startExporter } from '../actors/exporter.js';
import { startTargets } from '../actors/targets.js';
import type { Part } from '../part.js';
import { readMemory } from '../process/usage.js';
import { againstTarget } from '../row.js';
import { median } from '../statistics.js';

const pollMilliseconds = 5;

/** How soon the first scrape can be answered, from the start of the process, and what it holds in memory by then. */
export const startupPart: Part = {
  name: 'startup',
  needs: [],
  run: async (bench) => {
    const targets = await startTargets(bench, 'answering');
    const milliseconds: number[] = [];
    const mebibytes: number[] = [];
    for (let i = 0; i < bench.scale.starts; i++) {
      const startedAt = performance.now();
      const { program } = await startExporter(
        bench,
        { endpoints: { backend: `${targets.origin}/health`, frontend: targets.origin } },
        pollMilliseconds,
      );
      milliseconds.push(performance.now() - startedAt);
      mebibytes.push(readMemory(program).residentMebibytes);
      await program.stop();
    }
    await targets.program.stop();
    return {
      rows: [
        againstTarget('start to the first /metrics 200', 'ms', median(milliseconds), 400),
        againstTarget('RSS then', 'MiB', median(mebibytes), 64),
      ],
      notes: [
        `starts: ${milliseconds.map((value) => Math.round(value)).join(', ')} ms; asked every ${pollMilliseconds} ms`,
      ],
    };
  },
};
