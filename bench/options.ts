import { parseArgs } from 'node:util';

/** What the command line of the benchmark says. */
export interface Options {
  /** A rough run of at most a minute, for trying the benchmark itself. */
  readonly isQuick: boolean;
  /** Names of the parts to run, or undefined for all. */
  readonly only: readonly string[] | undefined;
  /** Rounds of what runs side by side, or undefined for as many as the scale has. */
  readonly rounds: number | undefined;
  /** The Node.js that runs the exporter, or undefined for that of the image, if it is there, or this one. */
  readonly node: string | undefined;
  /** Flags for the Node.js that runs the exporter, such as `--cpu-prof`. */
  readonly nodeFlags: readonly string[];
}

/** How the benchmark is called. */
export const usage =
  'npm run bench -- [--quick] [--only NAME[,NAME…]] [--rounds N] [--node PATH] [--node-flags="--flag …"]';

/** Reads the arguments behind the program's name; throws an error with a one-line message for those it does not know. */
export function readOptions(args: readonly string[], partNames: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      node: { type: 'string' },
      'node-flags': { type: 'string', default: '' },
    },
  });
  const only = values.only?.split(',').map((name) => name.trim());
  const unknown = only?.find((name) => !partNames.includes(name));
  if (unknown !== undefined)
    throw new Error(`there is no part ${JSON.stringify(unknown)}; there are ${partNames.join(', ')}`);
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1))
    throw new Error(`--rounds ${values.rounds} is not a number of rounds; at least 1`);
  return {
    isQuick: values.quick,
    only,
    rounds,
    node: values.node,
    nodeFlags: values['node-flags'].split(/\s+/).filter((flag) => flag !== ''),
  };
}
