import { Command, CommanderError } from 'commander';
import type { CommandSurroundings } from '../../src/cli/options.js';
import { runProgram } from '../../src/cli/program.js';

/** Parses a command line (without the program's name) as the program does, and runs nothing. Returns the error message, or undefined. */
export async function commandProblem(args: readonly string[]): Promise<string | undefined> {
  let problem: string | undefined;
  const stream = { write: () => true } as unknown as NodeJS.WriteStream;
  const surroundings: CommandSurroundings = {
    environment: {},
    directory: '.',
    out: stream,
    errors: stream,
    onSignal: () => () => {},
    useDefaultSignals: () => {},
  };
  const parse = Command.prototype.parseAsync;
  // The program parses everything, but its commands do nothing.
  Command.prototype.parseAsync = async function (this: Command, ...given) {
    for (const command of allCommands(this)) if (command.commands.length === 0) command.action(() => {});
    return parse.apply(this, given);
  };
  try {
    await runProgram(args, '0.0.0', surroundings);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // --help and --version end this way, too.
    if (error.exitCode !== 0) problem = error.message;
  } finally {
    Command.prototype.parseAsync = parse;
  }
  return problem;
}

function allCommands(program: Command): readonly Command[] {
  return program.commands.flatMap((command) => [command, ...allCommands(command)]);
}
