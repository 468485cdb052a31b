import { ExporterError, messageOf } from '../base/errors.js';
import { printable } from '../base/text.js';
import { isOlder, readVersion } from '../base/version.js';
import type { CommandSurroundings } from './options.js';
import { runProgram } from './program.js';
import type { Signals } from './signals.js';

/** As `engines` of the package has it. npm only warns of an older one. */
const oldest = '20.18';

/** Throws `node_too_old` for a version of Node.js that this program does not run on, instead of failing somewhere in the middle. */
function requireNode(version: string): void {
  if (isOlder(version, oldest))
    throw new ExporterError('node_too_old', `Node.js ${version} is too old: install ${oldest} or newer`);
}

/** Exit codes besides those of the commands: 1 for a failure that is explained, 2 for a wrong use of the command line. */
const failureCode = 1;
const usageCode = 2;
/** `check` and `status` speak the Nagios convention, where 1 and 2 are levels: what could not be checked is UNKNOWN. */
const unknownCode = 3;

/** Runs the program in this process with these arguments; returns its exit code, or ends by the signal that it was told to end by. */
export async function runProcess(args: readonly string[], signals: Signals): Promise<number> {
  // A log on a full disk, or a reader that left, is no reason to stop measuring: what cannot be written is lost, no more.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const exitCode = await main(args, signals);
  // What a pipe has not taken yet, from 64 KiB on, would end with the process. One that was told to end does not wait for its reader.
  const written = Promise.all([process.stdout, process.stderr].map(whenWritten));
  await (signals.endedBy === undefined
    ? written
    : Promise.race([written, new Promise((resolve) => setTimeout(resolve, patienceMilliseconds))]));
  const { endedBy } = signals;
  if (endedBy !== undefined && (await holdsThreads())) {
    // Nothing is left to do, so the signal may do what it does where nobody listens.
    process.removeAllListeners(endedBy);
    process.kill(process.pid, endedBy);
  }
  return exitCode;
}

async function main(args: readonly string[], signals: Signals): Promise<number> {
  // Until the command line has been read, its first word has to do.
  let command = args[0];
  try {
    requireNode(process.versions.node);
    const surroundings: CommandSurroundings = {
      environment: process.env,
      directory: process.cwd(),
      out: process.stdout,
      errors: process.stderr,
      onSignal: (signal, react) => signals.on(signal, react),
      useDefaultSignals: () => signals.useDefaults(),
    };
    return await runProgram(args, readVersion(process.env).version, surroundings, (name) => void (command = name));
  } catch (error) {
    const isCheck = command === 'check' || command === 'status';
    const code =
      typeof error === 'object' && error !== null && 'exitCode' in error ? Number(error.exitCode) : undefined;
    // Commander has printed its own message; only --help and --version end it with 0.
    if (code !== undefined) return code === 0 ? 0 : isCheck ? unknownCode : usageCode;
    process.stderr.write(
      `ai-crm-exporter: ${error instanceof ExporterError ? printable(error.message) : messageOf(error)}\n`,
    );
    if (!(error instanceof ExporterError) && error instanceof Error && process.env['DEBUG'] !== undefined)
      process.stderr.write(`${error.stack ?? ''}\n`);
    return isCheck ? unknownCode : error instanceof ExporterError && error.code === 'usage' ? usageCode : failureCode;
  }
}

/** Once the reader has what was written, or has left. */
function whenWritten(stream: NodeJS.WriteStream): Promise<unknown> {
  return new Promise<unknown>((resolve) =>
    stream.writableLength === 0 || stream.destroyed ? resolve(undefined) : stream.write('', resolve),
  );
}

/** How long questions that are under way may take to be answered when everything else has ended. */
const patienceMilliseconds = 1000;

/** Whether a file system or name server still holds threads of ours. Nothing can call them off, and the end of the process waits for them. */
async function holdsThreads(): Promise<boolean> {
  const isHeld = () =>
    process.getActiveResourcesInfo().some((kind) => kind.startsWith('FSReq') || kind === 'GetAddrInfoReqWrap');
  const deadline = performance.now() + patienceMilliseconds;
  while (isHeld() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  return isHeld();
}
