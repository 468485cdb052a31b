import { ExporterError, messageOf } from '../base/errors.js';
import { printable } from '../base/text.js';
import { isOlder, readVersion } from '../base/version.js';
import type { CommandSurroundings } from './options.js';
import { runProgram } from './program.js';
import type { Signals } from './signals.js';

/** The same as `engines` of the package. npm only warns about an older version. */
const oldest = '20.18';

/** Throws `node_too_old`, because an older Node.js fails later with an unclear error. */
function requireNode(version: string): void {
  if (isOlder(version, oldest))
    throw new ExporterError('node_too_old', `Node.js ${version} is too old: install ${oldest} or newer`);
}

/** Exit codes besides those of the commands: 1 for an error with a message, 2 for a wrong command line. */
const failureCode = 1;
const usageCode = 2;
/** For `check` and `status`, which use the Nagios convention: 1 and 2 are levels there, and a failed check is UNKNOWN. */
const unknownCode = 3;

/** Runs the program with these arguments. Returns its exit code, or ends this process by the signal that ended the command. */
export async function runProcess(args: readonly string[], signals: Signals): Promise<number> {
  // An output that cannot be written, such as a log on a full disk, must not stop the measurements.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const exitCode = await main(args, signals);
  // Waits for the reader of a pipe, because the process would lose output beyond 64 KiB. After a signal to end it waits
  // only briefly.
  const written = Promise.all([process.stdout, process.stderr].map(whenWritten));
  await (signals.endedBy === undefined
    ? written
    : Promise.race([written, new Promise((resolve) => setTimeout(resolve, patienceMilliseconds))]));
  const { endedBy } = signals;
  if (endedBy !== undefined && (await holdsThreads())) {
    // Nothing is left to do, so the signal may end the process.
    process.removeAllListeners(endedBy);
    process.kill(process.pid, endedBy);
  }
  return exitCode;
}

async function main(args: readonly string[], signals: Signals): Promise<number> {
  // The first argument, until the command line has been read.
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
    // Commander has printed its message. Only --help and --version end it with 0.
    if (code !== undefined) return code === 0 ? 0 : isCheck ? unknownCode : usageCode;
    process.stderr.write(
      `ai-crm-exporter: ${error instanceof ExporterError ? printable(error.message) : messageOf(error)}\n`,
    );
    if (!(error instanceof ExporterError) && error instanceof Error && process.env['DEBUG'] !== undefined)
      process.stderr.write(`${error.stack ?? ''}\n`);
    return isCheck ? unknownCode : error instanceof ExporterError && error.code === 'usage' ? usageCode : failureCode;
  }
}

/** Resolves when the reader has all output, or has gone. */
function whenWritten(stream: NodeJS.WriteStream): Promise<unknown> {
  return new Promise<unknown>((resolve) =>
    stream.writableLength === 0 || stream.destroyed ? resolve(undefined) : stream.write('', resolve),
  );
}

/** Longest wait at the end, for pipes and for file systems and name servers. */
const patienceMilliseconds = 1000;

/**
 * Whether calls to a file system or name server still occupy threads. Nothing can cancel them, and the process cannot
 * end before them.
 */
async function holdsThreads(): Promise<boolean> {
  const isHeld = () =>
    process.getActiveResourcesInfo().some((kind) => kind.startsWith('FSReq') || kind === 'GetAddrInfoReqWrap');
  const deadline = performance.now() + patienceMilliseconds;
  while (isHeld() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  return isHeld();
}
