import { setTimeout as sleep } from 'node:timers/promises';
import { manyEndpoints, startExporter } from '../actors/exporter.js';
import { startFloor } from '../actors/floor.js';
import { startBlackboxExporter } from '../actors/peer-exporters.js';
import { directJob, type Prometheus, probeJob, startPrometheus } from '../actors/prometheus.js';
import { startTargets, type Targets } from '../actors/targets.js';
import type { Bench, Part } from '../part.js';
import type { Usage } from '../process/usage.js';
import { compare, figuresOf, type Rounds, valuesOf } from '../rounds.js';
import { againstPeer, againstTarget, type PartResult } from '../row.js';
import { quantile } from '../statistics.js';

const lonelyIntervalSeconds = 1;
/** Below this share of healthy components the measured load is not the intended one. */
const enoughUp = 0.95;

/**
 * The large installation. The exporter, a blackbox_exporter and the floor client with sockets probe the same number of targets at the same
 * time, each its own targets. A second exporter has only one component. It shows how much of a probe's time is due to the machine.
 */
export const thousandPart: Part = {
  name: 'thousand',
  needs: ['prometheus', 'blackbox_exporter'],
  run: async (bench) => {
    const { components, loadIntervalSeconds, measuredSeconds, warmUpSeconds } = bench.scale;
    const [ofExporter, ofBlackbox, ofFloor, ofHttp, ofLonely] = (await Promise.all(
      Array.from({ length: 5 }, () => startTargets(bench, 'answering')),
    )) as [Targets, Targets, Targets, Targets, Targets];
    const [exporter, lonely, blackbox, floor, http] = await Promise.all([
      startExporter(bench, {
        endpoints: manyEndpoints(ofExporter.origin, components),
        healthChecksSeconds: loadIntervalSeconds,
        isHostRead: false,
      }),
      startExporter(bench, {
        endpoints: { alone: `${ofLonely.origin}/health` },
        healthChecksSeconds: lonelyIntervalSeconds,
        isHostRead: false,
      }),
      startBlackboxExporter(bench),
      startFloor(bench, ofFloor, 'socket'),
      startFloor(bench, ofHttp, 'http'),
    ]);
    const prometheus = await startPrometheus(bench, [
      directJob('exporter', exporter.address, loadIntervalSeconds),
      directJob('alone', lonely.address, lonelyIntervalSeconds),
    ]);
    const urls = Object.values(manyEndpoints(ofBlackbox.origin, components));
    const prometheusOfBlackbox = await startPrometheus(bench, [
      probeJob('blackbox', blackbox.address, urls, loadIntervalSeconds),
    ]);
    await sleep(warmUpSeconds * 1000, undefined, { signal: bench.signal });
    const perMinute = (components * 60) / loadIntervalSeconds;
    const work = (targets: Targets) => ({ work: { done: () => targets.count(), perMinute } });
    const rounds = await compare(
      bench,
      [
        { name: 'exporter', program: exporter.program, ...work(ofExporter) },
        { name: 'blackbox_exporter', program: blackbox.program, ...work(ofBlackbox) },
        { name: 'floor', program: floor, ...work(ofFloor) },
        { name: 'node:http', program: http, ...work(ofHttp) },
        { name: 'Prometheus', program: prometheus.program },
        { name: 'Prometheus of blackbox_exporter', program: prometheusOfBlackbox.program },
      ],
      measuredSeconds,
    );
    // After an interruption all programs have ended, so none can answer.
    const latency = bench.signal.aborted ? undefined : await latencyError(bench, prometheus, prometheusOfBlackbox);
    await bench.processes.stopAll();
    return resultOf(bench, rounds, latency);
  },
};

/** How many milliseconds longer a probe takes among all others than alone, at p95. Throws if components were not up. */
async function latencyError({ scale }: Bench, prometheus: Prometheus, ofBlackbox: Prometheus) {
  const { components, measuredSeconds, rounds } = scale;
  for (const [server, query] of [
    [prometheus, 'aicrm_component_up{job="exporter"} == 1'],
    [ofBlackbox, 'probe_success == 1'],
  ] as const) {
    const up = await server.count(query);
    if (up < components * enoughUp) throw server.program.failure(`found ${up} of ${components} up: ${query}`);
  }
  const secondsOf = (job: string) =>
    prometheus.values(`aicrm_component_last_response_seconds{job="${job}"}[${measuredSeconds * rounds}s]`);
  const [loaded, alone] = await Promise.all([secondsOf('exporter'), secondsOf('alone')]);
  const show = (seconds: readonly number[]) =>
    `p50 ${(quantile(seconds, 0.5) * 1000).toFixed(2)} ms, p95 ${(quantile(seconds, 0.95) * 1000).toFixed(2)} ms (${seconds.length} scraped)`;
  return {
    milliseconds: (quantile(loaded, 0.95) - quantile(alone, 0.95)) * 1000,
    note: `probe latency among all: ${show(loaded)}; alone, at the same time: ${show(alone)}`,
  };
}

function resultOf(
  { scale }: Bench,
  rounds: Rounds,
  latency: { readonly milliseconds: number; readonly note: string } | undefined,
): PartResult {
  const what = `${scale.components} components every ${scale.loadIntervalSeconds} s`;
  const { cpu, wakeUps, resident, peak } = figuresOf(scale.measuredSeconds);
  const beside = (name: string, value: (usage: Usage) => number) => ({ name, values: valuesOf(rounds, name, value) });
  const ours = (value: (usage: Usage) => number) => valuesOf(rounds, 'exporter', value);
  return {
    rows: [
      againstPeer(`CPU, ${what}`, 's/min', ours(cpu), beside('blackbox_exporter', cpu), 0.35),
      againstPeer(`CPU, ${what}`, 's/min', ours(cpu), beside('floor', cpu), 1.4),
      againstPeer('CPU, the least by node:http', 's/min', valuesOf(rounds, 'node:http', cpu), beside('floor', cpu)),
      againstPeer('wake-ups', '/min', ours(wakeUps), beside('blackbox_exporter', wakeUps)),
      againstPeer('wake-ups', '/min', ours(wakeUps), beside('floor', wakeUps)),
      againstPeer('CPU of Prometheus for it', 's/min', valuesOf(rounds, 'Prometheus', cpu), {
        name: 'blackbox_exporter',
        values: valuesOf(rounds, 'Prometheus of blackbox_exporter', cpu),
      }),
      againstTarget(`RSS, ${what}`, 'MiB', ours(resident), 96),
      againstPeer('peak RSS', 'MiB', ours(peak), beside('blackbox_exporter', peak)),
      ...(latency === undefined
        ? []
        : [againstTarget(`probe latency error at p95, ${what}`, 'ms', [latency.milliseconds], 2)]),
    ],
    notes: latency === undefined ? [] : [latency.note],
  };
}
