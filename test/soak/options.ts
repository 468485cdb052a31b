import { parseArgs } from 'node:util';

export const partNames = ['week', 'machine'] as const;
export type PartName = (typeof partNames)[number];

/** The kinds of leaks that can be switched on, to check that the soak finds them. */
export const leakNames = ['heap', 'descriptors', 'timers', 'entries', 'listeners'] as const;
export type LeakName = (typeof leakNames)[number];

export interface Options {
  /** For all parts together. */
  readonly minutes: number;
  /** The same seed gives the same order of disturbances. */
  readonly seed: number;
  readonly parts: readonly PartName[];
  /** Leaks to switch on. */
  readonly leaks: readonly LeakName[];
  /** Only the disturbances whose names contain this text. */
  readonly disturbance: string;
}

/** The usage line. */
export const usage = `npm run soak -- [--minutes N] [--seed S] [--only ${partNames.join('|')}] [--disturbance TEXT] [--leak ${leakNames.join('|')}[,…]]`;

/** Parses the arguments behind the program's name; throws an error of one line for unknown ones. */
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
