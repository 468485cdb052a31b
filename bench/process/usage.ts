import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './processes.js';

/** Resources that a program used while it was watched, and its memory at the end. */
export interface Usage {
  /** User and system time. It includes children that have ended. */
  readonly cpuSeconds: number;
  /**
   * How often a thread went to sleep and woke up again. Each wake-up costs time in the kernel and the caches, even if another process is
   * charged for it.
   */
  readonly wakeUps: number;
  readonly residentMebibytes: number;
  /** The greatest memory since its start. */
  readonly peakMebibytes: number;
}

interface CpuReading {
  /** In steps of a clock tick. It includes ended threads. */
  readonly tickedSeconds: number;
  readonly childrenSeconds: number;
  /** To the nanosecond. It does not include ended threads. */
  readonly threadSeconds: number;
  readonly wakeUps: number;
}

/** For user space the kernel always counts in hundredths of a second. */
const ticksPerSecond = 100;
const agreeingSeconds = 0.03;

/** Watches programs for some seconds. The result has the order of `programs`. Throws if one of them ends meanwhile. */
export async function watch(
  programs: readonly Program[],
  seconds: number,
  signal: AbortSignal,
): Promise<readonly Usage[]> {
  const before = programs.map((program) => readCpu(program));
  await sleep(seconds * 1000, undefined, { signal });
  return programs.map((program, i) => {
    const after = readCpu(program);
    const first = before[i];
    return {
      cpuSeconds: first === undefined ? 0 : between(first, after),
      wakeUps: after.wakeUps - (first?.wakeUps ?? 0),
      ...readMemory(program),
    };
  });
}

/** Reads the memory of a program. Throws if it has ended. */
export function readMemory(program: Program): Pick<Usage, 'residentMebibytes' | 'peakMebibytes'> {
  const status = read(program, 'status');
  const mebibytes = (key: string) => Number(new RegExp(`^${key}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { residentMebibytes: mebibytes('VmRSS'), peakMebibytes: mebibytes('VmHWM') };
}

/**
 * Ticks include all threads but are coarse: a quiet minute has only a few. The counters of threads are exact unless a thread has ended.
 * Then the two values differ, and the ticks count.
 */
function between(before: CpuReading, after: CpuReading): number {
  const ticked = after.tickedSeconds - before.tickedSeconds;
  const exact = after.threadSeconds - before.threadSeconds;
  return (
    (Math.abs(ticked - exact) <= agreeingSeconds ? exact : ticked) + after.childrenSeconds - before.childrenSeconds
  );
}

function readCpu(program: Program): CpuReading {
  // The name in parentheses may contain anything, also spaces and parentheses.
  const fields = read(program, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  const seconds = (first: number) => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) / ticksPerSecond;
  const threads = readdirSync(`/proc/${program.pid}/task`);
  const sum = (valueOf: (thread: string) => number) => threads.reduce((total, thread) => total + valueOf(thread), 0);
  return {
    tickedSeconds: seconds(11),
    childrenSeconds: seconds(13),
    threadSeconds: sum((thread) => Number(read(program, `task/${thread}/schedstat`).split(' ')[0]) / 1e9),
    wakeUps: sum((thread) =>
      Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(read(program, `task/${thread}/status`))?.[1]),
    ),
  };
}

function read(program: Program, file: string): string {
  if (!program.isRunning()) throw program.failure('ended while it was measured');
  return readFileSync(`/proc/${program.pid}/${file}`, 'utf8');
}
