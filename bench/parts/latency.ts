import { setTimeout as sleep } from 'node:timers/promises';
import { startExporter } from '../actors/exporter.js';
import { samplesAt } from '../actors/scraper.js';
import { startTargets } from '../actors/targets.js';
import type { Bench, Part } from '../part.js';
import { againstTarget } from '../row.js';
import { quantile } from '../statistics.js';
import type { LoadResult } from './load.js';
import { describeLoad } from './thousand.js';

/** The first probes of a process measure code that is not compiled yet. */
const ignoredProbes = 3;
const lonelyIntervalSeconds = 1;
/** Not in step with the probes, so that reading their results is rarely what slows one down. */
const lookSeconds = 0.43;

/** How much slower a component seems because the exporter is busy with the others. */
export function latencyPart(loadOfExporter: () => Promise<LoadResult>): Part {
  return {
    name: 'latency',
    needs: ['prometheus'],
    run: async (bench) => {
      const loaded = (await loadOfExporter()).latenciesMilliseconds;
      bench.say('the same target alone');
      const alone = await probeAlone(bench);
      const [loadedP95, aloneP95] = [quantile(loaded, 0.95), quantile(alone, 0.95)];
      const show = (values: readonly number[]) =>
        `p50 ${quantile(values, 0.5).toFixed(2)} ms, p95 ${quantile(values, 0.95).toFixed(2)} ms (${values.length} probes)`;
      return {
        rows: [againstTarget(`probe latency error at p95, ${describeLoad(bench)}`, 'ms', loadedP95 - aloneP95, 2)],
        notes: [`probe latency under load: ${show(loaded)}; alone: ${show(alone)}`],
      };
    },
  };
}

/** Probes one component again and again and returns what each probe took, in milliseconds. */
async function probeAlone(bench: Bench): Promise<readonly number[]> {
  const targets = await startTargets(bench, 'answering');
  const exporter = await startExporter(bench, {
    endpoints: { alone: `${targets.origin}/health` },
    healthChecksSeconds: lonelyIntervalSeconds,
    isHostRead: false,
  });
  const found: number[] = [];
  for (let seen = 0; found.length < bench.scale.lonelyProbes; ) {
    await sleep(lookSeconds * 1000, undefined, { signal: bench.signal });
    const samples = await samplesAt(exporter.metricsUrl, bench.signal);
    const count = samples.get('aicrm_component_probes_total{component="alone"}') ?? 0;
    if (count > Math.max(seen, ignoredProbes))
      found.push((samples.get('aicrm_component_last_response_seconds{component="alone"}') ?? NaN) * 1000);
    seen = count;
  }
  await exporter.program.stop();
  await targets.program.stop();
  return found;
}
