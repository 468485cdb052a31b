import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import type { Bench } from './part.js';

/** Facts about the machine and the programs, one on each line below the table. They are needed to compare this run with another. */
export function describeSurroundings(
  { peers, scale, node }: Bench,
  startedAt: Date,
  seconds: number,
): readonly string[] {
  const processors = cpus();
  const { components, loadIntervalSeconds, warmUpSeconds, rounds, measuredSeconds, hangingSeconds, starts } = scale;
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  return [
    `machine: ${processors.length} cores (${processors[0]?.model.trim() ?? 'of unknown make'}), ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release()}`,
    `programs: Node.js ${version}${peers
      .versions()
      .map((version) => `, ${version}`)
      .join('')}`,
    `run of ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${Math.round(seconds)} s in all`,
    `durations: ${warmUpSeconds} s of warm-up and ${rounds} rounds of ${measuredSeconds} s (${components} components every ${loadIntervalSeconds} s; default), ` +
      `${hangingSeconds} s of scrapes while all hang, ${starts} starts`,
    'what stands in one line ran at the same time; the figures are medians of the rounds, the ratio is the median of their ratios',
    'CPU is user and system time of the process; ratios count, absolute times differ between machines',
  ];
}
