import { setTimeout as sleep } from 'node:timers/promises';
import { manyEndpoints, startExporter } from '../actors/exporter.js';
import { Scraper, samplesAt } from '../actors/scraper.js';
import { startTargets } from '../actors/targets.js';
import type { Bench, Part } from '../part.js';
import { againstTarget } from '../row.js';
import { quantile } from '../statistics.js';

const scrapesPerSecond = 10;

/** Whether a scrape notices that every component hangs until its timeout. */
export const hangingPart: Part = {
  name: 'hanging',
  needs: [],
  run: async (bench) => {
    const { components, hangingIntervalSeconds } = bench.scale;
    const targets = await startTargets(bench, 'hanging');
    const exporter = await startExporter(bench, {
      endpoints: manyEndpoints(targets.origin, components),
      healthChecksSeconds: hangingIntervalSeconds,
      isHostRead: false,
    });
    await sleep(bench.scale.warmUpSeconds * 1000, undefined, { signal: bench.signal });
    const milliseconds = await scrapeSteadily(bench, exporter.metricsUrl);
    const samples = await samplesAt(exporter.metricsUrl, bench.signal);
    await exporter.program.stop();
    await targets.program.stop();
    const down = [...samples].filter(
      ([series, value]) => series.startsWith('aicrm_component_up{') && value === 0,
    ).length;
    if (down !== components) throw exporter.program.failure(`found ${down} of ${components} hanging components down`);
    const what = `scrape while ${components} components hang`;
    return {
      rows: [
        againstTarget(`${what}, p50`, 'ms', quantile(milliseconds, 0.5), 20),
        againstTarget(`${what}, p99`, 'ms', quantile(milliseconds, 0.99), 20),
      ],
      notes: [
        `${what}: ${milliseconds.length} scrapes of ${samples.size} series, gzip and OpenMetrics as Prometheus asks for, slowest ${Math.max(...milliseconds).toFixed(1)} ms`,
      ],
    };
  },
};

/** Scrapes at a steady pace, one at a time, and returns how long each took, in milliseconds. */
async function scrapeSteadily({ scale, signal }: Bench, url: string): Promise<readonly number[]> {
  const scraper = new Scraper();
  const found: number[] = [];
  try {
    const startedAt = performance.now();
    for (let i = 0; i < scale.hangingSeconds * scrapesPerSecond; i++) {
      const due = startedAt + (i * 1000) / scrapesPerSecond;
      await sleep(Math.max(0, due - performance.now()), undefined, { signal });
      found.push(await scraper.time(url));
    }
  } finally {
    scraper.close();
  }
  return found;
}
