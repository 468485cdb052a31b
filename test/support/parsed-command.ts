import { Command, CommanderError } from 'commander';
import { ExporterError } from '../../src/base/errors.js';
import { runProgram } from '../../src/cli/program.js';
import { surroundings } from './surroundings.js';

/** A command line as the program understands it. */
export interface ParsedCommand {
  /** Such as `maintenance start`; undefined when the command line is wrong, or only asks for help. */
  readonly command?: string;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** The message about a wrong command line. */
  readonly problem?: string;
  /** What the program printed: help, or the message. */
  readonly printed: string;
  /** The command that decides how a failure ends. */
  readonly endsAs?: string;
  /** Whether a signal ends the command as usual, because it does not handle signals that arrive at its start. */
  readonly hasDefaultSignals: boolean;
}

/** Parses a command line (without the program's name) as the program does, and runs nothing. */
export async function parsedCommand(args: readonly string[]): Promise<ParsedCommand> {
  let found: Pick<ParsedCommand, 'command' | 'args' | 'options'> = { args: [], options: {} };
  let endsAs: string | undefined;
  let hasDefaultSignals = false;
  const process = { ...surroundings(), useDefaultSignals: () => void (hasDefaultSignals = true) };
  const result = (problem?: string): ParsedCommand => ({
    ...found,
    printed: process.printed() + process.complained(),
    hasDefaultSignals,
    ...(endsAs !== undefined && { endsAs }),
    ...(problem !== undefined && { problem }),
  });
  const parse = Command.prototype.parseAsync;
  // The program parses everything, but its commands only say what they were given.
  Command.prototype.parseAsync = async function (this: Command, ...given) {
    for (const [name, command] of allCommands(this))
      if (command.commands.length === 0)
        command.action(() => void (found = { command: name, args: command.args, options: { ...command.opts() } }));
    return parse.apply(this, given);
  };
  try {
    await runProgram(args, '0.0.0', process, (name) => (endsAs = name));
    return result();
  } catch (error) {
    if (error instanceof ExporterError) return result(error.message);
    if (!(error instanceof CommanderError)) throw error;
    // --help and --version end this way, too.
    return error.exitCode === 0 ? result() : result(error.message);
  } finally {
    Command.prototype.parseAsync = parse;
  }
}

function allCommands(program: Command, prefix = ''): readonly (readonly [name: string, command: Command])[] {
  return program.commands.flatMap((command) => {
    const name = `${prefix}${command.name()}`;
    return [[name, command] as const, ...allCommands(command, `${name} `)];
  });
}
