import { parseArgs } from 'node:util';

/** Options of the command line. */
export interface Options {
  /** A rough run of at most a minute, to try the benchmark itself. */
  readonly isQuick: boolean;
  /** Names of the parts to run. undefined: all parts. */
  readonly only: readonly string[] | undefined;
  /** Number of rounds of comparisons. undefined: the number of the scale. */
  readonly rounds: number | undefined;
  /** The Node.js that runs the exporter. undefined: that of the image if it is there, or else this one. */
  readonly node: string | undefined;
  /** Flags for the Node.js that runs the exporter, such as `--cpu-prof`. */
  readonly nodeFlags: readonly string[];
}

/** The help text. */
export const usage =
  'npm run bench -- [--quick] [--only NAME[,NAME…]] [--rounds N] [--node PATH] [--node-flags="--flag …"]';

/** Reads the arguments after the program's name. Throws an error with a message of one line for an unknown argument. */
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
