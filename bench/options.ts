import { parseArgs } from 'node:util';

/** What the command line of the benchmark says. */
export interface Options {
  /** A rough run of at most a minute, for trying the benchmark itself. */
  readonly isQuick: boolean;
  /** Names of the parts to run, or undefined for all. */
  readonly only: readonly string[] | undefined;
  /** Flags for the Node.js that runs the exporter, such as `--cpu-prof`. */
  readonly nodeFlags: readonly string[];
}

/** How the benchmark is called. */
export const usage = 'npm run bench -- [--quick] [--only NAME[,NAME…]] [--node-flags="--flag …"]';

/** Reads the arguments behind the program's name; throws an error with a one-line message for those it does not know. */
export function readOptions(args: readonly string[], partNames: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      'node-flags': { type: 'string', default: '' },
    },
  });
  const only = values.only?.split(',').map((name) => name.trim());
  const unknown = only?.find((name) => !partNames.includes(name));
  if (unknown !== undefined)
    throw new Error(`there is no part ${JSON.stringify(unknown)}; there are ${partNames.join(', ')}`);
  return { isQuick: values.quick, only, nodeFlags: values['node-flags'].split(/\s+/).filter((flag) => flag !== '') };
}
