import type { Bench } from './part.js';
import type { Program } from './process/processes.js';
import { type Usage, watch } from './process/usage.js';

/** One of the compared programs. All of them work at the same time. */
export interface Contestant {
  readonly name: string;
  readonly program: Program;
  /** Work done so far, counted where it arrives, and the planned work per minute. Absent if the work has no count. */
  readonly work?: { readonly done: () => Promise<number>; readonly perMinute: number };
}

/** Usage by name of the contestant, one value for each round. Values with the same index were measured at the same time. */
export type Rounds = ReadonlyMap<string, readonly Usage[]>;

/** Below this share of the planned work the load was not the intended one. */
const enoughWork = 0.95;

/**
 * Measures all contestants at the same time, in several rounds. On a machine whose cores sleep, the cost of the same work differs by a
 * factor of five from one minute to the next. So measurements at different times cannot be compared. After an interruption it returns the
 * complete rounds. Throws if a program ends or does too little work.
 */
export async function compare(bench: Bench, contestants: readonly Contestant[], seconds: number): Promise<Rounds> {
  const found = new Map<string, Usage[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 1; round <= bench.scale.rounds; round++) {
    bench.say(`round ${round} of ${bench.scale.rounds}, ${contestants.map(({ name }) => name).join(', ')}`);
    try {
      const usages = await oneRound(bench, contestants, seconds);
      contestants.forEach(({ name }, i) => {
        const usage = usages[i];
        if (usage !== undefined) found.get(name)?.push(usage);
      });
    } catch (error) {
      if (!bench.signal.aborted || round === 1) throw error;
      break;
    }
  }
  return found;
}

/** Figures per minute, and memory, of a usage that was measured for `seconds`. */
export function figuresOf(seconds: number) {
  const perMinute = 60 / seconds;
  return {
    cpu: ({ cpuSeconds }: Usage) => cpuSeconds * perMinute,
    wakeUps: ({ wakeUps }: Usage) => wakeUps * perMinute,
    resident: ({ residentMebibytes }: Usage) => residentMebibytes,
    peak: ({ peakMebibytes }: Usage) => peakMebibytes,
  };
}

/** The values of one contestant's rounds. Throws for an unknown name. */
export function valuesOf(rounds: Rounds, name: string, value: (usage: Usage) => number): readonly number[] {
  const usages = rounds.get(name);
  if (usages === undefined) throw new Error(`${name} did not take part`);
  return usages.map(value);
}

async function oneRound(bench: Bench, contestants: readonly Contestant[], seconds: number): Promise<readonly Usage[]> {
  const before = await workOf(contestants);
  const usages = await watch(
    contestants.map(({ program }) => program),
    seconds,
    bench.signal,
  );
  const after = await workOf(contestants);
  contestants.forEach(({ program, work }, i) => {
    if (work === undefined) return;
    const done = (after[i] ?? 0) - (before[i] ?? 0);
    const planned = (work.perMinute * seconds) / 60;
    if (done < planned * enoughWork) throw program.failure(`made ${done} probes where ${planned} were planned`);
  });
  return usages;
}

function workOf(contestants: readonly Contestant[]): Promise<readonly number[]> {
  return Promise.all(contestants.map(async ({ work }) => work?.done() ?? 0));
}
