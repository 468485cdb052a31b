import { setTimeout as sleep } from 'node:timers/promises';
import { manyEndpoints, startExporter } from '../actors/exporter.js';
import { Scraper, samplesAt } from '../actors/scraper.js';
import { startTargets } from '../actors/targets.js';
import type { Bench, Part } from '../part.js';
import { againstPeer } from '../row.js';
import { quantile } from '../statistics.js';

const scrapesPerSecond = 5;
/** Interval of the exporter at rest: longer than the benchmark runs, so it probes only once. */
const restSeconds = 3600;

/**
 * Whether a scrape is slower while every component hangs until its timeout. The comparison is an exporter with the same components at rest:
 * it has found them all hanging once and does nothing more. The scrapes alternate.
 */
export const hangingPart: Part = {
  name: 'hanging',
  needs: [],
  run: async (bench) => {
    const { components, hangingIntervalSeconds } = bench.scale;
    const targets = await startTargets(bench, 'hanging');
    const [busy, resting] = await Promise.all(
      [hangingIntervalSeconds, restSeconds].map((healthChecksSeconds) =>
        startExporter(bench, {
          endpoints: manyEndpoints(targets.origin, components),
          healthChecksSeconds,
          isHostRead: false,
        }),
      ),
    );
    if (busy === undefined || resting === undefined) throw new Error('nothing was started');
    for (const exporter of [busy, resting]) await untilAllAreDown(bench, exporter.metricsUrl);
    const [ofBusy, ofResting] = await scrapeInTurn(bench, busy.metricsUrl, resting.metricsUrl);
    const samples = await samplesAt(busy.metricsUrl, bench.signal);
    await bench.processes.stopAll();
    const what = `scrape while ${components} components hang`;
    const beside = (share: number) => ({ name: 'at rest', values: [quantile(ofResting, share)] });
    return {
      rows: [
        againstPeer(`${what}, p50`, 'ms', [quantile(ofBusy, 0.5)], beside(0.5)),
        againstPeer(`${what}, p99`, 'ms', [quantile(ofBusy, 0.99)], beside(0.99), 3),
      ],
      notes: [
        `${what}: ${ofBusy.length} scrapes of ${samples.size} series, gzip and OpenMetrics as Prometheus asks for, slowest ${Math.max(...ofBusy).toFixed(1)} ms, at rest ${Math.max(...ofResting).toFixed(1)} ms`,
      ],
    };
  },
};

async function untilAllAreDown({ scale, signal, say }: Bench, url: string): Promise<void> {
  const { components, warmUpSeconds } = scale;
  // The first probes start a few hundredths of a second apart, and each takes its timeout of ten seconds.
  const deadline = performance.now() + (warmUpSeconds + 60) * 1000;
  for (let down = -1; down < components; ) {
    await sleep(1000, undefined, { signal });
    const samples = await samplesAt(url, signal);
    down = [...samples].filter(([series, value]) => series.startsWith('aicrm_component_up{') && value === 0).length;
    say(`${down} of ${components} found hanging`);
    if (performance.now() > deadline) throw new Error(`found ${down} of ${components} hanging components down`);
  }
}

/** Scrapes two exporters in turn at a steady pace. Returns the milliseconds of each scrape. */
async function scrapeInTurn({ scale, signal }: Bench, ...urls: readonly [string, string]) {
  const scraper = new Scraper();
  const found: readonly [number[], number[]] = [[], []];
  try {
    const startedAt = performance.now();
    for (let i = 0; i < scale.hangingSeconds * scrapesPerSecond; i++) {
      const due = startedAt + (i * 1000) / scrapesPerSecond;
      await sleep(Math.max(0, due - performance.now()), undefined, { signal });
      found[0].push(await scraper.time(urls[0]));
      found[1].push(await scraper.time(urls[1]));
    }
  } finally {
    scraper.close();
  }
  return found;
}
