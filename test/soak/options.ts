import { parseArgs } from 'node:util';

/** The parts of the soak. */
export const partNames = ['week', 'machine'] as const;
/** See `partNames`. */
export type PartName = (typeof partNames)[number];

/** What can be made to leak, to see that it is found. */
export const leakNames = ['heap', 'descriptors', 'timers', 'entries', 'listeners'] as const;
/** See `leakNames`. */
export type LeakName = (typeof leakNames)[number];

/** What the command line of the soak says. */
export interface Options {
  /** In all. */
  readonly minutes: number;
  /** The same seed brings the disturbances in the same order. */
  readonly seed: number;
  readonly parts: readonly PartName[];
  /** What leaks on purpose. */
  readonly leaks: readonly LeakName[];
  /** Only the disturbances of the machine whose names have this text. */
  readonly disturbance: string;
}

/** How the soak is called. */
export const usage = `npm run soak -- [--minutes N] [--seed S] [--only ${partNames.join('|')}] [--disturbance TEXT] [--leak ${leakNames.join('|')}[,…]]`;

/** Reads the arguments behind the program's name; throws an error with a one-line message for those it does not know. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      leak: { type: 'string' },
      disturbance: { type: 'string', default: '' },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 7 * 1440))
    throw new Error(`--minutes is a number above 0, at most a week, not ${JSON.stringify(values.minutes)}`);
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed is a whole number, not ${JSON.stringify(values.seed)}`);
  return {
    minutes,
    seed,
    parts: chosen('--only', partNames, values.only) ?? partNames,
    leaks: chosen('--leak', leakNames, values.leak) ?? [],
    disturbance: values.disturbance,
  };
}

function chosen<T extends string>(
  flag: string,
  known: readonly T[],
  given: string | undefined,
): readonly T[] | undefined {
  return given?.split(',').map((text) => {
    const name = known.find((each) => each === text.trim());
    if (name === undefined)
      throw new Error(`${flag}: there is no ${JSON.stringify(text)}; there are ${known.join(', ')}`);
    return name;
  });
}
