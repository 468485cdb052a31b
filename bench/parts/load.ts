import { setTimeout as sleep } from 'node:timers/promises';
import { manyEndpoints, startExporter } from '../actors/exporter.js';
import { startBlackboxExporter } from '../actors/peer-exporters.js';
import { directJob, type Prometheus, probeJob, startPrometheus } from '../actors/prometheus.js';
import { startTargets, type Targets } from '../actors/targets.js';
import type { Bench } from '../part.js';
import type { Program } from '../process/processes.js';
import { type Usage, watch } from '../process/usage.js';

/** How an exporter did under the load of the large installation. */
export interface LoadResult {
  readonly exporter: Usage;
  readonly prometheus: Usage;
  /** Requests that the targets had per minute: the proof that the work was done. */
  readonly probesPerMinute: number;
  /** What the exporter said each probe took, in milliseconds. */
  readonly latenciesMilliseconds: readonly number[];
}

interface Actors {
  readonly subject: Program;
  readonly prometheus: Prometheus;
  readonly targets: Targets;
  /** The gauges that tell that all is well, and how long a probe took. */
  readonly upGauge: string;
  readonly secondsGauge: string;
}

/** Fewer probes than this share of the planned ones and it was not the load that was meant. */
const enoughWork = 0.95;

/** Our exporter with all components, scraped by a Prometheus. */
export async function loadExporter(bench: Bench): Promise<LoadResult> {
  const { components, loadIntervalSeconds } = bench.scale;
  const targets = await startTargets(bench, 'answering');
  const exporter = await startExporter(bench, {
    endpoints: manyEndpoints(targets.origin, components),
    healthChecksSeconds: loadIntervalSeconds,
    isHostRead: false,
  });
  const prometheus = await startPrometheus(bench, [directJob('exporter', exporter.address, loadIntervalSeconds)]);
  return measure(bench, {
    subject: exporter.program,
    prometheus,
    targets,
    upGauge: 'aicrm_component_up',
    secondsGauge: 'aicrm_component_last_response_seconds',
  });
}

/** The same components as targets of a blackbox_exporter, driven by a Prometheus. */
export async function loadBlackboxExporter(bench: Bench): Promise<LoadResult> {
  const { components, loadIntervalSeconds } = bench.scale;
  const targets = await startTargets(bench, 'answering');
  const blackbox = await startBlackboxExporter(bench);
  const urls = Object.values(manyEndpoints(targets.origin, components));
  const prometheus = await startPrometheus(bench, [probeJob('blackbox', blackbox.address, urls, loadIntervalSeconds)]);
  return measure(bench, {
    subject: blackbox.program,
    prometheus,
    targets,
    upGauge: 'probe_success',
    secondsGauge: 'probe_duration_seconds',
  });
}

async function measure(
  { scale, signal }: Bench,
  { subject, prometheus, targets, upGauge, secondsGauge }: Actors,
): Promise<LoadResult> {
  const { components, loadIntervalSeconds, warmUpSeconds, measuredSeconds } = scale;
  await sleep(warmUpSeconds * 1000, undefined, { signal });
  const countBefore = await targets.count();
  const [exporter, ofPrometheus] = await watch([subject, prometheus.program], measuredSeconds, signal);
  const probes = (await targets.count()) - countBefore;
  const latencies = await prometheus.values(`${secondsGauge}[${measuredSeconds}s]`);
  const ups = await prometheus.values(`${upGauge}[${loadIntervalSeconds}s]`);
  await Promise.all([subject, prometheus.program, targets.program].map((program) => program.stop()));
  if (exporter === undefined || ofPrometheus === undefined) throw new Error('nothing was watched');
  const planned = (components * measuredSeconds) / loadIntervalSeconds;
  if (probes < planned * enoughWork) throw subject.failure(`made ${probes} probes where ${planned} were planned`);
  const upCount = ups.filter((up) => up === 1).length;
  if (upCount < components * enoughWork) throw subject.failure(`found ${upCount} of ${components} components up`);
  return {
    exporter,
    prometheus: ofPrometheus,
    probesPerMinute: (probes / measuredSeconds) * 60,
    latenciesMilliseconds: latencies.map((seconds) => seconds * 1000),
  };
}
