import type { Threshold } from '../../config/config.js';
import { levelAgainst } from '../../level.js';
import { hostCpuSeconds, hostCpus, hostCpuUsage } from '../../metrics/families/host.js';
import { type Sample, set } from '../../metrics/sample.js';
import type { CpuTimes, HostSource } from '../../sources/host/host-source.js';
import type { Collector } from '../collector.js';
import type { HostReading } from '../reading.js';
import { percentText } from './describe.js';
import type { HostTiming } from './timing.js';

/** How long the first run's counters have to grow before they tell a usage. */
const firstIntervalSeconds = 1;

/**
 * CPU time by mode, the number of CPUs, and how busy they were since the run before.
 *
 * There is no usage in the first run, which asks for another one soon, nor when the counters went backwards or stood still.
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
 * The share of the CPU time between two readings that was not idle, 0–1; undefined when there is none or when it cannot
 * be trusted. Waiting for a disk is idle: the CPU could have worked. Idle and busy time are each compared as a whole,
 * because the kernel lets the wait for disks alone shrink now and then.
 */
export function usageBetween(earlier: CpuTimes, later: CpuTimes): number | undefined {
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
