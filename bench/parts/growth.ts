import { setTimeout as sleep } from 'node:timers/promises';
import { manyEndpoints, startExporter } from '../actors/exporter.js';
import { Scraper, samplesAt } from '../actors/scraper.js';
import { startTargets } from '../actors/targets.js';
import type { Part } from '../part.js';
import { compare, figuresOf, valuesOf } from '../rounds.js';
import { againstPeer, type Row } from '../row.js';
import { median } from '../statistics.js';

const scrapesOfEach = 10;

/** The cost by number of components. An exporter for each number, all at the same time. Each is compared with the smallest. */
export const growthPart: Part = {
  name: 'growth',
  needs: [],
  run: async (bench) => {
    const { growth, loadIntervalSeconds, measuredSeconds, warmUpSeconds } = bench.scale;
    const sizes = await Promise.all(
      growth.map(async (components) => {
        const targets = await startTargets(bench, 'answering');
        const exporter = await startExporter(bench, {
          endpoints: manyEndpoints(targets.origin, components),
          healthChecksSeconds: loadIntervalSeconds,
          isHostRead: false,
        });
        return { name: `${components} components`, components, targets, exporter };
      }),
    );
    // The first probes start a few hundredths of a second apart.
    await sleep((warmUpSeconds + Math.max(...growth) / 50) * 1000, undefined, { signal: bench.signal });
    const rounds = await compare(
      bench,
      sizes.map(({ name, components, targets, exporter }) => ({
        name,
        program: exporter.program,
        work: { done: () => targets.count(), perMinute: (components * 60) / loadIntervalSeconds },
      })),
      measuredSeconds,
    );
    const rows: Row[] = [];
    const notes: string[] = [];
    const smallest = `${growth[0]} components`;
    const scraper = new Scraper();
    const { cpu, resident } = figuresOf(measuredSeconds);
    const ofSmallest = (value: typeof cpu) => ({ name: smallest, values: valuesOf(rounds, smallest, value) });
    for (const { name, exporter } of sizes) {
      rows.push(
        againstPeer(`CPU, ${name}`, 's/min', valuesOf(rounds, name, cpu), ofSmallest(cpu)),
        againstPeer(`RSS, ${name}`, 'MiB', valuesOf(rounds, name, resident), ofSmallest(resident)),
      );
      if (bench.signal.aborted) continue;
      const { size } = await samplesAt(exporter.metricsUrl, bench.signal);
      const milliseconds: number[] = [];
      for (let i = 0; i < scrapesOfEach; i++) milliseconds.push(await scraper.time(exporter.metricsUrl));
      notes.push(
        `${name}: ${size} series, a scrape takes ${median(milliseconds).toFixed(1)} ms (median of ${scrapesOfEach})`,
      );
    }
    scraper.close();
    await bench.processes.stopAll();
    return { rows, notes };
  },
};
