import { cpus, release, totalmem } from 'node:os';
import type { Peers } from './process/peers.js';
import type { Scale } from './scale.js';

/** What must be known to compare this run with another: the foot of the table, a fact a line. */
export function describeSurroundings(peers: Peers, scale: Scale, startedAt: Date, seconds: number): readonly string[] {
  const processors = cpus();
  const { components, loadIntervalSeconds, warmUpSeconds, measuredSeconds, hangingSeconds, lonelyProbes, starts } =
    scale;
  return [
    `machine: ${processors.length} cores (${processors[0]?.model.trim() ?? 'of unknown make'}), ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release()}`,
    `programs: Node.js ${process.version}${peers
      .versions()
      .map((version) => `, ${version}`)
      .join('')}`,
    `run of ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${Math.round(seconds)} s in all`,
    `durations: ${warmUpSeconds} s of warm-up and ${measuredSeconds} s measured (${components} components every ${loadIntervalSeconds} s; default), ` +
      `${lonelyProbes} probes alone, ${hangingSeconds} s of scrapes while all hang, median of ${starts} starts`,
    'CPU is user and system time of the process; ratios count, absolute times differ between machines',
  ];
}
