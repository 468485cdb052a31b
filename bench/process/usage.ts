import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './processes.js';

/** What a program used while it was watched, and what it holds at the end. */
export interface Usage {
  /** User and system time, of children that have ended too. */
  readonly cpuSeconds: number;
  /** How often a thread of it went to sleep and was woken up again; each costs the kernel and the caches, whoever pays. */
  readonly wakeUps: number;
  readonly residentMebibytes: number;
  /** The most it ever held, from its start. */
  readonly peakMebibytes: number;
}

interface CpuReading {
  /** In steps of a clock tick; complete. */
  readonly tickedSeconds: number;
  readonly childrenSeconds: number;
  /** To the nanosecond; without the threads that have ended. */
  readonly threadSeconds: number;
  readonly wakeUps: number;
}

/** The kernel counts in hundredths of a second for user space, whatever its own rate is. */
const ticksPerSecond = 100;
const agreeingSeconds = 0.03;

/** Watches programs for so long; throws when one of them ends meanwhile. In the order of `programs`. */
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

/** Reads what a program holds in memory; throws when it has ended. */
export function readMemory(program: Program): Pick<Usage, 'residentMebibytes' | 'peakMebibytes'> {
  const status = read(program, 'status');
  const mebibytes = (key: string) => Number(new RegExp(`^${key}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { residentMebibytes: mebibytes('VmRSS'), peakMebibytes: mebibytes('VmHWM') };
}

/**
 * Ticks are complete but coarse: a quiet minute is a handful of them. The threads' own counters are exact as long as no
 * thread ended in between, which shows when the two do not agree.
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
