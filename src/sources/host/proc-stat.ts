import type { CpuTimes } from './host-source.js';
import { malformed, quote } from './read-text.js';

/** The columns of a cpu line in their order. Guest time, which follows, is already contained in user and nice. */
const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

/** The oldest kernels write only the first four. */
const fewestModes = 4;

/** Clock ticks per second in which the kernel tells CPU time to programs, whatever its own tick is. */
const userHz = 100;

/**
 * CPU time by mode and the number of CPUs from `/proc/stat`.
 * Throws `host_unreadable` when there is no proper `cpu` line.
 */
export function parseCpuTimes(text: string, path: string): CpuTimes {
  let secondsByMode: ReadonlyMap<string, number> | undefined;
  let cpus = 0;
  let number = 0;
  for (const line of text.split('\n')) {
    number += 1;
    if (line.startsWith('cpu ')) secondsByMode = parseModes(line, path, number);
    // The kernel writes the CPUs in one block at the top; what follows, one counter per interrupt, can be very long.
    else if (/^cpu\d/.test(line)) cpus += 1;
    else break;
  }
  if (secondsByMode === undefined)
    throw malformed(path, 1, `expected a line "cpu", found ${quote(text.split('\n', 1)[0] ?? '')}`);
  return cpus === 0 ? { secondsByMode } : { secondsByMode, cpus };
}

/** When the host was booted, in Unix seconds, from `/proc/stat`; undefined when it does not say. */
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
