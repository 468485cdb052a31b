import { levelAgainst } from '../base/level.js';
import type { Collector, HostReading } from '../collector.js';
import type { Threshold } from '../config/sections/thresholds-section.js';
import { type Sample, set } from '../metrics/definition.js';
import { hostCpuSeconds, hostCpus, hostCpuUsage } from '../metrics/host-metrics.js';
import { type HostTiming, percentText } from './host-readings.js';
import type { CpuTimes, HostSource } from './host-source.js';
import { malformed, quote } from './read-text.js';

/** Columns of a cpu line in their order. The guest times that follow are part of user and nice. */
const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

/** The oldest kernels write only the first four. */
const fewestModes = 4;

/** Clock ticks per second of the kernel's CPU times for programs, independent of its own tick. */
const userHz = 100;

/** CPU time by mode and the number of CPUs from `/proc/stat`. Throws `host_unreadable` without a valid `cpu` line. */
export function parseCpuTimes(text: string, path: string): CpuTimes {
  let secondsByMode: ReadonlyMap<string, number> | undefined;
  let cpus = 0;
  let number = 0;
  for (const line of text.split('\n')) {
    number += 1;
    if (line.startsWith('cpu ')) secondsByMode = parseModes(line, path, number);
    // The kernel writes all CPUs in one block at the top. The lines after it, one counter per interrupt, can be very long.
    else if (/^cpu\d/.test(line)) cpus += 1;
    else break;
  }
  if (secondsByMode === undefined)
    throw malformed(path, 1, `expected a line "cpu", found ${quote(text.split('\n', 1)[0] ?? '')}`);
  return cpus === 0 ? { secondsByMode } : { secondsByMode, cpus };
}

/** Boot time in Unix seconds from `/proc/stat`; undefined when it is missing. */
export function parseBootTime(text: string): number | undefined {
  const found = /^btime (\d+)$/m.exec(text);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

function parseModes(line: string, path: string, number: number): ReadonlyMap<string, number> {
  const ticks = line.trim().split(/\s+/).slice(1);
  if (ticks.length < fewestModes || !ticks.every((text) => /^\d+$/.test(text))) {
    throw malformed(path, number, `expected at least ${fewestModes} counters, found ${quote(line)}`);
  }
  const found = new Map<string, number>();
  modes.forEach((mode, column) => {
    const text = ticks[column];
    if (text !== undefined) found.set(mode, Number(text) / userHz);
  });
  return found;
}

/** Time between the first two runs, which gives the first usage. */
const firstIntervalSeconds = 1;

/**
 * CPU time by mode, the number of CPUs, and their usage since the run before.
 *
 * There is no usage in the first run, which requests the next one soon. There is none either when counters went
 * backwards or did not change.
 */
export function cpuCollector(source: HostSource, threshold: Threshold, timing: HostTiming): Collector {
  let previous: CpuTimes | undefined;
  return {
    name: 'cpu',
    ...timing,
    async collect(signal) {
      const times = await source.cpu(signal);
      const isFirst = previous === undefined;
      const usageRatio = previous === undefined ? undefined : usageBetween(previous, times);
      previous = times;

      const samples: Sample[] = [...times.secondsByMode].map(([mode, seconds]) =>
        set(hostCpuSeconds, { mode }, seconds),
      );
      if (times.cpus !== undefined) samples.push(set(hostCpus, {}, times.cpus));
      if (usageRatio === undefined) return isFirst ? { samples, againInSeconds: firstIntervalSeconds } : { samples };
      samples.push(set(hostCpuUsage, {}, usageRatio));
      return { samples, readings: [reading(usageRatio, times.cpus, threshold)] };
    },
  };
}

/**
 * The ratio of busy CPU time between two readings, 0–1; undefined without time, and when it is not reliable. Waiting
 * for a disk is idle: the CPU could work. Idle and busy time are compared as sums, because the kernel sometimes reduces
 * the disk wait alone.
 */
function usageBetween(earlier: CpuTimes, later: CpuTimes): number | undefined {
  const [idleBefore, busyBefore] = idleAndBusy(earlier);
  const [idleAfter, busyAfter] = idleAndBusy(later);
  const idle = idleAfter - idleBefore;
  const busy = busyAfter - busyBefore;
  return idle < 0 || busy < 0 || idle + busy === 0 ? undefined : busy / (idle + busy);
}

function idleAndBusy({ secondsByMode }: CpuTimes): readonly [idle: number, busy: number] {
  let idle = 0;
  let busy = 0;
  for (const [mode, seconds] of secondsByMode) {
    if (mode === 'idle' || mode === 'iowait') idle += seconds;
    else busy += seconds;
  }
  return [idle, busy];
}

function reading(usageRatio: number, cpus: number | undefined, threshold: Threshold): HostReading {
  const whose = cpus === undefined ? '' : ` of ${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}`;
  return {
    subject: 'host',
    name: 'cpu',
    resource: 'cpu',
    level: levelAgainst(usageRatio, threshold),
    usageRatio,
    message: `${percentText(usageRatio)}${whose} busy`,
  };
}
